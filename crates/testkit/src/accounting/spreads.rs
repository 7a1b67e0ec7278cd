//! Reads a log of messages that go to many once and judges it: each link that is there gets each
//! message, or is counted as full; what it gets is delivered in order, if it is wanted. Knows no
//! socket. See `rfc/sp-simulation.md` section 10.

mod book;
mod holding;
mod links;
mod surveys;

use std::collections::BTreeSet;
use std::time::Duration;

use speedwell_protocol::DropCause;

use super::{Account, Event, LinkId, PartyId, Stamp, Violation};
use book::{Book, Kind, Reply};

/// What is delivered of all that a link brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// All of it: BUS, and the surveys that a RESPONDENT gets.
    All,
    /// What begins with a topic that the receiver has subscribed to: SUB.
    Topics,
}

/// Joins the logs of all parties whose messages go to many, and says what became of them. Takes
/// time in proportion to the log, but for the subscriptions that each message is compared with.
///
/// ```
/// use speedwell_testkit::accounting::*;
///
/// let (party, link) = (PartyId(0), LinkId(2));
/// let stamp = Stamp { producer: party, seq: 0 };
/// let log = [Event::Joined { link, party }, Event::Accepted { stamp, print: 7 }];
/// let account = check_spreads(&log, Wants::All);
/// assert_eq!(account.violations, [Violation::NotSpread { stamp, link: Some(link) }]);
/// ```
#[must_use]
pub fn check_spreads(log: &[Event], wants: Wants) -> Account {
    let mut judge = Judge {
        wants,
        line: 0,
        now: Duration::ZERO,
        is_settled: false,
        spread: None,
        book: Book::default(),
        account: Account::default(),
    };
    for (line, event) in log.iter().enumerate() {
        judge.line = line;
        judge.read(*event);
    }
    judge.end_spread();
    judge.settle();
    judge.account
}

struct Judge {
    wants: Wants,
    /// The number of the line that is read.
    line: usize,
    now: Duration,
    /// Everything under way has arrived.
    is_settled: bool,
    /// The message that is on its way to everybody.
    spread: Option<Spread>,
    book: Book,
    account: Account,
}

/// A message that was accepted, and the links that were there and have not got it yet.
struct Spread {
    stamp: Stamp,
    socket: PartyId,
    missing: BTreeSet<LinkId>,
    had_nobody: bool,
    counted_nobody: bool,
}

impl Judge {
    fn read(&mut self, event: Event) {
        if !self.is_part_of_spread(event) {
            self.end_spread();
        }
        match event {
            Event::At(now) => self.now = now,
            Event::Joined { link, party } => self.book.join(link, party),
            Event::Surveys {
                party,
                socket,
                deadline,
            } => self.book.surveys(party, socket, deadline),
            Event::Hears { party, socket, .. } => self.book.party(party).socket = Some(socket),
            Event::Subscribed { party, topic } => {
                let line = self.line;
                self.book.party(party).subscribe(topic, line);
            }
            Event::Unsubscribed { party, topic } => {
                let line = self.line;
                self.book.party(party).unsubscribe(topic, line);
            }
            Event::Accepted { stamp, print } => self.accepted(stamp, print),
            Event::Answered {
                stamp,
                question,
                print,
            } => self.answered(stamp, Reply::new(question, print)),
            Event::Pushed {
                stamp,
                link,
                octets,
                writer,
            } => self.pushed(stamp, link, octets, writer),
            Event::Held {
                stamp,
                link,
                octets,
            } => self.held(stamp, link, octets),
            Event::Dropped {
                link,
                cause,
                messages,
                ..
            } => self.dropped(link, cause, messages),
            Event::Offered { link, octets } => self.offered(link, octets),
            Event::Delivered {
                consumer,
                link,
                stamp,
                print,
            } => self.delivered(consumer, link, stamp, print),
            Event::Over(party) => self.told_over(party),
            Event::WriterDone { link, taken } => self.writer_done(link, taken),
            Event::ReaderDone {
                link,
                read,
                by_reader,
                ..
            } => self.reader_done(link, read, by_reader),
            Event::Closed { party, unsent, .. } => self.closed(party, unsent),
            Event::Deaf(party) => self.closes(party),
            Event::Settled => self.settled(),
            Event::Crashed(party) => self.crashed(party),
            // Of questions that one of many answers: `exchanges`.
            Event::Asks { .. } | Event::Relays { .. } | Event::Calm { .. } | Event::PeerLost(_) => {
            }
        }
    }

    /// A socket begins to close, and takes nothing more that arrives.
    fn closes(&mut self, party: PartyId) {
        let is_settled = self.is_settled;
        let party = self.book.party(party);
        party.is_closing = true;
        party.is_deaf |= !is_settled;
    }

