//! The reactor: one thread that visits objects when their descriptor is ready, their bell was
//! rung, or their time has come. Knows no protocol. See `rfc/0001-contracts.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slab::Slab;
use speedwell_os::{Event, Events};
use speedwell_transport::{Resolver, Scratch};

use crate::bell::Bell;
use crate::hub::{Hub, Target};
use crate::look::Look;
use crate::rung::{RUNG_FIRST, Rung};
use crate::sync::thread::{self, ThreadId};
use crate::sync::{AtomicBool, Mutex, Ordering, PollSet, SLEEP_MAX, now, rest};
use crate::{BlockingResolver, Error, ErrorKind, threads};

/// How long the thread rests when its poll set fails.
const FAILED_PAUSE: Duration = Duration::from_millis(10);

/// Scratch buffers kept for threads that read now and then.
const SCRATCHES_MAX: usize = 4;

/// A thread that serves sockets. A clone is the same reactor; when the last clone and the last
/// socket are gone, the thread ends.
#[derive(Clone)]
pub struct Reactor {
    handle: Arc<Handle>,
}

struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        // A child shares the parent's poll set, and is not to end what serves the parent.
        if self.0.check().is_ok() {
            self.0.stop.store(true, Ordering::SeqCst);
            self.0.set.notify();
        }
    }
}

/// What the reactor thread and its users share.
pub(crate) struct Shared {
    set: PollSet,
    entries: Mutex<Slab<Arc<Entry>>>,
    rung: Rung,
    timers: Mutex<Deadlines>,
    stop: AtomicBool,
    scratches: Mutex<Vec<Scratch>>,
    thread: Mutex<Option<ThreadId>>,
    resolver: Arc<dyn Resolver>,
    /// The process whose thread it has.
    generation: u32,
}

/// An object that the reactor visits.
struct Entry {
    hub: Arc<Hub>,
    target: Target,
    bell: Arc<Bell>,
}

#[derive(Default)]
struct Deadlines {
    by_key: BTreeMap<usize, Instant>,
    by_time: BTreeSet<(Instant, usize)>,
}

/// Why an object is visited.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visit {
    pub(crate) read: bool,
    pub(crate) write: bool,
    /// A sender left it to the reactor to write.
    pub(crate) flush: bool,
    /// What the descriptor means.
    pub(crate) descriptor: Descriptor,
}

/// What is known of an object's descriptor when it is visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Descriptor {
    /// The system has just reported it.
    Reported,
    /// Nothing new.
    Unseen,
    /// A stranger has closed it.
    Lost,
}

impl Visit {
    pub(crate) const ALL: Self = Self {
        read: true,
        write: true,
        flush: true,
        descriptor: Descriptor::Unseen,
    };
    pub(crate) const LOST: Self = Self {
        descriptor: Descriptor::Lost,
        ..Self::ALL
    };
    pub(crate) const FLUSH: Self = Self {
        read: false,
        write: false,
        flush: true,
        descriptor: Descriptor::Unseen,
    };
}

impl Reactor {
    /// Starts a thread.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exhausted`] when the system has no descriptor or thread left.
    pub fn new() -> Result<Self, Error> {
        speedwell_os::watch_forks();
        let set = PollSet::new().map_err(|_| ErrorKind::Exhausted)?;
        let shared = Arc::new(Shared::new(set));
        let worker = shared.clone();
        let thread =
            threads::start("speedwell", move || worker.run()).map_err(|_| ErrorKind::Exhausted)?;
        *shared.thread.lock() = Some(thread);
        Ok(Self {
            handle: Arc::new(Handle(shared)),
        })
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.handle.0
    }
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.0.fmt(f)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor")
            .field("set", &self.set)
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn new(set: PollSet) -> Self {
        Self {
            set,
            entries: Mutex::new(Slab::new()),
            rung: Rung::new(),
            timers: Mutex::new(Deadlines::default()),
            stop: AtomicBool::new(false),
            scratches: Mutex::new(Vec::new()),
            thread: Mutex::new(None),
            resolver: Arc::new(BlockingResolver::system()),
            generation: speedwell_os::generation(),
        }
    }

    /// Whether its thread is one of this process, and not of its parent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forked`].
    // rfc: sp-waiting W-50
    pub(crate) fn check(&self) -> Result<(), ErrorKind> {
        if self.generation == speedwell_os::generation() {
            Ok(())
        } else {
            Err(ErrorKind::Forked)
        }
    }

    /// The time of the next visit.
    #[cfg(test)]
    pub(crate) fn first_deadline(&self) -> Option<Instant> {
        self.timers.lock().by_time.first().map(|(at, _)| *at)
    }

    /// Takes out who wants a visit.
    #[cfg(test)]
    pub(crate) fn take_rung(&self) -> Vec<usize> {
        let mut rung = Vec::new();
        self.rung.swap(&mut rung);
        rung.into_iter().map(|(key, _)| key).collect()
    }

