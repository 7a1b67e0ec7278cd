//! What C has of us beyond nanomsg. See `rfc/sp-capi.md` section 8.

use std::ffi::{c_char, c_int, c_void};

use speedwell::Message;

use crate::boundary::call;
use crate::draining;
use crate::errno::Errno;
use crate::events::{self, SwEvent};
use crate::handles::{process, socket};
use crate::memory;

use super::messages::{deliver, told};

/// The address of an endpoint, with the port that the system chose, and how long it is.
// rfc: sp-capi A-61
#[unsafe(no_mangle)]
unsafe extern "C" fn sw_address(s: c_int, endpoint: c_int, buf: *mut c_char, len: usize) -> c_int {
    call(-1, || {
        let endpoint = socket(s)?.endpoint(endpoint)?;
        let mut text = endpoint.address().as_bytes().to_vec();
        let whole = c_int::try_from(text.len()).map_err(|_| Errno::MSGSIZE)?;
        text.truncate(len.saturating_sub(1));
        text.push(0);
        // SAFETY: the caller has so much room there.
        unsafe { memory::copy_out(&text, buf.cast(), len) }?;
        Ok(whole)
    })
}

/// Closes a socket when everything has come to its end, within a time.
// rfc: sp-capi A-63
#[unsafe(no_mangle)]
extern "C" fn sw_drain(s: c_int, timeout: c_int) -> c_int {
    call(-1, || draining::drain(&*socket(s)?, timeout).map(|()| 0))
}

/// Asks for the events of a socket from now on.
// rfc: sp-capi A-62
#[unsafe(no_mangle)]
extern "C" fn sw_watch(s: c_int) -> c_int {
    call(-1, || {
        let socket = socket(s)?;
        socket.events.get_or_init(|| socket.any().events());
        Ok(0)
    })
}

/// The next event of a socket that is watched.
// rfc: sp-capi A-62
#[unsafe(no_mangle)]
unsafe extern "C" fn sw_next_event(s: c_int, event: *mut SwEvent, timeout: c_int) -> c_int {
    call(-1, || {
        let socket = socket(s)?;
        if event.is_null() {
            return Err(Errno::FAULT);
        }
        let next = events::next(&socket, timeout)?;
        // SAFETY: the caller has room for one there.
        unsafe { memory::write(event, next) }?;
        Ok(0)
    })
}

/// Opens a context of a socket: another exchange on it.
// rfc: sp-capi A-60
#[unsafe(no_mangle)]
extern "C" fn sw_context(s: c_int) -> c_int {
    call(-1, || process().open_context(s))
}

/// Closes a context.
// rfc: sp-capi A-60
#[unsafe(no_mangle)]
extern "C" fn sw_context_close(c: c_int) -> c_int {
    call(-1, || process().close_context(c).map(|()| 0))
}

/// Sets an option of a context.
// rfc: sp-capi A-60
#[unsafe(no_mangle)]
unsafe extern "C" fn sw_context_setopt(
    c: c_int,
    level: c_int,
    option: c_int,
    optval: *const c_void,
    optvallen: usize,
) -> c_int {
    call(-1, || {
        let context = process().context(c)?;
        // SAFETY: the caller has so many octets there.
        let value = unsafe { memory::octets(optval, optvallen) }?;
        context.set(level, option, value).map(|()| 0)
    })
}

/// Sends in a context, what was copied.
// rfc: sp-capi A-60
#[unsafe(no_mangle)]
unsafe extern "C" fn sw_context_send(
    c: c_int,
    buf: *const c_void,
    len: usize,
    flags: c_int,
) -> c_int {
    call(-1, || {
        let context = process().context(c)?;
        // SAFETY: the caller has so many octets there.
        let body = unsafe { memory::octets(buf, len) }?;
        context.send(Message::copy_from_slice(body), flags)?;
        Ok(told(len))
    })
}

/// Receives in a context, as `nn_recv` does.
// rfc: sp-capi A-60
#[unsafe(no_mangle)]
unsafe extern "C" fn sw_context_recv(
    c: c_int,
    buf: *mut c_void,
    len: usize,
    flags: c_int,
) -> c_int {
    call(-1, || {
        let context = process().context(c)?;
        if len > 0 && buf.is_null() {
            return Err(Errno::FAULT);
        }
        let message = context.recv(flags)?;
        // SAFETY: the caller has so much room there, or with `NN_MSG` that for an address.
        unsafe { deliver(message, buf, len) }
    })
}
