//! What a wait on a poll set reports. Never says more than the system did, and never less.
//! See `rfc/0001-contracts.md`.

use std::fmt;
use std::num::NonZeroUsize;

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
pub struct Events(polling::Events);

impl Events {
    /// Room for [`EVENTS_MAX`] events.
    #[must_use]
    pub fn new() -> Self {
        const CAPACITY: NonZeroUsize = NonZeroUsize::new(EVENTS_MAX).unwrap();
        Self(polling::Events::with_capacity(CAPACITY))
    }

    /// The events, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        self.0.iter().map(|event| Event {
            key: event.key,
            readable: event.readable,
            writable: event.writable,
            hangup: event.is_interrupt() || event.is_err() == Some(true),
        })
    }

    /// True when nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn raw(&mut self) -> &mut polling::Events {
        &mut self.0
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
