//! What the driver lends the engine for one call: the time, chance, and the transmit sides.
//! Calls nothing back. See `rfc/0001-contracts.md`.

use std::collections::BTreeMap;
use std::time::Instant;

use speedwell_engine::World;
use speedwell_message::{Flow, Message, PipeId};
use speedwell_protocol::DropCause;
use speedwell_pubsub::Overflow;
use speedwell_testkit::accounting::{Event, PartyId, Stamp, print_of, stamp_of};
use speedwell_testkit::random::Random;

use super::form::{Draws, Form};
use super::pipe::{LivePipe, Push};
use super::wire::{PREFIX_LEN, Wire};

/// Messages too short for a stamp, as they wait in the machine: they are known by their print.
#[derive(Debug, Default)]
pub(super) struct Nameless {
    /// The message of the call, when it is a call of `send`.
    pub(super) sending: Option<Stamp>,
    pub(super) returned: Vec<(u64, Stamp)>,
}

impl Nameless {
    /// Which message has this print: one that came back, or else the one being sent. Messages with
    /// the same print are the same to everyone, so the oldest will do.
    fn resolve(&mut self, print: u64) -> Option<Stamp> {
        let of_print = |(_, (known, _)): &(usize, &(u64, Stamp))| *known == print;
        let waiting = self.returned.iter().enumerate().filter(of_print);
        match waiting.min_by_key(|(_, (_, stamp))| stamp.seq) {
            Some((at, _)) => Some(self.returned.swap_remove(at).1),
            None => self.sending,
        }
    }
}

pub(super) struct Lent<'a> {
    pub(super) now: Instant,
    pub(super) random: &'a mut Random,
    pub(super) draws: Draws,
    pub(super) form: Form,
    /// Whose socket it is.
    pub(super) writer: PartyId,
    /// Whether the checker is told of links and drops.
    pub(super) is_told: bool,
    /// What the machine does when a pipe is full: one that blocks may drop nothing for that.
    pub(super) overflow: Overflow,
    /// Where each pipe ran that ever was.
    pub(super) wires: &'a BTreeMap<PipeId, Wire>,
    pub(super) pipes: &'a mut BTreeMap<PipeId, LivePipe>,
    pub(super) nameless: &'a mut Nameless,
    /// What was pushed in this call.
    pub(super) pushed: Vec<(PipeId, Event)>,
    /// What was dropped in this call.
    pub(super) dropped: Vec<Event>,
    pub(super) breaches: Vec<&'static str>,
}

impl World for Lent<'_> {
    fn now(&mut self) -> Instant {
        self.now
    }

    fn random(&mut self) -> u64 {
        self.draws.of(self.random.bits())
    }

    // rfc: sp-simulation S-23
    fn push(&mut self, id: PipeId, message: &mut Message) -> Flow {
        let message = std::mem::take(message);
        let Some(pipe) = self.pipes.get_mut(&id) else {
            self.breaches
                .push("a message was pushed to a pipe that is gone");
            return Flow::Full;
        };
        if pipe.is_full {
            self.breaches.push("a message was pushed to a full pipe");
        }
        let body = self.form.payload(&message);
        let short_print = stamp_of(body).is_none().then(|| print_of(body));
        let known =
            short_print.map_or_else(|| stamp_of(body), |print| self.nameless.resolve(print));
        let len = message.octets();
        let octets = u64::try_from(len).unwrap_or(u64::MAX) + PREFIX_LEN;
        match known {
            Some(stamp) => {
                let link = pipe.wire.outward();
                let start = pipe.pushed_octets;
                let event = Event::Pushed {
                    stamp,
                    link,
                    octets,
                    writer: self.writer,
                };
                self.pushed.push((id, event));
                pipe.pushes.push(Push {
                    stamp,
                    start,
                    short_print,
                });
            }
            None => self.breaches.push("a message was pushed that nobody sent"),
        }
        pipe.pushed_octets += octets;
        let flow = pipe.tx.push(message);
        pipe.is_full = flow == Flow::Full;
        if pipe.tx.is_beyond_limit(len) {
            self.breaches
                .push("a pipe holds more than its limit and one message");
        }
        flow
    }

    fn is_drained(&mut self, id: PipeId) -> bool {
        self.pipes.get(&id).is_none_or(|pipe| pipe.tx.is_drained())
    }

    // rfc: sp-simulation S-60
    fn dropped(&mut self, pipe: Option<PipeId>, cause: DropCause, messages: u64) {
        if cause == DropCause::Overflow {
            let is_full = |id| self.pipes.get(&id).is_some_and(|pipe| pipe.is_full);
            if self.overflow == Overflow::Block || !pipe.is_some_and(is_full) {
                self.breaches
                    .push("a message was dropped for a pipe that has room");
            }
        }
        if self.is_told {
            let wire = pipe.and_then(|pipe| self.wires.get(&pipe));
            self.dropped.push(Event::Dropped {
                party: self.writer,
                link: wire.map(|wire| wire.outward()),
                cause,
                messages,
            });
        }
    }
}
