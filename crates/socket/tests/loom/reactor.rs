//! A reactor that sleeps and is notified, and visits nobody.

use crate::rung::Rung;
use crate::sync::{Condvar, Mutex};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Visit;

impl Visit {
    pub(crate) const ALL: Self = Self;
}

pub(crate) struct Shared {
    pub(crate) rung: Rung,
    notified: Mutex<bool>,
    bell: Condvar,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            rung: Rung::new(),
            notified: Mutex::new(false),
            bell: Condvar::default(),
        }
    }

    /// As the driver's, with a notice of the model in place of the poll set's.
    pub(crate) fn enqueue(&self, key: usize, visit: Visit) {
        self.rung.push(key, visit);
        if self.rung.wakes() {
            *self.notified.lock() = true;
            self.bell.notify_one();
        }
    }

    /// The wait on the poll set: until somebody notifies.
    pub(crate) fn sleep(&self) {
        let mut notified = self.notified.lock();
        while !*notified {
            self.bell.wait(&mut notified);
        }
        *notified = false;
    }
}
