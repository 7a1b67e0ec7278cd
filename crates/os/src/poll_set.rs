//! The poll set: descriptors watched together, level-triggered. It never closes what it watches
//! and never watches what is closed. See `rfc/0001-contracts.md`.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod epoll;
mod poller;
#[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
mod portable;
mod sources;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use speedwell_transport::OsSource;

use crate::Events;
use poller::Poller;
use sources::Sources;

/// The directions in which a source is watched.
///
/// With neither, the source is kept but the system is not asked about it: not even a hang-up is
/// reported, since systems repeat a hang-up until the descriptor is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// Report when reading goes on.
    pub read: bool,
    /// Report when writing goes on.
    pub write: bool,
}

impl Watch {
    /// Neither direction.
    pub const NONE: Self = Self {
        read: false,
        write: false,
    };
    /// Reading only.
    pub const READ: Self = Self {
        read: true,
        write: false,
    };
    /// Writing only.
    pub const WRITE: Self = Self {
        read: false,
        write: true,
    };
    /// Both directions.
    pub const BOTH: Self = Self {
        read: true,
        write: true,
    };

    /// True when no direction is watched.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }
}

/// Descriptors (Unix) or sockets (Windows) that are watched together.
///
/// Level-triggered: what is ready is reported by each wait until it is dealt with or no longer
/// watched. Where the system reports only once, the next wait asks again for what the last one
/// reported, which looks the same.
///
/// A set may be changed from any thread, also while another waits on it. An event that was
/// collected just before its source was removed can still be reported: let the event of a key that
/// means nothing, or something else by now, be harmless, as it is to non-blocking calls.
///
/// Dropping the set releases all sources.
///
/// ```
/// use std::net::UdpSocket;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use speedwell_os::{Events, PollSet, Watch};
/// use speedwell_transport::OsSource;
///
/// let socket = Arc::new(UdpSocket::bind("127.0.0.1:0")?);
/// let set = PollSet::new()?;
/// set.add(7, &OsSource::new(socket.clone()), Watch::READ)?;
/// socket.send_to(b"hello", socket.local_addr()?)?;
///
/// let mut events = Events::new();
/// set.wait(&mut events, Some(Duration::from_secs(5)))?;
/// assert!(events.iter().any(|event| event.key == 7 && event.readable));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Other code in the process may close a descriptor that is watched; its number may even be watched
/// again then, under another key. The set notices that and leaves the number to its new owner, as
/// it does where it is asked to begin again with a source that it has stopped watching.
/// [`PollSet::has`] says whether a source is still what it was, [`PollSet::take_lost`] which ones
/// it has found not to be.
pub struct PollSet {
    poller: Box<dyn Poller>,
    sources: Mutex<Sources>,
    /// There is something for `take_lost`.
    has_lost: AtomicBool,
    /// Whoever waits holds this.
    turn: Mutex<()>,
    /// Tells a notified wait, which returns, from one that the system ended early, which goes on.
    notified: AtomicBool,
}

impl PollSet {
    /// The key that no source can have.
    pub const RESERVED_KEY: usize = usize::MAX;

    /// An empty set.
    ///
    /// # Errors
    ///
    /// When the system has no descriptor left.
    pub fn new() -> io::Result<Self> {
        Ok(Self::with(poller::of_this_system()?))
    }

    fn with(poller: Box<dyn Poller>) -> Self {
        Self {
            poller,
            sources: Mutex::default(),
            has_lost: AtomicBool::new(false),
            turn: Mutex::default(),
            notified: AtomicBool::new(false),
        }
    }

