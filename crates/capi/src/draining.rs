//! Draining a socket, for as long as a call of C lasts. Decides nothing about when it ends. Obeys
//! `rfc/sp-capi.md` section 8.

use std::ffi::c_int;

use crate::errno::Errno;
use crate::handle::Handle;
use crate::waiting::{Deadline, FOR_EVER, block_on, time};

/// Closes a socket when everything has come to its end, within a time. A signal that was handled
/// ends the call, and the draining goes on: whoever calls again waits for the same end.
// rfc: sp-capi A-40 A-63
pub(crate) fn drain(handle: &Handle, timeout_ms: c_int) -> Result<(), Errno> {
    let draining = handle.role.drain(time(timeout_ms).unwrap_or(FOR_EVER));
    // The socket keeps the time.
    let report = block_on(draining, Deadline::NEVER)?;
    if report.is_clean() && report.unread == 0 && report.unconfirmed == 0 {
        Ok(())
    } else {
        Err(Errno::TIMEDOUT)
    }
}
