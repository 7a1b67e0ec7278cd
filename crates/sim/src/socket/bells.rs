//! The doorbells of one socket: who rang and was not visited yet. Visits nobody.
//! See `rfc/0001-contracts.md`.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use speedwell_engine::EndpointId;
use speedwell_message::PipeId;
use speedwell_transport::{Doorbell, Ring};

/// Whose bell it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Endpoint(EndpointId),
    Pipe(PipeId),
}

/// Those who rang, in an order that does not depend on who rang first: a transport may keep its
/// bells in a table without order. rfc: sp-simulation S-01
type Rung = Arc<Mutex<BTreeSet<Owner>>>;

#[derive(Default)]
pub(super) struct Bells {
    rung: Rung,
}

struct Bell {
    owner: Owner,
    rung: Rung,
}

impl Ring for Bell {
    fn ring(&self) {
        lock(&self.rung).insert(self.owner);
    }
}

impl Bells {
    pub(super) fn make(&self, owner: Owner) -> Doorbell {
        let rung = Arc::clone(&self.rung);
        Doorbell::new(Arc::new(Bell { owner, rung }))
    }

    /// How many have rung.
    pub(super) fn len(&self) -> usize {
        lock(&self.rung).len()
    }

    /// Takes the one at `at`: it may ring again.
    pub(super) fn take(&self, at: usize) -> Option<Owner> {
        let mut rung = lock(&self.rung);
        let owner = rung.iter().nth(at).copied()?;
        rung.remove(&owner);
        Some(owner)
    }
}

fn lock(rung: &Rung) -> MutexGuard<'_, BTreeSet<Owner>> {
    rung.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Bells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bells({} rung)", self.len())
    }
}
