//! What a device has moved, and why it ended. Plain values. See `rfc/sp-device.md` section 5.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use speedwell_socket::ErrorKind;

/// One of the two sockets of a device. A device of one socket has a front alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The first one it was started with.
    Front,
    /// The second one.
    Back,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Front => "front",
            Self::Back => "back",
        })
    }
}

/// Why a device ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// It was stopped, or its handle was dropped.
    Stopped,
    /// A socket was closed.
    Closed(Side),
    /// A socket failed to receive, in a way that its protocol does not recover from.
    Failed(Side, ErrorKind),
}

/// What went one way. Of a device that has ended, `taken` is `passed` and `dropped` together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// Messages taken from one socket.
    pub taken: u64,
    /// Messages that the other socket accepted. What becomes of them there, also that it has to
    /// drop one for want of a peer, is in the statistics of that socket.
    pub passed: u64,
    /// Octets of those, header and body.
    pub octets: u64,
    /// Messages that the other socket did not accept: for their header, or not within its linger
    /// time after the device had ended.
    pub dropped: u64,
}

/// What a device moved, and why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Why it ended.
    pub end: End,
    /// What went from the front to the back; of a device of one socket, everything.
    pub to_back: Moved,
    /// What went from the back to the front.
    pub to_front: Moved,
}

/// The counters of one way while they run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    taken: AtomicU64,
    passed: AtomicU64,
    octets: AtomicU64,
    dropped: AtomicU64,
}

impl Tally {
    pub(crate) fn take(&self) {
        self.taken.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn pass(&self, octets: usize) {
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        self.octets.fetch_add(octets, Ordering::Relaxed);
        self.passed.fetch_add(1, Ordering::Release);
    }

    /// Looks at the ends of messages first, so that none is seen that was never taken.
    pub(crate) fn read(&self) -> Moved {
        let passed = self.passed.load(Ordering::Acquire);
        let dropped = self.dropped.load(Ordering::Acquire);
        Moved {
            taken: self.taken.load(Ordering::Relaxed),
            passed,
            octets: self.octets.load(Ordering::Relaxed),
            dropped,
        }
    }
}
