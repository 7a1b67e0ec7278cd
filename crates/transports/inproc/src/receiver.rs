//! The receiving half: moves messages from a lane into inboxes and rings for the sender. Never
//! waits, and keeps nothing of its own. See `rfc/sp-inproc.md` sections 5 to 7.

use speedwell_transport::{Budget, Inbox, RxHalf, RxState};

use crate::lane::Lane;
use crate::session::{Seat, Session};
use crate::sync::Arc;

pub(crate) struct Receiver {
    session: Arc<Session>,
    seat: Seat,
}

impl Receiver {
    pub(crate) fn new(session: Arc<Session>, seat: Seat) -> Self {
        Self { session, seat }
    }

    pub(crate) fn peer_is_gone(&self) -> bool {
        !self.lane().has_sender()
    }

    fn lane(&self) -> &Lane {
        self.session.inbound(self.seat)
    }
}

impl RxHalf for Receiver {
    fn read(&mut self, inbox: &mut Inbox, budget: &mut Budget<'_>) -> RxState {
        let reading = self.lane().read(inbox, budget);
        if reading.wakes_sender {
            self.session.ring(self.seat.opposite());
        }
        reading.state
    }

    // rfc: sp-inproc I-31
    fn give_back(&mut self) -> bool {
        self.lane().give_back()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // rfc: sp-inproc I-25
        self.lane().close_receiver();
        self.session.ring(self.seat.opposite());
    }
}
