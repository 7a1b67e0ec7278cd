//! A condition variable with the methods of `parking_lot`'s. Whoever has waited longest is notified
//! first, nobody wakes for nothing, and a wait that has a time ends when that comes.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use shuttle::sync as shuttled;

use super::lock::{Mutex, MutexGuard};
use super::time;

/// Stands in for `parking_lot::Condvar`.
#[derive(Debug, Default)]
pub struct Condvar(Mutex<VecDeque<Arc<Sleeper>>>);

/// How a wait that had a time came to its end.
#[derive(Clone, Copy, Debug)]
pub struct TimedOut(bool);

/// One wait.
#[derive(Debug, Default)]
pub(super) struct Sleeper {
    end: shuttled::Mutex<Option<End>>,
    bell: shuttled::Condvar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Notified,
    Late,
}

impl TimedOut {
    /// True when nobody notified in time.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Sleeper {
    pub(super) fn waits(&self) -> bool {
        self.end().is_none()
    }

    /// The time has come.
    pub(super) fn expire(&self) {
        self.wake(End::Late);
    }

    /// True when it is woken by this, and not by something before.
    fn wake(&self, end: End) -> bool {
        let mut place = self.end();
        let is_first = place.is_none();
        place.get_or_insert(end);
        drop(place);
        self.bell.notify_one();
        is_first
    }

    fn sleep(&self) -> End {
        let mut place = self.end();
        loop {
            if let Some(end) = *place {
                return end;
            }
            let woken = self.bell.wait(place);
            place = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn end(&self) -> shuttled::MutexGuard<'_, Option<End>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Condvar {
    /// Nobody waits.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }

    /// Wakes who has waited longest.
    pub fn notify_one(&self) {
        loop {
            let first = self.0.lock().pop_front();
            if first.is_none_or(|sleeper| sleeper.wake(End::Notified)) {
                return;
            }
        }
    }

    /// Wakes everybody.
    pub fn notify_all(&self) {
        let all = std::mem::take(&mut *self.0.lock());
        all.iter()
            .for_each(|sleeper| _ = sleeper.wake(End::Notified));
    }

    /// Waits to be notified.
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        self.sleep(guard, None);
    }

    /// Waits to be notified, or until then.
    pub fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, at: Instant) -> TimedOut {
        self.sleep(guard, Some(at))
    }

    fn sleep<T>(&self, guard: &mut MutexGuard<'_, T>, until: Option<Instant>) -> TimedOut {
        let sleeper = Arc::new(Sleeper::default());
        self.0.lock().push_back(sleeper.clone());
        let end = MutexGuard::unlocked(guard, || {
            if let Some(at) = until {
                time::wake_at(at, &sleeper);
            }
            let end = sleeper.sleep();
            if end == End::Late {
                self.0.lock().retain(|other| !Arc::ptr_eq(other, &sleeper));
            }
            end
        });
        TimedOut(end == End::Late)
    }
}