    /// True when there is nothing to visit.
    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.entries.lock().is_empty()
    }

    /// The poll set, for the watchers of objects.
    pub(crate) fn set(&self) -> &PollSet {
        &self.set
    }

    /// What looks names up for sockets that bring nothing of their own for it.
    pub(crate) fn resolver(&self) -> &Arc<dyn Resolver> {
        &self.resolver
    }

    /// True on the reactor's own thread, which must not wait for itself.
    pub(crate) fn is_current(&self) -> bool {
        *self.thread.lock() == Some(thread::current().id())
    }

    /// Enters an object, to be visited until it is taken out.
    pub(crate) fn enter(self: &Arc<Self>, hub: Arc<Hub>, target: Target) -> (usize, Arc<Bell>) {
        let mut entries = self.entries.lock();
        let place = entries.vacant_entry();
        let key = place.key();
        let bell = Bell::new(key, Arc::downgrade(self));
        place.insert(Arc::new(Entry {
            hub,
            target,
            bell: bell.clone(),
        }));
        (key, bell)
    }

    /// Takes an object out. A visit that is under way may still come.
    pub(crate) fn leave(&self, key: usize) {
        let _ = self.set_deadline(key, None);
        let gone = self.entries.lock().try_remove(key);
        drop(gone);
        if self.stop.load(Ordering::SeqCst) {
            self.set.notify();
        }
    }

    /// Notes that an object wants a visit, and wakes the thread if it sleeps.
    pub(crate) fn enqueue(&self, key: usize, visit: Visit) {
        self.rung.push(key, visit);
        self.wake();
    }

    /// Wakes the thread if it sleeps.
    pub(crate) fn wake(&self) {
        if self.rung.wakes() {
            self.set.notify();
        }
    }

    /// Sets, moves or forgets the time of an object's visit. True: call [`Shared::wake`].
    #[must_use]
    pub(crate) fn set_deadline(&self, key: usize, at: Option<Instant>) -> bool {
        let mut timers = self.timers.lock();
        let first = timers.by_time.first().copied();
        if let Some(before) = timers.by_key.remove(&key) {
            timers.by_time.remove(&(before, key));
        }
        let Some(at) = at else { return false };
        timers.by_key.insert(key, at);
        timers.by_time.insert((at, key));
        first.is_none_or(|(first, _)| at < first)
    }

    /// Lends a read buffer to a thread that is not the reactor's.
    pub(crate) fn with_scratch<R>(&self, run: impl FnOnce(&mut Scratch) -> R) -> R {
        let mut scratch = self.scratches.lock().pop().unwrap_or_default();
        let result = run(&mut scratch);
        let mut scratches = self.scratches.lock();
        if scratches.len() < SCRATCHES_MAX {
            scratches.push(scratch);
        }
        result
    }

    fn run(&self) {
        let mut events = Events::new();
        let mut rung = Vec::with_capacity(RUNG_FIRST);
        let mut look = Look::default();
        loop {
            if self.stop.load(Ordering::SeqCst) && self.entries.lock().is_empty() {
                return;
            }
            self.wait(&mut events);
            self.rung.swap(&mut rung);
            let mut has_flushed = false;
            for (key, visit) in rung.drain(..) {
                has_flushed |= !visit.read;
                self.visit(key, visit);
            }
            for Event {
                key,
                readable,
                writable,
                hangup,
                ..
            } in events.iter()
            {
                self.visit(
                    key,
                    Visit {
                        read: readable || hangup,
                        write: writable || hangup,
                        flush: false,
                        descriptor: Descriptor::Reported,
                    },
                );
            }
            self.serve_due();
            self.look_for_lost(&mut look);
            if has_flushed {
                // A stream goes on: its sender gathers more while this thread steps back once, and
                // need not wake it.
                thread::yield_now();
            }
        }
    }

    fn wait(&self, events: &mut Events) {
        self.rung.lie_down();
        let now = now();
        let next = self.timers.lock().by_time.first().map(|(at, _)| *at);
        let idle = self.rung.is_empty();
        let timeout = if idle {
            let until_next = next.map(|at| at.saturating_duration_since(now));
            until_next.map_or(SLEEP_MAX, |time| time.min(SLEEP_MAX))
        } else {
            Duration::ZERO
        };
        if self.set.wait(events, Some(timeout)).is_err() {
            // Nothing sensible can be done about a poll set that fails; do not spin on it.
            // rfc: sp-waiting W-64
            rest(FAILED_PAUSE);
        }
        self.rung.get_up();
    }

    /// Visits whose time has come. One that sets its time anew may be due again at once: it waits
    /// for the next round, so that descriptors and rings have their turn.
    // rfc: sp-endpoint E-61
    fn serve_due(&self) {
        let count = self.timers.lock().by_time.len();
        for _ in 0..count {
            let Some(key) = self.pop_due() else { return };
            self.visit(key, Visit::ALL);
        }
    }

    /// Visits whose descriptor a stranger has closed: those that are known to be, and now and then
    /// some in turn are looked at. The thread is awake for another reason.
    // rfc: sp-waiting W-63
    fn look_for_lost(&self, look: &mut Look) {
        while let Some(key) = self.set.take_lost() {
            self.visit(key, Visit::LOST);
        }
        for key in look.next(now(), || self.entries.lock().capacity()) {
            if !self.set.has(key) {
                self.visit(key, Visit::LOST);
            }
        }
    }

    fn pop_due(&self) -> Option<usize> {
        let mut timers = self.timers.lock();
        let (at, key) = *timers.by_time.first()?;
        if at > now() {
            return None;
        }
        timers.by_time.remove(&(at, key));
        timers.by_key.remove(&key);
        Some(key)
    }

    fn visit(&self, key: usize, visit: Visit) {
        let Some(entry) = self.entries.lock().get(key).cloned() else {
            return;
        };
        entry.bell.answer();
        entry.hub.visit(entry.target, visit);
    }
}

#[cfg(test)]
mod tests;
