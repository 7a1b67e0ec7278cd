//! Devices, for as long as a call of C lasts. Moves no message itself. Obeys `rfc/sp-capi.md`
//! section 6.

use std::ffi::c_int;
use std::sync::Arc;

use speedwell::Device;
use speedwell::device::StartError;

use crate::bell::Bell;
use crate::errno::Errno;
use crate::handles::process;
use crate::waiting::{Deadline, readable, wait_for};

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
    let bell = Bell::new()?;
    let ring: Arc<dyn Fn() + Send + Sync> = {
        let bell = bell.clone();
        Arc::new(move || bell.ring())
    };
    for socket in [&front, &back].into_iter().flatten() {
        socket.messages.at_close(&ring);
    }
    while device.end().is_none() {
        if wait_for(&mut [readable(&*bell)], Deadline::after_ms(LOOK_MS))? > 0 {
            break;
        }
    }
    drop(device);
    Err(Errno::BADF)
}

fn refusal(error: &StartError) -> Errno {
    match error {
        StartError::Closed(_) => Errno::BADF,
        StartError::Threads(_) => Errno::NOMEM,
        _ => Errno::INVAL,
    }
}
