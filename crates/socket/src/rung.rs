//! Who has rung for a visit of the reactor, and whether the reactor has to be woken for it. No ring
//! is lost: who rings leaves its ring first and then looks whether the reactor sleeps, the reactor
//! says that it sleeps first and then looks for rings. Visits nobody. See `rfc/0001-contracts.md`.

use crate::reactor::Visit;
use crate::sync::{AtomicBool, Mutex, Ordering};

/// Rings that have room from the start: each object rings once until it is visited.
pub(crate) const RUNG_FIRST: usize = 64;

/// Rings, and the reactor's sleep.
pub(crate) struct Rung {
    rings: Mutex<Vec<(usize, Visit)>>,
    sleeping: AtomicBool,
}

impl Rung {
    pub(crate) fn new() -> Self {
        Self {
            rings: Mutex::new(Vec::with_capacity(RUNG_FIRST)),
            sleeping: AtomicBool::new(false),
        }
    }

    /// Notes a ring; [`Rung::wakes`] has to be asked then.
    pub(crate) fn push(&self, key: usize, visit: Visit) {
        self.rings.lock().push((key, visit));
    }

    /// True for one who has news for a reactor that sleeps: it has to notify it.
    #[must_use]
    pub(crate) fn wakes(&self) -> bool {
        self.sleeping.swap(false, Ordering::SeqCst)
    }

    /// The reactor is about to sleep. What it looks at from now on it does not miss.
    pub(crate) fn lie_down(&self) {
        self.sleeping.store(true, Ordering::SeqCst);
    }

    /// Nobody has rung.
    pub(crate) fn is_empty(&self) -> bool {
        self.rings.lock().is_empty()
    }

    /// The reactor is awake.
    pub(crate) fn get_up(&self) {
        self.sleeping.store(false, Ordering::SeqCst);
    }

    /// Gives the rings for an empty list.
    pub(crate) fn swap(&self, rings: &mut Vec<(usize, Visit)>) {
        std::mem::swap(rings, &mut *self.rings.lock());
    }
}
