//! Draining a socket, for as long as a call of C lasts. Decides nothing about when it ends. Obeys
//! `rfc/sp-capi.md` section 8.

use std::ffi::c_int;
use std::sync::Arc;
use std::thread;

use crate::bell::Bell;
use crate::errno::Errno;
use crate::handle::Handle;
use crate::waiting::{Deadline, FOR_EVER, readable, time, wait_for};

/// Rings when it goes, in whichever way its thread ends.
struct Ends(Arc<Bell>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.ring();
    }
}

/// Closes a socket when everything has come to its end, within a time. A signal that was handled
/// ends the call, and the draining goes on: whoever calls again waits for the same end.
// rfc: sp-capi A-40 A-63
pub(crate) fn drain(handle: &Arc<Handle>, timeout_ms: c_int) -> Result<(), Errno> {
    let bell = Bell::new()?;
    let ends = Ends(bell.clone());
    let handle = handle.clone();
    // What waits for the end of a socket cannot be asked to stop: it has a thread of its own.
    let draining = thread::Builder::new().spawn(move || {
        let _ends = ends;
        handle.role.drain(time(timeout_ms).unwrap_or(FOR_EVER))
    });
    let draining = draining.map_err(|_| Errno::NOMEM)?;
    wait_for(&mut [readable(&*bell)], Deadline::NEVER)?;
    let report = draining.join().map_err(|_| Errno::IO)?;
    if report.is_clean() && report.unread == 0 && report.unconfirmed == 0 {
        Ok(())
    } else {
        Err(Errno::TIMEDOUT)
    }
}
