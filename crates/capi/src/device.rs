//! Devices, for as long as a call of C lasts. Moves no message itself. Obeys `rfc/sp-capi.md`
//! section 6.

use std::ffi::c_int;
use std::sync::Arc;

use speedwell::Device;
use speedwell::device::StartError;

use crate::bell::{Bell, Woken};
use crate::errno::Errno;
use crate::handle::Handle;
use crate::handles::process;
use crate::waiting::Deadline;

/// How often a device is asked whether it ended though nobody closed a socket.
const LOOK_MS: c_int = 1000;

/// Joins two sockets, or bends one back, until a socket is closed or a signal was handled.
// rfc: sp-capi A-50
pub(crate) fn run(one: c_int, other: c_int) -> Result<c_int, Errno> {
    let front = (one >= 0).then(|| process().socket(one)).transpose()?;
    let back = (other >= 0).then(|| process().socket(other)).transpose()?;
    let device = match (&front, &back) {
        (Some(front), Some(back)) if !Arc::ptr_eq(front, back) => {
            Device::start(front.any(), back.any())
        }
        (Some(socket), _) | (None, Some(socket)) => Device::reflect(socket.any()),
        (None, None) => return Err(Errno::BADF),
    };
    let device = device.map_err(|error| refusal(&error))?;
    let sockets = [&front, &back];
    while !has_ended(&device, sockets.into_iter().flatten())? {}
    drop(device);
    Err(Errno::BADF)
}

/// Waits until a device has ended, for as long as there is a bell to hear.
fn has_ended<'a>(
    device: &Device,
    sockets: impl Iterator<Item = &'a Arc<Handle>>,
) -> Result<bool, Errno> {
    let bell = Bell::new()?;
    let ring: Arc<dyn Fn() + Send + Sync> = {
        let bell = bell.clone();
        Arc::new(move || bell.ring())
    };
    for socket in sockets {
        socket.messages.at_close(&ring);
    }
    while device.end().is_none() {
        match bell.wait(Deadline::after_ms(LOOK_MS))? {
            Woken::Rung => break,
            Woken::Late => {}
            Woken::Lost => return Ok(false),
        }
    }
    Ok(true)
}

fn refusal(error: &StartError) -> Errno {
    match error {
        StartError::Closed(_) => Errno::BADF,
        StartError::Threads(_) => Errno::NOMEM,
        _ => Errno::INVAL,
    }
}
