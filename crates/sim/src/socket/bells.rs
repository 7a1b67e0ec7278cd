//! The doorbells of one socket: who rang and was not visited yet. Visits nobody.
//! See `rfc/0001-contracts.md`.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use speedwell_engine::EndpointId;
use speedwell_message::PipeId;
use speedwell_transport::{Doorbell, Ring};

/// Whose bell it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Endpoint(EndpointId),
    Pipe(PipeId),
}

type Queue = Arc<Mutex<Vec<Rung>>>;

#[derive(Default)]
pub(super) struct Bells {
    rung: Queue,
}

#[derive(Clone)]
struct Rung {
    owner: Owner,
    is_rung: Arc<AtomicBool>,
}

struct Bell {
    bell: Rung,
    queue: Queue,
}

impl Ring for Bell {
    fn ring(&self) {
        if !self.bell.is_rung.swap(true, Ordering::Relaxed) {
            lock(&self.queue).push(self.bell.clone());
        }
    }
}

impl Bells {
    pub(super) fn make(&self, owner: Owner) -> Doorbell {
        Doorbell::new(Arc::new(Bell {
            bell: Rung {
                owner,
                is_rung: Arc::default(),
            },
            queue: Arc::clone(&self.rung),
        }))
    }

    /// How many have rung.
    pub(super) fn len(&self) -> usize {
        lock(&self.rung).len()
    }

    /// Takes the one at `at`: it may ring again.
    pub(super) fn take(&self, at: usize) -> Option<Owner> {
        let mut queue = lock(&self.rung);
        if at >= queue.len() {
            return None;
        }
        let bell = queue.swap_remove(at);
        bell.is_rung.store(false, Ordering::Relaxed);
        Some(bell.owner)
    }
}

fn lock(queue: &Queue) -> MutexGuard<'_, Vec<Rung>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Bells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bells({} rung)", self.len())
    }
}
