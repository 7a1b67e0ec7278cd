//! What a wait on a poll set reports. Never says more than the system did, and never less.
//! See `rfc/0001-contracts.md`.

use std::fmt;
use std::num::NonZeroUsize;

#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::PollSet;

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
    polled: polling::Events,
    /// Those of a wait past the poller; then there are no others.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    direct: Vec<rustix::event::epoll::Event>,
}

impl Events {
    /// Room for [`EVENTS_MAX`] events.
    #[must_use]
    pub fn new() -> Self {
        const CAPACITY: NonZeroUsize = NonZeroUsize::new(EVENTS_MAX).unwrap();
        Self {
            polled: polling::Events::with_capacity(CAPACITY),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            direct: Vec::with_capacity(EVENTS_MAX),
        }
    }

    /// The events, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        let polled = self.polled.iter().map(|event| Event {
            key: event.key,
            readable: event.readable,
            writable: event.writable,
            hangup: event.is_interrupt() || event.is_err() == Some(true),
        });
        #[cfg(any(target_os = "linux", target_os = "android"))]
        return polled.chain(self.direct.iter().map(Event::from));
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        polled
    }

    /// True when nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    pub(crate) fn clear(&mut self) {
        self.polled.clear();
        #[cfg(any(target_os = "linux", target_os = "android"))]
        self.direct.clear();
    }

    pub(crate) fn raw(&mut self) -> &mut polling::Events {
        &mut self.polled
    }

    /// Where a wait past the poller puts its events.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn direct(&mut self) -> &mut Vec<rustix::event::epoll::Event> {
        &mut self.direct
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl From<&rustix::event::epoll::Event> for Event {
    /// As the poller reads the same flags.
    fn from(event: &rustix::event::epoll::Event) -> Self {
        use rustix::event::epoll::EventFlags as Flags;

        let (flags, data) = (event.flags, event.data);
        let hangup = flags.intersects(Flags::HUP | Flags::ERR);
        Self {
            // It was a key when it was handed to the system.
            key: usize::try_from(data.u64()).unwrap_or(PollSet::RESERVED_KEY),
            readable: hangup || flags.intersects(Flags::IN | Flags::PRI),
            writable: hangup || flags.contains(Flags::OUT),
            hangup,
        }
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
