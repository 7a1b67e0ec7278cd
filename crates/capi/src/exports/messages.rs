//! Messages, as C gives and takes them: copied from and to its memory, or in buffers that change
//! hands. See `rfc/sp-capi.md` section 3.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use speedwell::Message;

use crate::boundary::call;
use crate::buffers::Buffer;
use crate::control::{self, Record};
use crate::errno::Errno;
use crate::handles::{process, socket};
use crate::layout::{CmsgHdr, IoVec, MSG, MsgHdr};
use crate::memory;
use crate::transfer;

/// Sends a message.
#[unsafe(no_mangle)]
unsafe extern "C" fn nn_send(s: c_int, buf: *const c_void, len: usize, flags: c_int) -> c_int {
    call(-1, || {
        let socket = socket(s)?;
        if len == MSG {
            // SAFETY: with this length the caller has the address of a buffer there.
            let buffer: *mut c_void = unsafe { memory::read(buf.cast()) }?;
            let sent = transfer::send_buffer(&socket, buffer.addr(), &[], flags)?;
            return Ok(told(sent));
        }
        // SAFETY: the caller has so many octets there.
        let body = unsafe { memory::octets(buf, len) }?;
        let mut place = Some(Message::copy_from_slice(body));
        transfer::send(&socket, &mut place, flags).map(|()| told(len))
    })
}

/// Receives a message: as much of it as there is room for, and how long it was.
// rfc: sp-capi A-20
#[unsafe(no_mangle)]
unsafe extern "C" fn nn_recv(s: c_int, buf: *mut c_void, len: usize, flags: c_int) -> c_int {
    call(-1, || {
        let socket = socket(s)?;
        // What will not do is told before a message is lost for it.
        if len > 0 && buf.is_null() {
            return Err(Errno::FAULT);
        }
        let mut message = Message::new();
        transfer::recv(&socket, &mut message, flags)?;
        // SAFETY: the caller has so much room there, or with `NN_MSG` that for an address.
        unsafe { deliver(message, buf, len) }
    })
}

/// Sends a message in parts, with its header if there is one.
#[unsafe(no_mangle)]
unsafe extern "C" fn nn_sendmsg(s: c_int, msghdr: *const MsgHdr, flags: c_int) -> c_int {
    call(-1, || {
        let socket = socket(s)?;
        // SAFETY: the caller has one there, or NULL.
        let parts = unsafe { memory::read(msghdr) }.map_err(|_| Errno::INVAL)?;
        // SAFETY: the caller's structure says where its parts are.
        let vectors = unsafe { vectors(&parts) }?;
        // SAFETY: as above.
        let (control, held) = unsafe { control_of(&parts) }?;
        let header = control::header(control)?;
        let sent = match vectors {
            // SAFETY: with this length the caller has the address of a buffer there.
            [only] if only.len == MSG => unsafe { memory::read(only.base.cast::<*mut c_void>()) }
                .and_then(|buffer| {
                transfer::send_buffer(&socket, buffer.addr(), header, flags)
            })?,
            _ => {
                // SAFETY: the caller's structure says where its parts are.
                let body = unsafe { gather(vectors) }?;
                let len = body.len();
                let mut message = Message::from(body);
                message.set_header(header);
                transfer::send(&socket, &mut Some(message), flags).map(|()| len)?
            }
        };
        if let Some(buffer) = held {
            // What was sent is ours, control data as well.
            let _freed = process().buffers.take(buffer);
        }
        Ok(told(sent))
    })
}

/// Receives a message in parts, with its header if there is room for it.
#[unsafe(no_mangle)]
unsafe extern "C" fn nn_recvmsg(s: c_int, msghdr: *mut MsgHdr, flags: c_int) -> c_int {
    call(-1, || {
        let socket = socket(s)?;
        // SAFETY: the caller has one there, or NULL.
        let parts = unsafe { memory::read(msghdr) }.map_err(|_| Errno::INVAL)?;
        // SAFETY: the caller's structure says where its parts are.
        let vectors = unsafe { vectors(&parts) }?;
        if vectors
            .iter()
            .any(|part| part.len > 0 && part.base.is_null())
        {
            return Err(Errno::FAULT);
        }
        if vectors.len() > 1 && vectors.iter().any(|part| part.len == MSG) {
            return Err(Errno::INVAL);
        }
        let mut message = Message::new();
        transfer::recv(&socket, &mut message, flags)?;
        // SAFETY: the caller's structure says where its control data go.
        unsafe { put_control(&parts, message.header()) }?;
        if let [only] = vectors {
            // SAFETY: the caller has so much room there, or with `NN_MSG` that for an address.
            return unsafe { deliver(message, only.base, only.len) };
        }
        let mut rest = message.body();
        for part in vectors {
            // SAFETY: the caller has so much room there.
            let count = unsafe { memory::copy_out(rest, part.base, part.len) }?;
            rest = rest.get(count..).unwrap_or_default();
        }
        Ok(told(message.body().len()))
    })
}

