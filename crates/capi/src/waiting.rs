//! Waiting for a socket, on its descriptor: so a thread that waits hears of the signals that its
//! process handles, as C programs expect. Takes no message. Obeys `rfc/sp-capi.md` section 5.

use std::ffi::c_int;
use std::future::Future;
use std::os::fd::{AsFd, AsRawFd};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use speedwell::{Level, ReadyFd};

use crate::bell::Bell;
use crate::errno::Errno;
use crate::handle::Handle;
use crate::layout::AF_SP;
use crate::role::{self, REP, REQ, RESPONDENT};

/// Longer than any process lives.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(1 << 40);

/// So many milliseconds; none below 0, which is for ever.
// rfc: sp-capi A-41
pub(crate) fn time(ms: c_int) -> Option<Duration> {
    u64::try_from(ms).ok().map(Duration::from_millis)
}

/// One of the two things that a call may wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Send,
    Recv,
}

/// Until when a call waits; `None` is for ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// However long it takes.
    pub(crate) const NEVER: Self = Self(None);

    /// So many milliseconds from now; below 0 is for ever.
    // rfc: sp-capi A-41
    pub(crate) fn after_ms(ms: c_int) -> Self {
        Self(time(ms).and_then(|time| Instant::now().checked_add(time)))
    }

    fn left(self) -> Option<Duration> {
        let now = Instant::now();
        self.0.map(|at| at.saturating_duration_since(now))
    }
}

/// The descriptor of a direction.
// rfc: sp-capi A-42
pub(crate) fn ready_fd(handle: &Handle, side: Side) -> Result<&ReadyFd, Errno> {
    let (cell, has) = match side {
        Side::Send => (&handle.send_fd, role::sends(handle.protocol)),
        Side::Recv => (&handle.recv_fd, role::receives(handle.protocol)),
    };
    if !has {
        return Err(Errno::NOPROTOOPT);
    }
    if let Some(fd) = cell.get() {
        return Ok(fd);
    }
    // rfc: sp-capi A-44
    let level = match (handle.domain, handle.protocol, side) {
        (AF_SP, REP | RESPONDENT, Side::Send) | (AF_SP, REQ, Side::Recv) => Level::InExchange,
        _ => Level::NoWait,
    };
    let fd = match side {
        Side::Send => handle.messages.send_fd_at(level),
        Side::Recv => handle.messages.recv_fd_at(level),
    };
    // Who asks at the same time is given the same one.
    let fd = fd?;
    Ok(cell.get_or_init(|| fd))
}

/// The number of the descriptor of a direction, for programs to wait for.
pub(crate) fn descriptor(handle: &Handle, side: Side) -> Result<c_int, Errno> {
    ready_fd(handle, side).map(AsRawFd::as_raw_fd)
}

/// Waits until one of the descriptors is ready, and says how many are. A signal that was handled
/// ends it.
// rfc: sp-capi A-40
pub(crate) fn wait_for(fds: &mut [PollFd<'_>], deadline: Deadline) -> Result<usize, Errno> {
    let timeout = deadline.left().map(|left| Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: left.subsec_nanos().into(),
    });
    poll(fds, timeout.as_ref()).map_err(|error| Errno(error.raw_os_error()))
}

/// Waits for what has no descriptor of its own. Given up at the deadline and by a signal, it has
/// done nothing.
// rfc: sp-capi A-40
pub(crate) fn block_on<F: Future>(future: F, deadline: Deadline) -> Result<F::Output, Errno> {
    let mut future = pin!(future);
    Bell::lend(|bell| {
        let waker = Waker::from(bell.clone());
        let mut cx = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return Ok(output);
            }
            if wait_for(&mut [readable(&**bell)], deadline)? == 0 {
                return Err(Errno::TIMEDOUT);
            }
            bell.silence();
        }
    })
}

/// A descriptor as one to be waited for.
pub(crate) fn readable(fd: &impl AsFd) -> PollFd<'_> {
    PollFd::new(fd, PollFlags::IN)
}
