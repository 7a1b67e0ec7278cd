//! What the judge of messages that go to many remembers while it reads a log. Judges nothing.
//! See `rfc/sp-simulation.md` section 10.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::super::topic_of;
use super::{LinkId, PartyId, Stamp};

/// A message on a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passage {
    pub(super) stamp: Stamp,
    pub(super) start: u64,
    pub(super) end: u64,
    /// The line of the log that it was pushed in.
    pub(super) line: usize,
    pub(super) is_delivered: bool,
}

#[derive(Debug, Default)]
pub(super) struct Link {
    pub(super) passages: Vec<Passage>,
    /// The socket that writes.
    pub(super) writer: Option<PartyId>,
    /// The socket that reads.
    pub(super) consumer: Option<PartyId>,
    /// The machine of the writer has it.
    pub(super) is_live: bool,
    /// The place behind the last that was delivered in order.
    pub(super) next: usize,
    /// Of those passages, how many its reader's machine was offered, where that is logged.
    pub(super) offered: usize,
    /// Of those, how many the reader's machine has counted as of no use to anybody.
    pub(super) discarded: u64,
    /// Octets that were read to their own end, and the line that says so.
    pub(super) owed: Option<(u64, usize)>,
    /// Messages that its reader counted as wanted by nobody.
    pub(super) unwanted: u64,
    pub(super) is_judged: bool,
    /// What the writer's machine holds until there is room, with its octets.
    pub(super) held: VecDeque<(Stamp, u64)>,
}

impl Link {
    pub(super) fn push(&mut self, stamp: Stamp, octets: u64, line: usize) {
        let start = self.passages.last().map_or(0, |passage| passage.end);
        self.passages.push(Passage {
            stamp,
            start,
            end: start.saturating_add(octets),
            line,
            is_delivered: false,
        });
    }
}

/// A subscription, from its line of the log to that of its end.
#[derive(Debug)]
struct Wish {
    topic: &'static str,
    /// How often it was made and not ended.
    count: u32,
    from: usize,
    until: usize,
}

/// What a party asked last, and who may answer.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) stamp: Stamp,
    pub(super) due: Duration,
    /// The links it went to.
    pub(super) asked: BTreeSet<LinkId>,
    /// Of each link that was heard, the place behind the last answer.
    pub(super) heard: BTreeMap<LinkId, usize>,
    pub(super) is_over: bool,
}

#[derive(Debug, Default)]
pub(super) struct Party {
    /// Whose socket it uses, when that is not its own.
    pub(super) socket: Option<PartyId>,
    /// Prints of the messages that it sent to everybody.
    spreads: Vec<u64>,
    replies: Vec<Reply>,
    wishes: Vec<Wish>,
    /// How long its answers are heard, if it asks.
    deadline: Option<Duration>,
    pub(super) survey: Option<Survey>,
    pub(super) is_closing: bool,
    pub(super) is_deaf: bool,
    /// Its process has crashed.
    pub(super) is_dead: bool,
    /// Messages that links gave back since it closes.
    pub(super) came_back: u64,
}

impl Party {
    pub(super) fn subscribe(&mut self, topic: &'static str, line: usize) {
        let open = self
            .wishes
            .iter_mut()
            .find(|wish| wish.topic == topic && wish.count > 0);
        match open {
            Some(wish) => wish.count += 1,
            None => self.wishes.push(Wish {
                topic,
                count: 1,
                from: line,
                until: usize::MAX,
            }),
        }
    }

    pub(super) fn unsubscribe(&mut self, topic: &'static str, line: usize) {
        let open = self
            .wishes
            .iter_mut()
            .find(|wish| wish.topic == topic && wish.count > 0);
        if let Some(wish) = open {
            wish.count -= 1;
            if wish.count == 0 {
                wish.until = line;
            }
        }
    }

    fn wishes_for(&self, stamp: Stamp) -> impl Iterator<Item = &Wish> {
        let topic = topic_of(stamp);
        let begins = move |wish: &&Wish| topic.starts_with(wish.topic.as_bytes());
        self.wishes.iter().filter(begins)
    }

    /// Whether a message was wanted at some time between two lines.
    pub(super) fn wanted(&self, stamp: Stamp, from: usize, until: usize) -> bool {
        self.wishes_for(stamp)
            .any(|wish| wish.from <= until && wish.until >= from)
    }

    /// Whether a message was wanted at all times between two lines.
    pub(super) fn wanted_always(&self, stamp: Stamp, from: usize, until: usize) -> bool {
        self.wishes_for(stamp)
            .any(|wish| wish.from <= from && wish.until >= until)
    }

