//! What the poll set asks of its system. A poller remembers no source, and is told of each which
//! one it is. See `rfc/0001-contracts.md`.

use std::io;
use std::time::Instant;

use speedwell_transport::OsSource;

use super::Watch;
use crate::Events;

/// A system's poller.
pub(super) trait Poller: Send + Sync {
    /// Makes a source known. The caller keeps it open until it has been deleted.
    fn add(&self, source: &OsSource, key: usize, watch: Watch) -> io::Result<()>;

    /// Changes what is asked about a source that is known.
    fn modify(&self, source: &OsSource, key: usize, watch: Watch) -> io::Result<()>;

    /// Forgets a source.
    fn delete(&self, source: &OsSource) -> io::Result<()>;

    /// Waits until something happens, there was a notice, or the deadline has come, and at times
    /// for less. Adds to the events.
    fn wait(&self, events: &mut Events, deadline: Option<Instant>) -> io::Result<()>;

    /// Ends the wait that is under way, or the next one.
    fn notify(&self);

    /// Sources that have to be asked for again, since they were reported once: their keys.
    fn take_reported(&self) -> Vec<usize>;

    /// Whether the system reports what is ready for as long as it is.
    fn is_level(&self) -> bool;

    /// Takes other descriptors for itself, after a wait that failed. It then knows no source.
    ///
    /// # Errors
    ///
    /// When it has none that can be lost, or the system has none left.
    fn renew(&self) -> io::Result<()>;
}

/// The poller of this system.
pub(super) fn of_this_system() -> io::Result<Box<dyn Poller>> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let poller = super::epoll::Epoll::new()?;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let poller = super::portable::Portable::new()?;
    Ok(Box::new(poller))
}
