//! Reads a log of questions and answers once and judges it: who asks is given the answer to what
//! was asked last, and to nothing else. Knows no socket. See `rfc/sp-simulation.md` section 9.

mod book;
mod questions;
mod routes;

use std::time::Duration;

use super::{Account, Event, LinkId, PartyId, Stamp, Violation};
use book::{Asker, Book, Kind, Reply};

/// Joins the logs of all parties that ask, answer or pass on, and says what became of the
/// questions. Takes time in proportion to the log.
///
/// ```
/// use speedwell_testkit::accounting::*;
///
/// let (ann, bob) = (PartyId(0), PartyId(1));
/// let stamp = Stamp { producer: ann, seq: 0 };
/// let log = [
///     Event::Asks { party: ann, socket: ann, resend: None },
///     Event::Accepted { stamp, print: 7 },
///     Event::Pushed { stamp, link: LinkId(2), octets: 30, writer: ann },
///     Event::Hears { party: bob, socket: bob, ttl: 8 },
///     Event::Delivered { consumer: bob, link: Some(LinkId(4)), stamp: Some(stamp), print: 7 },
/// ];
/// let expected = None;
/// let account = check_exchanges(&log);
/// assert_eq!(account.violations, [Violation::OutOfOrder { stamp, expected }]);
/// ```
#[must_use]
pub fn check_exchanges(log: &[Event]) -> Account {
    let mut judge = Judge {
        now: Duration::ZERO,
        is_settled: false,
        book: Book::default(),
        account: Account::default(),
    };
    for event in log {
        judge.read(*event);
    }
    judge.settle();
    judge.account
}

struct Judge {
    now: Duration,
    /// Everything under way has arrived.
    is_settled: bool,
    book: Book,
    account: Account,
}

impl Judge {
    fn read(&mut self, event: Event) {
        match event {
            Event::At(now) => self.now = now,
            Event::Asks {
                party,
                socket,
                resend,
            } => {
                self.book.askers.insert(party, Asker::new(socket, resend));
                self.book.socket(socket).contexts.push(party);
            }
            Event::Hears { party, socket, ttl } => {
                self.book.listeners.insert(party, socket);
                self.book.socket(socket).ttl = ttl;
            }
            Event::Relays { socket, device } => self.book.socket(socket).device = Some(device),
            Event::Accepted { stamp, print } => self.asked(stamp, print),
            Event::Answered {
                stamp,
                question,
                print,
            } => self.answered(stamp, Reply { question, print }),
            Event::Pushed {
                stamp,
                link,
                octets,
                writer,
            } => self.pushed(stamp, link, octets, writer),
            Event::Delivered {
                consumer,
                link,
                stamp,
                print,
            } => self.delivered(consumer, link, stamp, print),
            Event::Calm { at, slack } => self.calm(at, slack),
            Event::PeerLost(party) => self.peer_lost(party),
            Event::WriterDone { link, taken } => self.writer_done(link, taken),
            Event::ReaderDone {
                link,
                consumer,
                read,
                by_reader,
            } => {
                let link = self.book.link(link);
                link.consumer = Some(consumer);
                link.owed = if by_reader { read } else { 0 };
            }
            Event::Closed { party, unsent, .. } => self.closed(party, unsent),
            Event::Deaf(party) => {
                let is_settled = self.is_settled;
                let socket = self.book.socket(party);
                socket.is_closing = true;
                socket.is_deaf |= !is_settled;
            }
            Event::Settled => self.is_settled = true,
            Event::Crashed(party) => self.crashed(party),
            // Of messages that go to many: `spreads`.
            Event::Joined { .. }
            | Event::Held { .. }
            | Event::Dropped { .. }
            | Event::Subscribed { .. }
            | Event::Unsubscribed { .. }
            | Event::Surveys { .. }
            | Event::Offered { .. }
            | Event::Over(_) => {}
        }
    }

    fn breach(&mut self, violation: Violation) {
        self.account.violations.push(violation);
    }

    /// An application gave an answer to its socket.
    fn answered(&mut self, stamp: Stamp, reply: Reply) {
        let replies = self.book.replies.entry(stamp.producer).or_default();
        if u64::try_from(replies.len()) != Ok(stamp.seq) {
            return self.breach(Violation::BadLog(stamp));
        }
        replies.push(reply);
        self.owes_reply(reply);
    }

    fn pushed(&mut self, stamp: Stamp, link: LinkId, octets: u64, writer: PartyId) {
        let depth = match self.book.kind(stamp) {
            Kind::Question { socket } if socket == writer => {
                self.sent_question(stamp, link);
                1
            }
            Kind::Question { .. } => self.passed_on(stamp, link, writer),
            Kind::Reply(reply) => {
                self.sent_reply(stamp, reply, link);
                0
            }
            Kind::Unknown => return self.breach(Violation::Invented(Some(stamp))),
        };
        let is_late = self.is_settled;
        let link = self.book.link(link);
        link.writer = Some(writer);
        link.push(stamp, octets, depth, is_late);
    }

    fn delivered(
        &mut self,
        consumer: PartyId,
        link: Option<LinkId>,
        stamp: Option<Stamp>,
        print: u64,
    ) {
        let expected = None;
        let (Some(stamp), Some(link)) = (stamp, link) else {
            return self.breach(Violation::Altered { consumer, expected });
        };
        let known = match self.book.kind(stamp) {
            Kind::Question { .. } => self.book.question(stamp).map(|question| question.print),
            Kind::Reply(reply) => Some(reply.print),
            Kind::Unknown => return self.breach(Violation::Invented(Some(stamp))),
        };
        if known != Some(print) {
            let expected = Some(stamp);
            return self.breach(Violation::Altered { consumer, expected });
        }
        // Each context of a REQ takes its own answer when it likes; all others keep the order.
        let in_order = !self.book.askers.contains_key(&consumer);
        let depth = match self.book.link(link).deliver(stamp, in_order) {
            Ok(depth) => depth,
            Err(violation) => return self.breach(violation),
        };
        match self.book.kind(stamp) {
            Kind::Question { .. } => self.heard_question(consumer, link, stamp, depth),
            Kind::Reply(reply) if !in_order => self.received(consumer, reply),
            Kind::Reply(reply) => self.owes_reply(reply),
            Kind::Unknown => {}
        }
    }
}

#[cfg(test)]
mod tests;
