//! The transmitting half: puts messages on a lane and rings for the receiver. Never waits. See
//! `rfc/sp-inproc.md` sections 5 and 7.

use speedwell_transport::{DirectTx, Doorbell, Flow, Inbox, Message};

use crate::lane::{Lane, Pushed, cost};
use crate::session::{Seat, Session};
use crate::sync::Arc;

pub(crate) struct Sender {
    session: Arc<Session>,
    peer: Seat,
    /// The receiver waits, and was not told of what was pushed.
    owes_ring: bool,
    /// Messages that the receiver, which is behind, does not know of yet.
    kept: Inbox,
    /// How much more may be kept back; zero while nothing is, and nothing may be.
    room: usize,
}

impl Sender {
    pub(crate) fn new(session: Arc<Session>, seat: Seat) -> Self {
        Self {
            session,
            peer: seat.opposite(),
            owes_ring: false,
            kept: Inbox::new(),
            room: 0,
        }
    }

    /// Keeps a message back, and hands over what is kept when that is enough, or waited for.
    // rfc: sp-inproc I-29
    fn keep(&mut self, message: Message) -> Flow {
        // rfc: sp-inproc I-18, I-19
        let cost = cost(message.octets(), 1);
        self.room = self.room.saturating_sub(cost);
        if self.kept.is_empty() {
            self.lane().withhold();
        }
        self.kept.push(message);
        if self.room > 0 && !self.kept.is_full() && !self.lane().is_wanted() {
            Flow::Open
        } else {
            self.hand_over()
        }
    }

    fn hand_over(&mut self) -> Flow {
        let pushed = self.session.inbound(self.peer).push_kept(&mut self.kept);
        self.note(&pushed)
    }

    fn note(&mut self, pushed: &Pushed) -> Flow {
        self.owes_ring |= pushed.wakes_receiver;
        self.room = pushed.room;
        pushed.flow
    }

    fn lane(&self) -> &Lane {
        self.session.inbound(self.peer)
    }
}

impl DirectTx for Sender {
    fn push(&mut self, mut message: Message) -> Flow {
        // The pipe it came on in the sender's socket means nothing here. rfc: sp-inproc I-15
        message.set_origin(None);
        if self.room > 0 {
            return self.keep(message);
        }
        let pushed = self.lane().push(message);
        self.note(&pushed)
    }

    fn flush(&mut self) {
        if !self.kept.is_empty() {
            self.hand_over();
        }
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
        self.kept.is_empty() && self.lane().is_drained()
    }

    // rfc: sp-inproc I-31
    fn leave(&mut self) -> bool {
        self.flush();
        self.lane().leave()
    }

    fn take_unsent(&mut self) -> Option<Message> {
        self.flush();
        self.lane().take_unsent()
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        // rfc: sp-inproc I-24
        self.flush();
        self.lane().close_sender();
        self.session.ring(self.peer);
    }
}
