//! The poll set: descriptors watched together, level-triggered. It never closes what it watches
//! and never watches what is closed. See `rfc/0001-contracts.md`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use polling::{PollMode, Poller};
use speedwell_transport::OsSource;

use crate::Events;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod direct;
mod waiter;

use waiter::Waiter;

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

    fn event(self, key: usize) -> polling::Event {
        polling::Event::new(key, self.read, self.write)
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
pub struct PollSet {
    waiter: Waiter,
    poller: Poller,
    mode: PollMode,
    sources: Mutex<HashMap<usize, Watched>>,
    /// Whoever waits holds this: keys to ask for again, always empty in level mode.
    turn: Mutex<Vec<usize>>,
    /// Tells a notified wait, which returns, from one that the system ended early, which goes on.
    notified: AtomicBool,
}

/// A source in the set, known to the system exactly while its watch is not empty.
struct Watched {
    source: OsSource,
    watch: Watch,
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
        let poller = Poller::new()?;
        let mode = if poller.supports_level() {
            PollMode::Level
        } else {
            PollMode::Oneshot
        };
        Ok(Self::with(Waiter::new(&poller), poller, mode))
    }

    fn with(waiter: Waiter, poller: Poller, mode: PollMode) -> Self {
        Self {
            waiter,
            poller,
            mode,
            sources: Mutex::default(),
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
        match self.sources.lock().entry(key) {
            Entry::Occupied(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Entry::Vacant(place) => {
                if !interest.is_none() {
                    self.enter(key, source, interest)?;
                }
                place.insert(Watched {
                    source: source.clone(),
                    watch: interest,
                });
                Ok(())
            }
        }
    }

    /// Changes what a source is watched for, from any thread: a wait that is under way sees it.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] for an unknown key, or what the system says. The watch is then
    /// as before.
    pub fn modify(&self, key: usize, interest: Watch) -> io::Result<()> {
        let mut sources = self.sources.lock();
        let watched = sources.get_mut(&key).ok_or(io::ErrorKind::NotFound)?;
        match (watched.watch.is_none(), interest.is_none()) {
            (true, true) => {}
            (true, false) => self.enter(key, &watched.source, interest)?,
            (false, true) => self.poller.delete(borrow(&watched.source))?,
            (false, false) if watched.watch == interest && self.mode == PollMode::Level => {}
            (false, false) => self.ask(key, &watched.source, interest)?,
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
            let Entry::Occupied(place) = sources.entry(key) else {
                return Ok(());
            };
            let result = if place.get().watch.is_none() {
                Ok(())
            } else {
                self.poller.delete(borrow(&place.get().source))
            };
            (place.remove(), result)
        };
        // The last clone closes its descriptor: not under the lock.
        drop(released);
        result
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
        events.clear();
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let Some(mut again) = self.take_turn(deadline) else {
            return Ok(());
        };
        self.ask_again(&mut again)?;
        loop {
            match self.waiter.wait(&self.poller, events, deadline) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let notified = self.notified.swap(false, Ordering::SeqCst);
            let is_over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if notified || is_over || !events.is_empty() {
                break;
            }
        }
        if self.mode != PollMode::Level {
            again.extend(events.iter().map(|event| event.key));
        }
        Ok(())
    }

    /// Ends the wait that is under way, or else the next one. Many calls before that count as one.
    pub fn notify(&self) {
        // The flag first: whoever consumes the system's notice, also that of an earlier call,
        // looks at the flag afterwards.
        if !self.notified.swap(true, Ordering::SeqCst) {
            self.waiter.notify(&self.poller);
        }
    }

    fn take_turn(&self, deadline: Option<Instant>) -> Option<MutexGuard<'_, Vec<usize>>> {
        match deadline {
            Some(deadline) => self.turn.try_lock_until(deadline),
            None => Some(self.turn.lock()),
        }
    }

    /// Where the system reports only once: asks again for what was reported and still is watched.
    /// A source that fails does not keep the others from being asked for.
    fn ask_again(&self, keys: &mut Vec<usize>) -> io::Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let sources = self.sources.lock();
        let mut result = Ok(());
        for key in keys.drain(..) {
            match sources.get(&key) {
                Some(watched) if !watched.watch.is_none() => {
                    result = result.and(self.ask(key, &watched.source, watched.watch));
                }
                _ => {}
            }
        }
        result
    }

    /// Changes what the system is asked about a source that it knows.
    fn ask(&self, key: usize, source: &OsSource, watch: Watch) -> io::Result<()> {
        self.poller
            .modify_with_mode(borrow(source), watch.event(key), self.mode)
    }

    /// Makes a source known to the system. The caller keeps a clone of it in `sources` until the
    /// system has forgotten it.
    fn enter(&self, key: usize, source: &OsSource, watch: Watch) -> io::Result<()> {
        let handle = borrow(source);
        // SAFETY: the descriptor is open now, since `handle` borrows it, and it stays open while
        // the poller knows it: `sources` keeps a clone of its owner, and `modify`, `remove` and
        // `drop` give that up only after `Poller::delete`. That the owner names the same
        // descriptor each time is the promise of `OsHandle`.
        let result = unsafe {
            self.poller
                .add_with_mode(&handle, watch.event(key), self.mode)
        };
        match &result {
            // Some pollers remember a source that the system refused, and would say then that it
            // is watched already. One that really is watched already belongs to another key.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                let _ = self.poller.delete(handle);
            }
            _ => {}
        }
        result
    }
}

impl Drop for PollSet {
    fn drop(&mut self) {
        for watched in self.sources.get_mut().values() {
            if !watched.watch.is_none() {
                // The poller goes too, so there is nothing more to be done about a failure.
                let _ = self.poller.delete(borrow(&watched.source));
            }
        }
    }
}

impl fmt::Debug for PollSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources = self.sources.try_lock().map(|sources| sources.len());
        f.debug_struct("PollSet")
            .field("mode", &self.mode)
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