/// The record of control data behind another, or the first.
// rfc: sp-capi A-25
#[unsafe(no_mangle)]
unsafe extern "C" fn nn_cmsg_nxthdr_(mhdr: *const MsgHdr, cmsg: *const CmsgHdr) -> *mut CmsgHdr {
    call(null_mut(), || {
        // SAFETY: the caller has one there, or NULL.
        let Ok(parts) = (unsafe { memory::read(mhdr) }) else {
            return Ok(null_mut());
        };
        // SAFETY: the caller's structure says where its control data are.
        let Ok((control, _)) = (unsafe { control_of(&parts) }) else {
            return Ok(null_mut());
        };
        let at = if cmsg.is_null() {
            Some(0)
        } else {
            let here = cmsg.addr().checked_sub(control.as_ptr().addr());
            let record = here.and_then(|at| Record::first(control.get(at..)?));
            here.zip(record)
                .and_then(|(at, record)| at.checked_add(record.span))
        };
        let next = at
            .and_then(|at| control.get(at..))
            .filter(|next| Record::first(next).is_some());
        Ok(next.map_or(null_mut(), |next| next.as_ptr().cast_mut().cast()))
    })
}

/// Puts a message where the caller wants it, or with `NN_MSG` the address of its buffer, and says
/// how long it was.
///
/// # Safety
///
/// The caller has so much room there, or with `NN_MSG` that for an address.
// rfc: sp-capi A-20 A-22
pub(super) unsafe fn deliver(
    message: Message,
    buf: *mut c_void,
    len: usize,
) -> Result<c_int, Errno> {
    let whole = told(message.body().len());
    if len == MSG {
        let buffer = transfer::give(message)?;
        // SAFETY: the caller's promise.
        unsafe { memory::write(buf.cast(), buffer) }?;
    } else {
        // SAFETY: the caller's promise.
        unsafe { memory::copy_out(message.body(), buf, len) }?;
    }
    Ok(whole)
}

/// A length as C is told it.
pub(super) fn told(len: usize) -> c_int {
    c_int::try_from(len).unwrap_or(c_int::MAX)
}

/// The parts of a message.
///
/// # Safety
///
/// The caller has as many there as it says, which stay as they are for `'a`.
unsafe fn vectors<'a>(parts: &MsgHdr) -> Result<&'a [IoVec], Errno> {
    let count = usize::try_from(parts.iovlen).map_err(|_| Errno::MSGSIZE)?;
    if count == 0 {
        return Ok(&[]);
    }
    if parts.iov.is_null() || !parts.iov.is_aligned() {
        return Err(Errno::FAULT);
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(parts.iov, count) })
}

/// The octets of all parts, one behind the other.
///
/// # Safety
///
/// The caller has as many octets as each part says.
unsafe fn gather(parts: &[IoVec]) -> Result<Vec<u8>, Errno> {
    let mut whole = Vec::new();
    for part in parts {
        if part.len == MSG {
            return Err(Errno::INVAL);
        }
        // SAFETY: the caller's promise.
        let octets = unsafe { memory::octets(part.base, part.len) }?;
        whole.try_reserve(octets.len()).map_err(|_| Errno::NOMEM)?;
        whole.extend_from_slice(octets);
    }
    Ok(whole)
}

/// The control data of a message, and the buffer that they are in, if they are in one.
///
/// # Safety
///
/// The caller has as many octets there as it says, or the address of a buffer.
unsafe fn control_of<'a>(parts: &MsgHdr) -> Result<(&'a [u8], Option<usize>), Errno> {
    if parts.control.is_null() {
        return Ok((&[], None));
    }
    if parts.controllen != MSG {
        // SAFETY: the caller's promise.
        return Ok((
            unsafe { memory::octets(parts.control, parts.controllen) }?,
            None,
        ));
    }
    // SAFETY: with this length the caller has the address of a buffer there.
    let buffer: *mut c_void = unsafe { memory::read(parts.control.cast()) }?;
    if buffer.is_null() {
        return Ok((&[], None));
    }
    let len = process().buffers.len_of(buffer.addr())?;
    // SAFETY: the buffer is C's, and has so many octets.
    Ok((unsafe { memory::octets(buffer, len) }?, Some(buffer.addr())))
}

/// Puts the header of a message where the caller wants control data.
///
/// # Safety
///
/// The caller has as much room there as it says.
// rfc: sp-capi A-24
unsafe fn put_control(parts: &MsgHdr, header: &[u8]) -> Result<(), Errno> {
    if parts.control.is_null() {
        return Ok(());
    }
    let record = control::record(header);
    if parts.controllen == MSG {
        let buffer = process().buffers.give(Buffer::copy(&record)?)?;
        // SAFETY: with this length the caller has room for an address there.
        return unsafe { memory::write(parts.control.cast(), buffer) };
    }
    let octets = control::fill(&record, parts.controllen);
    // SAFETY: the caller has so much room there.
    unsafe { memory::copy_out(&octets, parts.control, parts.controllen) }.map(drop)
}
