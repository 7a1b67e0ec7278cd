//! The time of a schedule. It stands still until somebody waits for a later one, and then jumps
//! there, never beyond. Nobody sleeps really.

use std::sync::Arc;
use std::time::Instant;

use shuttle::rand::{Rng, thread_rng};
use shuttle::thread::{self, JoinHandle};

use super::bell::{Condvar, Sleeper};
use super::lock::Mutex;

/// Turns of the keeper of time for each jump, on average, when it is in a hurry.
const TURNS: u32 = 16;

/// The number of the thread that keeps the time: it is started first.
pub(super) const KEEPER: usize = 1;

/// When time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Only when every thread waits. A model that ends at the time at which it began needed none:
    /// no time-out has hidden that somebody was not woken.
    Patient,
    /// At any step, as for threads so slow that meanwhile every time-out comes.
    Hurried,
}

shuttle::lazy_static! {
    static ref TIME: Mutex<Time> = Mutex::default();
    /// There is an alarm, or no time any more.
    static ref NEWS: Condvar = Condvar::new();
}

struct Time {
    now: Instant,
    alarms: Vec<(Instant, Arc<Sleeper>)>,
    is_over: bool,
}

impl Default for Time {
    fn default() -> Self {
        Self {
            now: Instant::now(),
            alarms: Vec::new(),
            is_over: false,
        }
    }
}

/// Stands in for `Instant::now`.
#[must_use]
pub fn now() -> Instant {
    TIME.lock().now
}

/// Ends a wait at some time, if nothing else does before.
pub(super) fn wake_at(at: Instant, sleeper: &Arc<Sleeper>) {
    TIME.lock().alarms.push((at, sleeper.clone()));
    NEWS.notify_one();
}

/// Starts the thread that lets time pass.
pub(super) fn start(pace: Pace) -> JoinHandle<()> {
    thread::spawn(move || keep(pace))
}

/// The model has ended, and with it its time.
pub(super) fn stop(keeper: JoinHandle<()>) {
    TIME.lock().is_over = true;
    NEWS.notify_one();
    keeper.join().expect("time ends");
}

fn keep(pace: Pace) {
    assert_eq!(usize::from(shuttle::current::me()), KEEPER);
    loop {
        let mut time = TIME.lock();
        if time.is_over {
            return;
        }
        time.alarms.retain(|(_, sleeper)| sleeper.waits());
        let alarms = time.alarms.iter().enumerate();
        let Some((next, _)) = alarms.min_by_key(|(_, (at, _))| *at) else {
            NEWS.wait(&mut time);
            continue;
        };
        if pace == Pace::Patient || thread_rng().gen_ratio(1, TURNS) {
            let (at, sleeper) = time.alarms.swap_remove(next);
            time.now = time.now.max(at);
            drop(time);
            sleeper.expire();
        } else {
            drop(time);
        }
        thread::yield_now();
    }
}
