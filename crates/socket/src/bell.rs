//! The driver's side of a doorbell: a ring puts a key into the reactor's queue. Calls nothing back.
//! See `rfc/0001-contracts.md`.

use std::sync::{Arc, Weak};

use speedwell_transport::{Doorbell, Ring};

use crate::reactor::Shared;
use crate::sync::{AtomicBool, Ordering};

#[derive(Debug)]
pub(crate) struct Bell {
    key: usize,
    reactor: Weak<Shared>,
    rung: AtomicBool,
}

impl Bell {
    pub(crate) fn new(key: usize, reactor: Weak<Shared>) -> Arc<Self> {
        Arc::new(Self {
            key,
            reactor,
            rung: AtomicBool::new(false),
        })
    }

    pub(crate) fn doorbell(self: &Arc<Self>) -> Doorbell {
        Doorbell::new(self.clone())
    }

    /// The visit begins: the next ring leads to another.
    pub(crate) fn answer(&self) {
        self.rung.store(false, Ordering::SeqCst);
    }
}

impl Ring for Bell {
    fn ring(&self) {
        if !self.rung.swap(true, Ordering::SeqCst)
            && let Some(reactor) = self.reactor.upgrade()
        {
            reactor.enqueue(self.key);
        }
    }
}