    /// It asks anew; true when that cancels what it asked before.
    pub(super) fn asked(&mut self, stamp: Stamp, now: Duration) -> bool {
        let Some(deadline) = self.deadline else {
            return false;
        };
        let before = self.survey.replace(Survey {
            stamp,
            due: now + deadline,
            asked: BTreeSet::new(),
            heard: BTreeMap::new(),
            is_over: false,
        });
        before.is_some_and(|survey| !survey.is_over)
    }

    pub(super) fn asked_on(&mut self, stamp: Stamp, link: LinkId) {
        if let Some(survey) = self.survey.as_mut().filter(|it| it.stamp == stamp) {
            survey.asked.insert(link);
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Reply {
    pub(super) question: Stamp,
    pub(super) print: u64,
    /// It was given to a link.
    pub(super) is_sent: bool,
}

impl Reply {
    pub(super) fn new(question: Stamp, print: u64) -> Self {
        Self {
            question,
            print,
            is_sent: false,
        }
    }
}

/// What a stamp stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A message to everybody.
    Spread {
        print: u64,
    },
    Reply(Reply),
    Unknown,
}

#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) parties: BTreeMap<PartyId, Party>,
    pub(super) links: BTreeMap<LinkId, Link>,
    /// Surveys that a link brought to who answers.
    pub(super) brought: BTreeSet<(LinkId, Stamp)>,
    /// The living links of each socket.
    live: BTreeMap<PartyId, BTreeSet<LinkId>>,
}

impl Book {
    pub(super) fn party(&mut self, party: PartyId) -> &mut Party {
        self.parties.entry(party).or_default()
    }

    pub(super) fn link(&mut self, link: LinkId) -> &mut Link {
        self.links.entry(link).or_default()
    }

    pub(super) fn join(&mut self, link: LinkId, party: PartyId) {
        let outward = self.link(link);
        outward.writer = Some(party);
        outward.is_live = true;
        self.link(link.back()).consumer = Some(party);
        self.live.entry(party).or_default().insert(link);
    }

    pub(super) fn leave(&mut self, link: LinkId) {
        let outward = self.link(link);
        outward.is_live = false;
        if let Some(writer) = outward.writer {
            self.live.entry(writer).or_default().remove(&link);
        }
    }

    pub(super) fn live_links(&self, socket: PartyId) -> BTreeSet<LinkId> {
        self.live.get(&socket).cloned().unwrap_or_default()
    }

    pub(super) fn surveys(&mut self, party: PartyId, socket: PartyId, deadline: Duration) {
        let party = self.party(party);
        party.socket = Some(socket);
        party.deadline = Some(deadline);
    }

    pub(super) fn socket_of(&self, party: PartyId) -> PartyId {
        let socket = self.parties.get(&party).and_then(|party| party.socket);
        socket.unwrap_or(party)
    }

    /// Takes down a message to everybody, and says whose socket took it; `None` out of turn.
    pub(super) fn accept(&mut self, stamp: Stamp, print: u64) -> Option<PartyId> {
        let spreads = &mut self.party(stamp.producer).spreads;
        if u64::try_from(spreads.len()) != Ok(stamp.seq) {
            return None;
        }
        spreads.push(print);
        Some(self.socket_of(stamp.producer))
    }

    /// Takes down an answer; false out of turn.
    pub(super) fn answer(&mut self, stamp: Stamp, reply: Reply) -> bool {
        let replies = &mut self.party(stamp.producer).replies;
        let in_turn = u64::try_from(replies.len()) == Ok(stamp.seq);
        if in_turn {
            replies.push(reply);
        }
        in_turn
    }

    pub(super) fn reply(&mut self, stamp: Stamp) -> Option<&mut Reply> {
        let party = self.parties.get_mut(&stamp.producer)?;
        party.replies.get_mut(usize::try_from(stamp.seq).ok()?)
    }

    pub(super) fn kind(&self, stamp: Stamp) -> Kind {
        let (Some(party), Ok(seq)) = (
            self.parties.get(&stamp.producer),
            usize::try_from(stamp.seq),
        ) else {
            return Kind::Unknown;
        };
        match (party.spreads.get(seq), party.replies.get(seq)) {
            (Some(print), _) => Kind::Spread { print: *print },
            (None, Some(reply)) => Kind::Reply(*reply),
            (None, None) => Kind::Unknown,
        }
    }
}
