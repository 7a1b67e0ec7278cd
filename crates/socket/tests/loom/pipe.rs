//! A pipe around the driver's own transmitting side.

use speedwell_engine::EndReason;
use speedwell_transport::{Doorbell, Error};

use crate::sync::{AtomicBool, Ordering};

#[path = "../../src/pipe/tx.rs"]
pub(crate) mod tx;

#[derive(Debug, Default)]
pub(crate) struct Pipe {
    pub(crate) blocked: AtomicBool,
}

impl Pipe {
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked.load(Ordering::SeqCst)
    }

    pub(crate) fn failure(&self) -> Option<Error> {
        None
    }

    pub(crate) fn is_two_way(&self) -> bool {
        false
    }
}

#[derive(Debug, Default)]
pub(crate) struct Flushed {
    pub(crate) writable: bool,
    pub(crate) ring: Option<Doorbell>,
    pub(crate) finished: bool,
    pub(crate) awaits_peer: bool,
    pub(crate) ending: Option<EndReason>,
}

pub(crate) fn side(tx: speedwell_transport::Tx) -> tx::TxSide {
    tx::TxSide::new(tx, 1 << 20)
}
