//! The threads that look names up, and what each is busy with. Rings bells with no lock held.
//! Obeys `rfc/sp-endpoint.md` section 11.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use speedwell_transport::{Error, ErrorKind};

use super::{Answer, Found};
use crate::sync::{Condvar, Mutex, MutexGuard, now};
use crate::threads;

/// Names looked up at once.
const THREADS_MAX: usize = 16;
/// Threads that were given up and have not come back; above that nothing more is given up.
const LOST_MAX: usize = 64;
/// How long a thread waits for another name before it ends.
const IDLE: Duration = Duration::from_secs(2);

/// What is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) host: String,
    pub(super) port: u16,
}

type Resolve = Box<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

pub(super) struct Pool {
    resolve: Resolve,
    patience: Duration,
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    /// Names that wait for a thread.
    queue: VecDeque<Name>,
    /// Names that wait or are looked up, and who asked.
    asked: HashMap<Name, Asked>,
    /// Threads that work or wait for work; those that were given up are not among them.
    threads: usize,
    idle: usize,
    /// Threads that were given up and are still inside the system.
    lost: usize,
    given_up: u64,
    runs: u64,
    is_stopped: bool,
}

#[derive(Default)]
struct Asked {
    by: Vec<Weak<Answer>>,
    /// Since when a thread is busy with it, and the number of that run.
    run: Option<(Instant, u64)>,
}

impl Pool {
    /// A pool that gives a look-up up after `patience`.
    pub(super) fn new(resolve: Resolve, patience: Duration) -> Arc<Self> {
        Arc::new(Self {
            resolve,
            patience,
            state: Mutex::new(State::default()),
            work: Condvar::new(),
        })
    }

    pub(super) fn given_up(&self) -> u64 {
        self.state.lock().given_up
    }

    /// Lets threads end, once all who asked have their answer.
    pub(super) fn stop(&self) {
        self.state.lock().is_stopped = true;
        self.work.notify_all();
    }

    /// Looks `name` up for `answer`, together with others who asked for it.
    pub(super) fn ask(self: &Arc<Self>, name: Name, answer: &Arc<Answer>) {
        let mut state = self.state.lock();
        state.give_up_the_late(self.patience);
        let is_new = !state.asked.contains_key(&name);
        let asked = state.asked.entry(name.clone()).or_default();
        asked.by.retain(|other| other.strong_count() > 0);
        asked.by.push(Arc::downgrade(answer));
        if is_new {
            state.queue.push_back(name.clone());
        }
        // rfc: sp-endpoint E-51
        if state.queue.len() <= state.idle {
            drop(state);
            self.work.notify_one();
        } else if state.threads < THREADS_MAX && !self.hire(&mut state) && state.threads == 0 {
            state.queue.retain(|queued| *queued != name);
            let by = state
                .asked
                .remove(&name)
                .map_or(Vec::new(), |asked| asked.by);
            drop(state);
            let what = "no thread for looking up a name";
            tell(by, &Err(Error::new(ErrorKind::Exhausted, what)));
        }
    }

    /// Starts a thread, if the system has one.
    fn hire(self: &Arc<Self>, state: &mut MutexGuard<'_, State>) -> bool {
        let pool = self.clone();
        let hired = threads::start("speedwell-names", move || pool.serve()).is_ok();
        if hired {
            state.threads = state.threads.saturating_add(1);
        }
        hired
    }

    /// The life of a thread.
    fn serve(&self) {
        let mut state = self.state.lock();
        while let Some((name, run)) = self.next_name(&mut state) {
            let found = MutexGuard::unlocked(&mut state, || self.find(&name));
            let is_ours = |asked: &Asked| asked.run.is_some_and(|(_, at_work)| at_work == run);
            if !state.asked.get(&name).is_some_and(is_ours) {
                // It was given up meanwhile, and this thread with it.
                state.lost = state.lost.saturating_sub(1);
                return;
            }
            let by = state
                .asked
                .remove(&name)
                .map_or(Vec::new(), |asked| asked.by);
            MutexGuard::unlocked(&mut state, || tell(by, &found));
        }
        state.threads = state.threads.saturating_sub(1);
    }

    /// The next name and the number of this run; `None` ends the thread.
    fn next_name(&self, state: &mut MutexGuard<'_, State>) -> Option<(Name, u64)> {
        let until = now() + IDLE;
        loop {
            if let Some(name) = state.queue.pop_front() {
                state.runs = state.runs.wrapping_add(1);
                let run = state.runs;
                state.asked.entry(name.clone()).or_default().run = Some((now(), run));
                return Some((name, run));
            }
            if state.is_stopped {
                return None;
            }
            state.idle = state.idle.saturating_add(1);
            let waited = self.work.wait_until(state, until);
            state.idle = state.idle.saturating_sub(1);
            if waited.timed_out() && state.queue.is_empty() {
                return None;
            }
        }
    }

    fn find(&self, name: &Name) -> Found {
        let failed = |error| Error::from_io(format!("cannot look up {}", name.host), error);
        let resolve = AssertUnwindSafe(|| (self.resolve)(&name.host, name.port));
        let panicked = |_| Err(io::Error::other("looking up panicked"));
        let found = catch_unwind(resolve)
            .unwrap_or_else(panicked)
            .map_err(failed)?;
        if found.is_empty() {
            let what = format!("{} has no address", name.host);
            return Err(Error::new(ErrorKind::Unreachable, what));
        }
        Ok(found)
    }
}

impl State {
    /// rfc: sp-endpoint E-52
    fn give_up_the_late(&mut self, patience: Duration) {
        let now = now();
        let is_late = |asked: &Asked| {
            let busy = asked
                .run
                .map(|(since, _)| now.saturating_duration_since(since));
            busy.is_some_and(|time| time > patience)
        };
        let late: Vec<Name> = self
            .asked
            .iter()
            .filter(|(_, asked)| is_late(asked))
            .map(|(name, _)| name.clone())
            .take(LOST_MAX.saturating_sub(self.lost))
            .collect();
        for name in late {
            // Whoever still waits for it has the deadline of an attempt, and asks again.
            self.asked.remove(&name);
            self.threads = self.threads.saturating_sub(1);
            self.lost = self.lost.saturating_add(1);
            self.given_up = self.given_up.saturating_add(1);
        }
    }
}

fn tell(askers: Vec<Weak<Answer>>, found: &Found) {
    for asker in askers.iter().filter_map(Weak::upgrade) {
        asker.give(found.clone());
    }
}
