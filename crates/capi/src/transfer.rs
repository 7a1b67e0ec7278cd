//! Sending and receiving: at once, or when the socket is ready and no signal came between. Obeys
//! `rfc/sp-capi.md` sections 3 and 5.

use std::ffi::c_int;

use speedwell::{ErrorKind, Message};

use crate::buffers::Buffer;
use crate::errno::Errno;
use crate::handle::Handle;
use crate::handles::process;
use crate::layout::DONTWAIT;
use crate::waiting::{Deadline, block_on};

/// Octets of a buffer that are rather copied than handed over: a message has room for as many in
/// itself, or copies them once more.
const COPIED_MAX: usize = 1024;

/// Sends what is in the place. After a failure it is still there.
pub(crate) fn send(
    handle: &Handle,
    place: &mut Option<Message>,
    flags: c_int,
) -> Result<(), Errno> {
    match handle.messages.try_send_from(place) {
        Err(error) if error.kind() == ErrorKind::WouldBlock && flags & DONTWAIT == 0 => {
            wait_to_send(handle, place)
        }
        sent => Ok(sent?),
    }
}

// rfc: sp-capi A-41
#[cold]
fn wait_to_send(handle: &Handle, place: &mut Option<Message>) -> Result<(), Errno> {
    let deadline = Deadline::after_ms(handle.settings.lock().sndtimeo);
    let message = place.take().unwrap_or_default();
    let mut sending = handle.messages.send_async(message);
    match block_on(&mut sending, deadline) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            let kind = error.kind();
            *place = Some(error.into_message());
            Err(kind.into())
        }
        Err(errno) => {
            *place = sending.into_message();
            Err(errno)
        }
    }
}

/// Receives a message into a place.
pub(crate) fn recv(handle: &Handle, place: &mut Message, flags: c_int) -> Result<(), Errno> {
    match handle.messages.try_recv_into(place) {
        Err(error) if error.kind() == ErrorKind::WouldBlock && flags & DONTWAIT == 0 => {
            wait_to_recv(handle, place)
        }
        received => Ok(received?),
    }
}

// rfc: sp-capi A-41
#[cold]
fn wait_to_recv(handle: &Handle, place: &mut Message) -> Result<(), Errno> {
    let deadline = Deadline::after_ms(handle.settings.lock().rcvtimeo);
    *place = block_on(handle.messages.recv_async(), deadline)??;
    Ok(())
}

/// Sends a buffer, which is the library's from then on. After a failure it is C's as before.
// rfc: sp-capi A-21
pub(crate) fn send_buffer(
    handle: &Handle,
    address: usize,
    header: &[u8],
    flags: c_int,
) -> Result<usize, Errno> {
    let buffer = process().buffers.take(address)?;
    let len = buffer.len();
    if len <= COPIED_MAX {
        let mut message = Message::copy_from_slice(buffer.octets());
        message.set_header(header);
        let sent = send(handle, &mut Some(message), flags);
        if sent.is_err() {
            process().buffers.give(buffer)?;
        }
        return sent.map(|()| len);
    }
    let mut place = Some(Message::with_header(header, buffer.into_body()));
    let sent = send(handle, &mut place, flags);
    if sent.is_err() {
        // So long a body is never moved: the buffer has the address it had.
        let body = place.take().unwrap_or_default().into_body();
        process().buffers.give(Buffer::returned(body))?;
    }
    sent.map(|()| len)
}

/// Gives the body of a message to C as a buffer.
// rfc: sp-capi A-22
pub(crate) fn give(message: Message) -> Result<*mut u8, Errno> {
    process()
        .buffers
        .give(Buffer::of_body(message.into_body())?)
}
