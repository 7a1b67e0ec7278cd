//! How a poll set waits, and is told to stop waiting. Never watches a source, and never decides
//! when a wait is over. See `rfc/0001-contracts.md`.

use std::io;
use std::time::Instant;

use polling::Poller;

use crate::Events;

/// The ways to wait on a [`Poller`].
pub(super) enum Waiter {
    /// Its own, which works on every system.
    Portable,
    /// Past it, in one system call. The poller sets a timer and asks anew for its own descriptors
    /// on each wait, which makes five.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Direct(super::direct::Direct),
}

impl Waiter {
    /// The best way to wait on `poller` that the system has.
    pub(super) fn new(poller: &Poller) -> Self {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if let Ok(direct) = super::direct::Direct::new(poller) {
            return Self::Direct(direct);
        }
        let _ = poller;
        Self::Portable
    }

    /// Waits once. May end early, with nothing in `events`.
    ///
    /// # Errors
    ///
    /// What the system says, [`io::ErrorKind::Interrupted`] too.
    pub(super) fn wait(
        &self,
        poller: &Poller,
        events: &mut Events,
        deadline: Option<Instant>,
    ) -> io::Result<()> {
        match (self, deadline) {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            (Self::Direct(direct), _) => direct.wait(poller, events, deadline),
            (Self::Portable, Some(deadline)) => {
                poller.wait_deadline(events.raw(), deadline).map(drop)
            }
            (Self::Portable, None) => poller.wait(events.raw(), None).map(drop),
        }
    }

    /// Ends the wait that is under way, or else the next one.
    pub(super) fn notify(&self, poller: &Poller) {
        // Fails only when the set's own descriptor is gone, and then nobody waits.
        match self {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Self::Direct(direct) => direct.notify(),
            Self::Portable => drop(poller.notify()),
        }
    }
}
