//! Waiting for many sockets at a time. Takes no message. Obeys `rfc/sp-capi.md` section 5.

use std::ffi::{c_int, c_short};
use std::sync::Arc;

use rustix::event::{PollFd as Waited, PollFlags};

use crate::errno::Errno;
use crate::handle::Handle;
use crate::handles::process;
use crate::layout::PollFd;
use crate::waiting::{Deadline, Side, readable, ready_fd, wait_for};

/// A message can be received.
const POLLIN: c_short = 1;
/// A message can be sent.
const POLLOUT: c_short = 2;
const WAYS: [(c_short, Side); 2] = [(POLLIN, Side::Recv), (POLLOUT, Side::Send)];

/// Waits until one of the sockets is ready, and says how many are.
// rfc: sp-capi A-43
pub(crate) fn poll(items: &mut [PollFd], timeout_ms: c_int) -> Result<usize, Errno> {
    let deadline = Deadline::after_ms(timeout_ms);
    let handles: Result<Vec<Arc<Handle>>, Errno> = items
        .iter()
        .map(|item| process().socket(item.socket))
        .collect();
    let handles = handles?;
    let mut waited: Vec<Waited<'_>> = Vec::with_capacity(items.len());
    for (item, handle) in items.iter().zip(&handles) {
        for (_, side) in WAYS.iter().filter(|(event, _)| item.events & event != 0) {
            waited.push(readable(ready_fd(handle, *side)?));
        }
    }
    if wait_for(&mut waited, deadline)? == 0 {
        items.iter_mut().for_each(|item| item.revents = 0);
        return Ok(0);
    }
    let mut found = waited.iter();
    for item in &mut *items {
        let wanted = WAYS.iter().filter(|(event, _)| item.events & event != 0);
        let ready = wanted.filter(|_| found.next().is_some_and(is_ready));
        item.revents = ready.fold(0, |events, (event, _)| events | event);
    }
    // Closed while we waited: its calls would only say so.
    for item in &*items {
        process().socket(item.socket)?;
    }
    Ok(items.iter().filter(|item| item.revents != 0).count())
}

fn is_ready(waited: &Waited<'_>) -> bool {
    waited
        .revents()
        .intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR)
}