    /// Watches `source` under `key`. The set keeps a clone of the source until it is removed: its
    /// descriptor stays open, and so its number cannot come to mean something else.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] when the key is taken, or the source is watched under
    /// another key; [`io::ErrorKind::InvalidInput`] for [`PollSet::RESERVED_KEY`]; or what the
    /// system says of the descriptor. The set is then as before.
    pub fn add(&self, key: usize, source: &OsSource, interest: Watch) -> io::Result<()> {
        if key == Self::RESERVED_KEY {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut sources = self.sources.lock();
        if sources.get(key).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if !interest.is_none() {
            self.poller.add(source, key, interest)?;
        }
        if sources.insert(key, source, interest) {
            self.has_lost.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Changes what a source is watched for, from any thread: a wait that is under way sees it.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] for an unknown key, or what the system says. The watch is then
    /// as before.
    pub fn modify(&self, key: usize, interest: Watch) -> io::Result<()> {
        let mut sources = self.sources.lock();
        let watched = sources.get_mut(key).ok_or(io::ErrorKind::NotFound)?;
        match (watched.watch.is_none(), interest.is_none()) {
            (true, true) => {}
            (true, false) => {
                watched.look()?;
                self.poller.add(&watched.source, key, interest)?;
            }
            (false, true) => {
                watched.check()?;
                self.poller.delete(&watched.source)?;
            }
            (false, false) if watched.watch == interest && self.poller.is_level() => {}
            (false, false) => {
                watched.check()?;
                self.poller.modify(&watched.source, key, interest)?;
            }
        }
        watched.watch = interest;
        Ok(())
    }

    /// Takes a source out and releases it. An unknown key is no error.
    ///
    /// # Errors
    ///
    /// What the system says: that it does not know the descriptor, which a stranger has closed. The
    /// source is out of the set nevertheless, and its key is free for another.
    pub fn remove(&self, key: usize) -> io::Result<()> {
        let (released, result) = {
            let mut sources = self.sources.lock();
            let Some(watched) = sources.remove(key) else {
                return Ok(());
            };
            let result = if watched.watch.is_none() {
                Ok(())
            } else {
                // The number may be watched for another by now.
                let is_known = watched.look();
                is_known.and_then(|()| self.poller.delete(&watched.source))
            };
            (watched, result)
        };
        // The last clone closes its descriptor: not under the lock.
        drop(released);
        result
    }

    /// Whether a source is still what it was when it was added, as far as the system tells, whom it
    /// asks. So it says of a key that is unknown, too.
    // rfc: sp-waiting W-63
    pub fn has(&self, key: usize) -> bool {
        let sources = self.sources.lock();
        sources
            .get(key)
            .is_none_or(|watched| watched.look().is_ok())
    }

    /// The next one, if there is one, whose descriptor was found to be closed by a stranger since
    /// it was added: another source came with the same number. It stays in the set.
    // rfc: sp-waiting W-63
    pub fn take_lost(&self) -> Option<usize> {
        if !self.has_lost.load(Ordering::Relaxed) {
            return None;
        }
        let mut sources = self.sources.lock();
        let lost = sources.take_lost();
        if lost.is_none() {
            self.has_lost.store(false, Ordering::Relaxed);
        }
        lost
    }

    /// Waits until something happens, [`PollSet::notify`] is called, or `timeout` has passed;
    /// without one, for ever. Never returns early for another reason, such as a signal, so a loop
    /// around it that waits for a deadline does not spin. What `events` held before is gone.
    ///
    /// One thread waits at a time. A second one first waits for its turn, within its timeout.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        events.found.clear();
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let Some(_turn) = self.take_turn(deadline) else {
            return Ok(());
        };
        self.ask_again()?;
        let mut is_new = false;
        loop {
            match self.poller.wait(events, deadline) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) if !is_new && self.renew().is_ok() => is_new = true,
                Err(error) => return Err(error),
                Ok(()) => {}
            }
            let notified = self.notified.swap(false, Ordering::SeqCst);
            let is_over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if notified || is_over || !events.is_empty() {
                return Ok(());
            }
        }
    }

    /// Ends the wait that is under way, or else the next one. Many calls before that count as one.
    pub fn notify(&self) {
        // The flag first: whoever consumes the system's notice, also that of an earlier call,
        // looks at the flag afterwards.
        self.notified.store(true, Ordering::SeqCst);
        self.poller.notify();
    }

    fn take_turn(&self, deadline: Option<Instant>) -> Option<MutexGuard<'_, ()>> {
        match deadline {
            Some(deadline) => self.turn.try_lock_until(deadline),
            None => Some(self.turn.lock()),
        }
    }

    /// Where the system reports only once: asks again for what was reported and still is watched.
    /// A source that fails does not keep the others from being asked for.
    fn ask_again(&self) -> io::Result<()> {
        if self.poller.is_level() {
            return Ok(());
        }
        let keys = self.poller.take_reported();
        let sources = self.sources.lock();
        let mut result = Ok(());
        for key in keys {
            match sources.get(key) {
                Some(watched) if !watched.watch.is_none() => {
                    let asked = self.poller.modify(&watched.source, key, watched.watch);
                    result = result.and(asked);
                }
                _ => {}
            }
        }
        result
    }

    /// Begins anew where the system's part of the set is lost: with every source that is not.
    // rfc: sp-waiting W-64
    fn renew(&self) -> io::Result<()> {
        let sources = self.sources.lock();
        self.poller.renew()?;
        for (key, watched) in sources.iter() {
            if !watched.watch.is_none() && watched.look().is_ok() {
                // What the system refuses now is found to be lost when somebody looks.
                let _ = self.poller.add(&watched.source, key, watched.watch);
            }
        }
        Ok(())
    }
}

impl Drop for PollSet {
    fn drop(&mut self) {
        for (_, watched) in self.sources.get_mut().iter() {
            if !watched.watch.is_none() {
                // The poller goes too, so there is nothing more to be done about a failure.
                let _ = self.poller.delete(&watched.source);
            }
        }
    }
}

impl fmt::Debug for PollSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources = self
            .sources
            .try_lock()
            .map(|sources| sources.iter().count());
        f.debug_struct("PollSet")
            .field("sources", &sources)
            .finish_non_exhaustive()
    }
}

#[cfg(unix)]
fn borrow(source: &OsSource) -> std::os::fd::BorrowedFd<'_> {
    source.handle().as_fd()
}

#[cfg(windows)]
fn borrow(source: &OsSource) -> std::os::windows::io::BorrowedSocket<'_> {
    source.handle().as_socket()
}

#[cfg(test)]
mod tests;
