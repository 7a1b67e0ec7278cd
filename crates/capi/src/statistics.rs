//! What was counted on a socket, by nanomsg's numbers. Counts nothing. Obeys `rfc/sp-capi.md`
//! section 6.

use std::ffi::c_int;

use crate::errno::Errno;
use crate::handle::Handle;

/// One of the counts of a socket.
// rfc: sp-capi A-51
pub(crate) fn statistic(handle: &Handle, number: c_int) -> Result<u64, Errno> {
    let socket = handle.any();
    let stats = socket.stats();
    Ok(match number {
        101 => stats.connected,
        102 => stats.accepted,
        103 => stats.closed_here.saturating_add(stats.ended_by_protocol),
        104 => stats.broken.saturating_add(stats.closed_by_peer),
        105 => stats.dial_errors,
        106 => stats.bind_errors,
        107 => stats.accept_errors,
        201 => count(socket.pipes()),
        202 => count(socket.snapshot().in_progress),
        203 => handle.endpoints_in_error(),
        301 => stats.messages_out,
        302 => stats.messages_in,
        303 => stats.octets_out,
        304 => stats.octets_in,
        401 => {
            let priority = socket.snapshot().send_priority;
            priority.map_or(0, |priority| u64::from(priority.level()))
        }
        _ => return Err(Errno::INVAL),
    })
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
