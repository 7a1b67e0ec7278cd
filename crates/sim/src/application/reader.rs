//! The application of SUB: it subscribes, receives at its pace, and changes its mind a number of
//! times. Knows no fault. See `rfc/sp-simulation.md` section 10.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use speedwell_message::CtxId;
use speedwell_protocol::Verdict;
use speedwell_pubsub::{Sub, TopicError};
use speedwell_testkit::accounting::{Event, PartyId};

use super::{Application, Waiting};
use crate::{Bench, SimSocket};

/// What can be subscribed to: everything, one letter, or both.
pub const TOPICS: [&str; 7] = ["", "a", "b", "aa", "ab", "ba", "bb"];

/// What an application wants to read.
#[derive(Clone, Debug)]
pub struct Wishes {
    /// What it subscribes to at the start.
    pub first: Vec<&'static str>,
    /// How often it changes its mind afterwards.
    pub changes: u32,
    /// The time between two changes.
    pub change_gap: RangeInclusive<Duration>,
    /// The time between two messages.
    pub recv_gap: RangeInclusive<Duration>,
}

/// An application that reads as its [`Wishes`] say.
#[derive(Debug)]
pub(crate) struct Reader {
    wishes: Wishes,
    party: PartyId,
    /// What it has subscribed to, as often as it has.
    topics: Vec<&'static str>,
    changed: u32,
    received: u64,
    change_at: Instant,
    recv_at: Waiting,
}

impl Reader {
    pub(crate) fn new(
        wishes: &Wishes,
        party: PartyId,
        socket: &mut SimSocket,
        bench: &mut Bench,
    ) -> Self {
        let mut reader = Self {
            wishes: wishes.clone(),
            party,
            topics: Vec::new(),
            changed: 0,
            received: 0,
            change_at: bench.now() + bench.random.time(wishes.change_gap.clone()),
            recv_at: Waiting::Until(bench.now()),
        };
        for topic in &wishes.first {
            reader.subscribe(topic, socket, bench);
        }
        reader
    }

    fn subscribe(&mut self, topic: &'static str, socket: &mut SimSocket, bench: &mut Bench) {
        let party = self.party;
        match socket.with(bench, |sub: &mut Sub, _| sub.subscribe(topic.as_bytes())) {
            Some(Ok(())) => self.topics.push(topic),
            other => bench.journal.breach(format!("subscribing: {other:?}")),
        }
        bench.journal.log(Event::Subscribed { party, topic });
    }

    /// Ends a subscription, which may not exist.
    fn unsubscribe(&mut self, topic: &'static str, socket: &mut SimSocket, bench: &mut Bench) {
        let party = self.party;
        let place = self.topics.iter().position(|mine| *mine == topic);
        let ended = socket.with(bench, |sub: &mut Sub, _| sub.unsubscribe(topic.as_bytes()));
        match (place, ended) {
            (Some(place), Some(Ok(()))) => {
                self.topics.swap_remove(place);
                bench.journal.log(Event::Unsubscribed { party, topic });
            }
            (None, Some(Err(TopicError::NotSubscribed))) => {}
            (_, other) => bench.journal.breach(format!("unsubscribing: {other:?}")),
        }
    }

    fn change(&mut self, socket: &mut SimSocket, bench: &mut Bench) {
        let topic = bench.random.pick(&TOPICS).copied().unwrap_or_default();
        let mine = bench.random.pick(&self.topics).copied();
        match bench.random.below(4) {
            0 => self.unsubscribe(topic, socket, bench),
            1 => self.unsubscribe(mine.unwrap_or(topic), socket, bench),
            _ => self.subscribe(topic, socket, bench),
        }
        self.changed += 1;
        self.change_at = bench.now() + bench.random.time(self.wishes.change_gap.clone());
    }

    fn receive(&mut self, socket: &mut SimSocket, bench: &mut Bench) {
        let now = bench.now();
        match socket.recv(bench) {
            Ok(_) => {
                self.received += 1;
                let gap = bench.random.time(self.wishes.recv_gap.clone());
                self.recv_at = Waiting::Until(now + gap);
            }
            Err(Verdict::Wait) => self.recv_at = Waiting::Woken(now),
            Err(verdict) => bench.journal.breach(format!("receiving failed: {verdict}")),
        }
    }

    fn has_changed_enough(&self) -> bool {
        self.changed >= self.wishes.changes
    }
}

impl Application for Reader {
    fn has_sent_all(&self) -> bool {
        self.has_changed_enough()
    }

    fn has_received_all(&self, socket: &SimSocket, _: &Bench) -> bool {
        !socket.ready(CtxId::MAIN).recv
    }

    fn sent(&self) -> u64 {
        0
    }

    fn received(&self) -> u64 {
        self.received
    }

    fn stop_receiving(&mut self, until: Instant) {
        self.recv_at.put_off(until);
    }

    fn wake(&mut self, _: CtxId) {
        self.recv_at.wake();
    }

    fn next_time(&self, _: &Bench) -> Option<Instant> {
        let change = (!self.has_changed_enough()).then_some(self.change_at);
        self.recv_at.time().into_iter().chain(change).min()
    }

    fn step(&mut self, socket: &mut SimSocket, bench: &mut Bench) {
        let now = bench.now();
        let changes = !self.has_changed_enough() && self.change_at <= now;
        let receives = self.recv_at.is_due(now);
        if changes && (!receives || bench.random.chance(1, 2)) {
            self.change(socket, bench);
        } else if receives {
            self.receive(socket, bench);
        }
    }
}
