//! The receiving side of one pipe: reading into an inbox, pausing while it is not taken, and the
//! end. No lock, no clock: the driver decides when. See `rfc/sp-endpoint.md`.

use std::fmt;

use speedwell_message::{INBOX_MESSAGES_MAX, INBOX_OCTETS_MAX, Inbox, PipeId};
use speedwell_transport::{Budget, End, RxHalf, Scratch};

/// A pipe's receiving half, what was read and not taken, and how it ended.
///
/// The driver alternates: [`Intake::read`], then it offers [`Intake::inbox`] to the machine. What
/// the machine leaves pauses the pipe: `read` does nothing until the inbox is empty.
pub struct Intake {
    rx: Box<dyn RxHalf>,
    pipe: PipeId,
    inbox: Inbox,
    octets_max: usize,
    more: bool,
    end: Option<End>,
}

/// What a call of [`Intake::read`] left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Reading {
    /// The transport has octets of its own to send.
    pub flush: bool,
}

impl Intake {
    /// Takes over the receiving half of a pipe; `recv_limit` is its `RCVBUF` in octets. Half of it
    /// is for what was read, and half for the inbox that the machine has taken before.
    // rfc: sp-endpoint E-30
    #[must_use]
    pub fn new(pipe: PipeId, rx: Box<dyn RxHalf>, recv_limit: usize) -> Self {
        let octets_max = (recv_limit / 2).clamp(1, INBOX_OCTETS_MAX);
        Self {
            rx,
            pipe,
            inbox: Inbox::new(),
            octets_max,
            more: false,
            end: None,
        }
    }

    /// Reads once, unless something waits in the inbox or the end was seen.
    pub fn read(&mut self, scratch: &mut Scratch) -> Reading {
        if !self.inbox.is_empty() {
            // The call may stand for a ring, which does not come again: read once more afterwards.
            // rfc: sp-endpoint E-32
            self.more |= self.end.is_none();
            return Reading { flush: false };
        }
        if self.end.is_some() && !self.more {
            return Reading { flush: false };
        }
        self.inbox.set_origin(Some(self.pipe));
        let mut budget = Budget {
            messages: INBOX_MESSAGES_MAX,
            octets: self.octets_max,
            scratch,
        };
        let state = self.rx.read(&mut self.inbox, &mut budget);
        self.more = state.more;
        if state.end.is_some() {
            self.end = state.end;
        }
        Reading { flush: state.flush }
    }

    /// What was read and not taken yet.
    pub fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }

    /// Reads nothing more, and leaves what was not read to the peer; false when the peer is gone,
    /// and everything is to be read.
    // rfc: sp-endpoint E-92
    pub fn give_back(&mut self) -> bool {
        self.rx.give_back()
    }

    /// The pipe has ended: drops what was not taken, and what the peer has left for good; says how
    /// many messages that were. What was not read is the peer's while there is one.
    // rfc: sp-endpoint E-48
    #[must_use]
    pub fn abandon(mut self, scratch: &mut Scratch) -> usize {
        let mut dropped = self.inbox.clear();
        while self.end.is_none() && !self.give_back() {
            let _ = self.read(scratch);
            let read = self.inbox.clear();
            dropped = dropped.saturating_add(read);
            if read == 0 {
                break;
            }
        }
        dropped
    }

    /// True while messages wait to be taken: the pipe is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        !self.inbox.is_empty()
    }

    /// True when reading can go on without waiting for the source.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// True when the source is to be watched for reading.
    #[must_use]
    pub fn wants_source(&self) -> bool {
        self.inbox.is_empty() && !self.more && self.end.is_none()
    }

    /// How receiving ended, once everything before the end was taken.
    #[must_use]
    pub fn finished(&self) -> Option<&End> {
        if self.inbox.is_empty() && !self.more {
            self.end.as_ref()
        } else {
            None
        }
    }
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake")
            .field("pipe", &self.pipe)
            .field("waiting", &self.inbox.len())
            .field("more", &self.more)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use speedwell_message::Message;
    use speedwell_transport::RxState;

    /// Yields two messages a reading, `left` readings, then the end.
    struct Source {
        left: usize,
    }

    impl RxHalf for Source {
        fn read(&mut self, inbox: &mut Inbox, budget: &mut Budget<'_>) -> RxState {
            assert!(budget.allows(inbox));
            if self.left == 0 {
                return RxState::ended(End::Closed);
            }
            self.left -= 1;
            inbox.extend([Message::from("a"), Message::from("b")]);
            RxState::more()
        }
    }

    /// Yields so many messages, one a reading; what is left when the peer is here is its own.
    struct Left {
        messages: usize,
        has_peer: bool,
    }

    impl RxHalf for Left {
        fn read(&mut self, inbox: &mut Inbox, _: &mut Budget<'_>) -> RxState {
            if self.messages == 0 {
                return RxState::ended(End::Closed);
            }
            self.messages -= 1;
            inbox.push(Message::from("one"));
            RxState::more()
        }

        fn give_back(&mut self) -> bool {
            self.has_peer
        }
    }

    // rfc: sp-endpoint E-48
    #[test]
    fn what_a_peer_that_is_gone_has_left_is_dropped_and_counted() {
        let pipe = PipeId::new(0, 1).unwrap();
        for (has_peer, dropped) in [(true, 1), (false, 4)] {
            let mut scratch = Scratch::new();
            let source = Left {
                messages: 4,
                has_peer,
            };
            let mut intake = Intake::new(pipe, Box::new(source), 1000);
            let _ = intake.read(&mut scratch);
            assert_eq!(intake.abandon(&mut scratch), dropped);
        }
    }

    /// Yields one message a reading, and says nothing of more.
    struct Rung;

    impl RxHalf for Rung {
        fn read(&mut self, inbox: &mut Inbox, _: &mut Budget<'_>) -> RxState {
            inbox.push(Message::from("one"));
            RxState::idle()
        }
    }

    // rfc: sp-endpoint E-32
    #[test]
    fn a_ring_while_it_is_paused_is_made_up_for() {
        let pipe = PipeId::new(0, 1).unwrap();
        let mut scratch = Scratch::new();
        let mut intake = Intake::new(pipe, Box::new(Rung), 1000);
        let _ = intake.read(&mut scratch);
        assert!(intake.is_paused() && !intake.has_more());
        let _ = intake.read(&mut scratch);
        assert_eq!(intake.inbox().len(), 1, "a paused pipe reads nothing");
        intake.inbox().clear();
        assert!(intake.has_more() && !intake.wants_source());
        let _ = intake.read(&mut scratch);
        assert_eq!(intake.inbox().len(), 1);
        assert!(!intake.has_more(), "one ring, one reading");
    }

    // rfc: sp-endpoint E-30 E-31
    #[test]
    fn pauses_until_taken_and_ends_only_when_all_is_taken() {
        let pipe = PipeId::new(0, 1).unwrap();
        let mut scratch = Scratch::new();
        let mut intake = Intake::new(pipe, Box::new(Source { left: 2 }), 1000);
        let _ = intake.read(&mut scratch);
        assert_eq!(intake.inbox().pop().unwrap().origin(), Some(pipe));
        let _ = intake.read(&mut scratch);
        assert_eq!(intake.inbox().len(), 1, "a paused pipe reads nothing");
        assert!(intake.is_paused() && !intake.wants_source());

        intake.inbox().clear();
        let _ = intake.read(&mut scratch);
        intake.inbox().clear();
        assert!(intake.has_more() && intake.finished().is_none());
        let _ = intake.read(&mut scratch);
        assert!(matches!(intake.finished(), Some(End::Closed)));
    }
}
