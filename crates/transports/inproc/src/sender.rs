//! The transmitting half: puts messages on a lane and rings for the receiver. Never waits. See
//! `rfc/sp-inproc.md` sections 5 and 7.

use speedwell_transport::{DirectTx, Doorbell, Flow, Message};

use crate::lane::Lane;
use crate::session::{Seat, Session};
use crate::sync::Arc;

pub(crate) struct Sender {
    session: Arc<Session>,
    peer: Seat,
    /// The receiver waits, and was not told of what was pushed.
    owes_ring: bool,
}

impl Sender {
    pub(crate) fn new(session: Arc<Session>, seat: Seat) -> Self {
        Self {
            session,
            peer: seat.opposite(),
            owes_ring: false,
        }
    }

    fn lane(&self) -> &Lane {
        self.session.inbound(self.peer)
    }
}

impl DirectTx for Sender {
    fn push(&mut self, message: Message) -> Flow {
        let pushed = self.lane().push(message);
        self.owes_ring |= pushed.wakes_receiver;
        pushed.flow
    }

    // rfc: sp-inproc I-21
    fn take_ring(&mut self) -> Option<Doorbell> {
        if std::mem::take(&mut self.owes_ring) {
            self.session.bell(self.peer).cloned()
        } else {
            None
        }
    }

    fn flow(&self) -> Flow {
        self.lane().flow()
    }

    fn is_alive(&self) -> bool {
        self.lane().has_receiver()
    }

    fn is_drained(&self) -> bool {
        self.lane().is_drained()
    }

    fn take_unsent(&mut self) -> Option<Message> {
        self.lane().take_unsent()
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        // rfc: sp-inproc I-24
        self.lane().close_sender();
        self.session.ring(self.peer);
    }
}