    fn crashed(&mut self, party: PartyId) {
        let party = self.book.party(party);
        party.is_deaf = true;
        party.is_dead = true;
    }

    fn breach(&mut self, violation: Violation) {
        self.account.violations.push(violation);
    }

    /// Whether a line says where the message went that was accepted last.
    fn is_part_of_spread(&self, event: Event) -> bool {
        let Some(spread) = &self.spread else {
            return false;
        };
        match event {
            Event::Pushed { stamp, .. } | Event::Held { stamp, .. } => stamp == spread.stamp,
            Event::Dropped { party, .. } => party == spread.socket,
            _ => false,
        }
    }

    /// A message was accepted that is to go to everybody who is there.
    // rfc: sp-pubsub B-05, sp-survey S-07, sp-bus B-05, sp-simulation S-61
    fn accepted(&mut self, stamp: Stamp, print: u64) {
        let Some(socket) = self.book.accept(stamp, print) else {
            return self.breach(Violation::BadLog(stamp));
        };
        self.account.accepted += 1;
        let due = self.now;
        self.account.cancelled += u64::from(self.book.party(stamp.producer).asked(stamp, due));
        let missing = self.book.live_links(socket);
        self.spread = Some(Spread {
            stamp,
            socket,
            had_nobody: missing.is_empty(),
            missing,
            counted_nobody: false,
        });
    }

    /// The lines that say where a message went are over.
    // rfc: sp-pubsub B-10, sp-bus B-06, sp-simulation S-61
    fn end_spread(&mut self) {
        let Some(spread) = self.spread.take() else {
            return;
        };
        let stamp = spread.stamp;
        for link in self.book.live_links(spread.socket) {
            self.judge_held(stamp, link);
        }
        for link in spread.missing {
            let link = Some(link);
            self.breach(Violation::NotSpread { stamp, link });
        }
        if spread.had_nobody != spread.counted_nobody {
            self.breach(Violation::NotSpread { stamp, link: None });
        }
    }

    fn pushed(&mut self, stamp: Stamp, link: LinkId, octets: u64, writer: PartyId) {
        match self.book.kind(stamp) {
            Kind::Spread { .. } => {
                let was_held = self.was_held_next(stamp, link);
                let spread = self.spread.as_mut().filter(|it| it.socket == writer);
                if !was_held && !spread.is_some_and(|spread| spread.missing.remove(&link)) {
                    self.breach(Violation::Misdirected { stamp, link });
                }
                self.book.party(stamp.producer).asked_on(stamp, link);
            }
            Kind::Reply(reply) => self.sent_reply(stamp, reply, link),
            Kind::Unknown => return self.breach(Violation::Invented(Some(stamp))),
        }
        let line = self.line;
        self.book.link(link).push(stamp, octets, line);
    }

    // rfc: sp-pubsub B-07 B-19, sp-survey S-07, sp-bus B-05 B-06
    fn dropped(&mut self, link: Option<LinkId>, cause: DropCause, messages: u64) {
        match (cause, link) {
            (DropCause::Overflow, Some(link)) => {
                self.account.overflowed += messages;
                if self.dropped_oldest(link, messages) {
                    return;
                }
                // An answer goes to one link, and no other is to be told.
                if let Some(spread) = &mut self.spread
                    && !spread.missing.remove(&link)
                {
                    let stamp = spread.stamp;
                    self.breach(Violation::Misdirected { stamp, link });
                }
            }
            (DropCause::PipeLost | DropCause::Closed, Some(link)) => {
                self.dropped_held(link, messages);
            }
            (DropCause::NoPeer, None) => {
                if let Some(spread) = &mut self.spread {
                    spread.counted_nobody = true;
                }
            }
            (DropCause::Unsubscribed, Some(link)) => {
                self.account.unwanted += messages;
                self.book.link(link.back()).unwanted += messages;
            }
            (DropCause::Stale | DropCause::Cancelled, Some(link)) => {
                self.discarded(link.back(), messages);
            }
            _ => {}
        }
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
            Kind::Spread { print, .. } => print,
            Kind::Reply(reply) => reply.print,
            Kind::Unknown => return self.breach(Violation::Invented(Some(stamp))),
        };
        if known != print {
            let expected = Some(stamp);
            return self.breach(Violation::Altered { consumer, expected });
        }
        self.account.delivered += 1;
        match self.book.kind(stamp) {
            Kind::Reply(reply) => self.heard_reply(consumer, link, stamp, reply),
            Kind::Spread { .. } | Kind::Unknown => self.heard(consumer, link, stamp),
        }
    }
}

#[cfg(test)]
mod tests;
