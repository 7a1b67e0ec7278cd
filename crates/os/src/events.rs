//! What a wait on a poll set reports. Never says more than the system did, and never less.
//! See `rfc/0001-contracts.md`.

use std::fmt;

/// Events that one wait reports at most: enough to share the cost of the wait among many sources,
/// and only a few KiB. What is left over comes with the next wait.
pub const EVENTS_MAX: usize = 256;

/// What happened to one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The key that the source was added under.
    pub key: usize,
    /// Reading goes on without waiting. Also set by a hang-up.
    pub readable: bool,
    /// Writing goes on without waiting. Also set by a hang-up.
    pub writable: bool,
    /// The system saw a hang-up or an error, whichever direction is watched. What arrived before
    /// it can still be read. Where the poller does not tell (kqueue) this stays false, and a
    /// hang-up shows only as `readable` or `writable`.
    pub hangup: bool,
}

/// The events of one wait. Kept between waits, so that a wait allocates nothing.
pub struct Events {
    pub(crate) found: Vec<Event>,
    /// Where the system writes.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) room: Vec<rustix::event::epoll::Event>,
    #[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
    pub(crate) told: polling::Events,
}

impl Events {
    /// Room for [`EVENTS_MAX`] events.
    #[must_use]
    pub fn new() -> Self {
        #[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
        const CAPACITY: std::num::NonZeroUsize = std::num::NonZeroUsize::new(EVENTS_MAX).unwrap();
        Self {
            found: Vec::with_capacity(EVENTS_MAX),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            room: Vec::with_capacity(EVENTS_MAX),
            #[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
            told: polling::Events::with_capacity(CAPACITY),
        }
    }

    /// The events, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        self.found.iter().copied()
    }

    /// True when nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

impl Default for Events {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
