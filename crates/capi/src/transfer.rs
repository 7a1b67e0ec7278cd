//! Sending and receiving: at once, or when the socket is ready and no signal came between. Obeys
//! `rfc/sp-capi.md` sections 3 and 5.

use std::ffi::c_int;

use speedwell::{ErrorKind, Message};

use crate::buffers::Buffer;
use crate::errno::Errno;
use crate::handle::Handle;
use crate::handles::process;
use crate::layout::DONTWAIT;
use crate::waiting::{self, Deadline, Side};

/// Octets of a buffer that are rather copied than handed over: a message has room for as many in
/// itself, or copies them once more.
const COPIED_MAX: usize = 1024;

/// How long a call waits.
struct Patience<'a> {
    handle: &'a Handle,
    side: Side,
    flags: c_int,
    deadline: Option<Deadline>,
}

impl Patience<'_> {
    /// Waits, if the call may.
    // rfc: sp-capi A-41
    fn wait(&mut self) -> Result<(), Errno> {
        if self.flags & DONTWAIT != 0 {
            return Err(Errno::AGAIN);
        }
        let deadline = match self.deadline {
            Some(deadline) => deadline,
            None => {
                let settings = self.handle.settings.lock();
                let deadline = Deadline::after_ms(match self.side {
                    Side::Send => settings.sndtimeo,
                    Side::Recv => settings.rcvtimeo,
                });
                *self.deadline.insert(deadline)
            }
        };
        waiting::wait(self.handle, self.side, deadline)
    }
}

/// Sends a message. A failure gives it back.
pub(crate) fn send(
    handle: &Handle,
    mut message: Message,
    flags: c_int,
) -> Result<(), (Errno, Message)> {
    let mut patience = Patience {
        handle,
        side: Side::Send,
        flags,
        deadline: None,
    };
    loop {
        let Err(error) = handle.messages.try_send(message) else {
            return Ok(());
        };
        let kind = error.kind();
        message = error.into_message();
        match kind {
            ErrorKind::WouldBlock => {
                if let Err(errno) = patience.wait() {
                    return Err((errno, message));
                }
            }
            kind => return Err((kind.into(), message)),
        }
    }
}

/// Receives a message.
pub(crate) fn recv(handle: &Handle, flags: c_int) -> Result<Message, Errno> {
    let mut patience = Patience {
        handle,
        side: Side::Recv,
        flags,
        deadline: None,
    };
    loop {
        match handle.messages.try_recv() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => patience.wait()?,
            received => return Ok(received?),
        }
    }
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
        return match send(handle, message, flags) {
            Ok(()) => Ok(len),
            Err((errno, _)) => {
                process().buffers.give(buffer);
                Err(errno)
            }
        };
    }
    let message = Message::with_header(header, buffer.into_body());
    match send(handle, message, flags) {
        Ok(()) => Ok(len),
        Err((errno, message)) => {
            // So long a body is never moved: the buffer has the address it had.
            process()
                .buffers
                .give(Buffer::returned(message.into_body()));
            Err(errno)
        }
    }
}

/// Gives the body of a message to C as a buffer.
// rfc: sp-capi A-22
pub(crate) fn give(message: Message) -> Result<*mut u8, Errno> {
    let buffer = Buffer::of_body(message.into_body())?;
    Ok(process().buffers.give(buffer))
}
