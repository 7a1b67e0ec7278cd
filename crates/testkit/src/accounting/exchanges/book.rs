//! What the judge of questions and answers remembers while it reads a log. Judges nothing but the
//! order on a link. See `rfc/sp-simulation.md` section 9.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{LinkId, PartyId, Stamp, Violation};

/// A party that asks, one question after the other.
#[derive(Debug)]
pub(super) struct Asker {
    pub(super) socket: PartyId,
    pub(super) resend: Option<Duration>,
    pub(super) questions: Vec<Question>,
}

impl Asker {
    pub(super) fn new(socket: PartyId, resend: Option<Duration>) -> Self {
        Self {
            socket,
            resend,
            questions: Vec::new(),
        }
    }
}

/// A question, and where it is.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) print: u64,
    /// Answered, given up, or said to be lost.
    pub(super) is_over: bool,
    pub(super) asked_at: Duration,
    pub(super) answered_at: Option<Duration>,
    /// When its socket gave it to a link last.
    pub(super) sent_at: Option<Duration>,
    /// The living links it was given to, the latest last.
    pub(super) live: Vec<LinkId>,
    /// The latest link was lost since it was sent last.
    pub(super) lost_latest: bool,
    /// A link that is gone took an octet of it.
    pub(super) may_be_seen: bool,
    /// A link gave it back unsent since its socket closes.
    pub(super) came_back: bool,
    /// Answers to it that were given to a socket, and by that to no link.
    pub(super) dropped: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Reply {
    pub(super) question: Stamp,
    pub(super) print: u64,
}

/// What a stamp stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Question {
        /// Of the party that asks.
        socket: PartyId,
    },
    Reply(Reply),
    Unknown,
}

#[derive(Debug, Default)]
pub(super) struct Socket {
    /// The parties that ask with it.
    pub(super) contexts: Vec<PartyId>,
    /// The device that it is a part of.
    pub(super) device: Option<u32>,
    /// Words of a back-trace that it lets through.
    pub(super) ttl: u8,
    /// It closes, at whatever time.
    pub(super) is_closing: bool,
    /// It takes nothing more, and that excuses what it did not take.
    pub(super) is_deaf: bool,
    /// Messages that came back from links since it closes.
    pub(super) came_back: u64,
}

/// A message on a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passage {
    pub(super) stamp: Stamp,
    pub(super) start: u64,
    pub(super) end: u64,
    /// Words in front of its body, when it is a question.
    pub(super) depth: u8,
    pub(super) is_delivered: bool,
    /// It was pushed after everything under way had arrived.
    pub(super) is_late: bool,
}

#[derive(Debug, Default)]
pub(super) struct Link {
    pub(super) passages: Vec<Passage>,
    pub(super) writer: Option<PartyId>,
    pub(super) consumer: Option<PartyId>,
    /// Octets that were read to their own end.
    pub(super) owed: u64,
    /// The place behind the last that was delivered in order.
    next: usize,
}

impl Link {
    pub(super) fn push(&mut self, stamp: Stamp, octets: u64, depth: u8, is_late: bool) {
        let start = self.passages.last().map_or(0, |passage| passage.end);
        self.passages.push(Passage {
            stamp,
            start,
            end: start.saturating_add(octets),
            depth,
            is_delivered: false,
            is_late,
        });
    }

    /// Notes that a message was delivered, and says how many words were in front of it.
    // rfc: sp-simulation S-52
    pub(super) fn deliver(&mut self, stamp: Stamp, in_order: bool) -> Result<u8, Violation> {
        let from = if in_order { self.next } else { 0 };
        let behind = self.passages.get_mut(from..).unwrap_or_default();
        let found = behind
            .iter_mut()
            .enumerate()
            .find(|(_, passage)| passage.stamp == stamp && !passage.is_delivered);
        if let Some((place, passage)) = found {
            passage.is_delivered = true;
            if in_order {
                self.next = from + place + 1;
            }
            return Ok(passage.depth);
        }
        let of_stamp = |passage: &&Passage| passage.stamp == stamp;
        let expected = self.passages.get(self.next).map(|passage| passage.stamp);
        match self.passages.iter().rfind(of_stamp) {
            Some(passage) if passage.is_delivered => Err(Violation::Duplicated(stamp)),
            Some(_) => Err(Violation::OutOfOrder { stamp, expected }),
            None => Err(Violation::OutOfOrder {
                stamp,
                expected: None,
            }),
        }
    }
}

/// How often something came, and how often it went on.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    pub(super) came: u32,
    pub(super) went: u32,
    /// Words in front of its body as it came.
    pub(super) depth: u8,
}

#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) askers: BTreeMap<PartyId, Asker>,
    /// Parties that answer or pass on, and their sockets.
    pub(super) listeners: BTreeMap<PartyId, PartyId>,
    pub(super) replies: BTreeMap<PartyId, Vec<Reply>>,
    pub(super) sockets: BTreeMap<PartyId, Socket>,
    pub(super) links: BTreeMap<LinkId, Link>,
    /// Questions that a link brought, and answers to them that went back over it.
    pub(super) returns: BTreeMap<(LinkId, Stamp), Traffic>,
    /// Questions that a device took, and that it passed on.
    pub(super) transit: BTreeMap<(u32, Stamp), Traffic>,
}

impl Book {
    pub(super) fn socket(&mut self, party: PartyId) -> &mut Socket {
        self.sockets.entry(party).or_default()
    }

    /// What a device did with a question, by one of its sockets.
    pub(super) fn transit(&mut self, socket: PartyId, stamp: Stamp) -> Option<&mut Traffic> {
        let device = self.socket(socket).device?;
        Some(self.transit.entry((device, stamp)).or_default())
    }

    pub(super) fn link(&mut self, link: LinkId) -> &mut Link {
        self.links.entry(link).or_default()
    }

    pub(super) fn kind(&self, stamp: Stamp) -> Kind {
        if let Some(asker) = self.askers.get(&stamp.producer) {
            let socket = asker.socket;
            return Kind::Question { socket };
        }
        let replies = self.replies.get(&stamp.producer);
        let reply = usize::try_from(stamp.seq)
            .ok()
            .and_then(|seq| replies?.get(seq).copied());
        reply.map_or(Kind::Unknown, Kind::Reply)
    }

    pub(super) fn question(&mut self, stamp: Stamp) -> Option<&mut Question> {
        let asker = self.askers.get_mut(&stamp.producer)?;
        asker.questions.get_mut(usize::try_from(stamp.seq).ok()?)
    }

    /// The question for whose answer a party waits.
    pub(super) fn waiting(&mut self, party: PartyId) -> Option<(Stamp, &mut Question)> {
        let questions = &mut self.askers.get_mut(&party)?.questions;
        let seq = u64::try_from(questions.len()).ok()?.checked_sub(1)?;
        let stamp = Stamp {
            producer: party,
            seq,
        };
        let question = questions.last_mut().filter(|question| !question.is_over)?;
        Some((stamp, question))
    }
}
