//! Pairs of sockets, and what the system says of their descriptors.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use speedwell::ReadyFd;

/// Far longer than anything here takes, on a busy machine too.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < SOON, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Whether the descriptor is readable within a time, as `poll` has it.
pub(crate) fn readable_within(fd: &ReadyFd, time: Duration) -> bool {
    let fd = fd.as_fd();
    let mut fds = [PollFd::new(&fd, PollFlags::IN)];
    let timeout = Timespec {
        tv_sec: time.as_secs().try_into().unwrap(),
        tv_nsec: time.subsec_nanos().into(),
    };
    poll(&mut fds, Some(&timeout)).unwrap() > 0
}

pub(crate) fn readable(fd: &ReadyFd) -> bool {
    readable_within(fd, Duration::ZERO)
}

/// An address of this process that nobody else uses.
pub(crate) fn address(test: &str) -> String {
    format!("inproc://event loops/{test}")
}
