//! BUS against a model, cooked and raw: peers come, speak, stop reading and die, under each policy.
//! Everybody but the source has each message once, or it is held, or counted; what was heard is
//! received once, in order. Obeys `rfc/sp-bus.md`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use speedwell_bus::{Overflow, RawTalk, Talk};
use speedwell_pipeset::{Assembly, HELD_MESSAGES_MAX, Speech};
use speedwell_protocol::{CtxId, DropCause, Message, PipeId, Protocol, Verdict};
use speedwell_testkit::bench::Bench;
use speedwell_testkit::effects::{Effect, pipe};

const MAIN: CtxId = CtxId::MAIN;
const POLICIES: [Overflow; 3] = [Overflow::DropNewest, Overflow::DropOldest, Overflow::Block];

/// A peer that comes has room for so many messages.
const ROOM: usize = 3;

#[derive(Clone, Debug)]
enum Op {
    Attach,
    Detach(usize),
    /// The application sends so many.
    Send(usize),
    /// A peer sends so many messages.
    Hear(usize, usize),
    /// What is received is sent on, as a device does.
    PassOn,
    Read(usize, usize),
    Policy(Overflow),
    /// Late events of a pipe that is not there.
    Stranger,
}

fn op() -> impl Strategy<Value = Op> {
    let which = 0..64_usize;
    let count = prop_oneof![9 => Just(1), 1 => 1..70_usize];
    prop_oneof![
        4 => Just(Op::Attach),
        2 => which.clone().prop_map(Op::Detach),
        10 => count.prop_map(Op::Send),
        12 => (which.clone(), 1..4_usize).prop_map(|(peer, count)| Op::Hear(peer, count)),
        20 => Just(Op::PassOn),
        6 => (which, 1..4_usize).prop_map(|(peer, room)| Op::Read(peer, room)),
        2 => prop::sample::select(&POLICIES[..]).prop_map(Op::Policy),
        1 => Just(Op::Stranger),
    ]
}

/// What the model knows of a live pipe.
#[derive(Default)]
struct Peer {
    room: usize,
    /// What is held for it.
    held: VecDeque<u32>,
}

struct World<S> {
    bench: Bench<Assembly<S>>,
    policy: Overflow,
    pipes: u32,
    live: BTreeMap<PipeId, Peer>,
    /// What was taken of each pipe and not received.
    waits: BTreeMap<PipeId, VecDeque<u32>>,
    said: u32,
}

fn message(number: u32) -> Message {
    Message::copy_from_slice(&number.to_be_bytes())
}

impl<S: Speech> World<S> {
    fn new() -> Self {
        Self {
            bench: Bench::default(),
            policy: Overflow::default(),
            pipes: 0,
            live: BTreeMap::new(),
            waits: BTreeMap::new(),
            said: 0,
        }
    }

    fn some(&self, which: usize) -> Option<PipeId> {
        let count = self.live.len().max(1);
        self.live.keys().nth(which % count).copied()
    }

    fn is_blocked(&self) -> bool {
        self.policy == Overflow::Block && self.live.values().any(|peer| peer.room == 0)
    }

    /// What a change did beside waking, which it does when a send need not wait any more.
    fn tells(&mut self, change: impl FnOnce(&mut Self)) -> Vec<Effect> {
        let was_blocked = self.is_blocked();
        change(self);
        let is_freed = was_blocked && !self.is_blocked();
        let mut effects = self.bench.world.take();
        let all = effects.len();
        effects.retain(|effect| *effect != Effect::Wake(MAIN));
        assert_eq!(all - effects.len(), usize::from(is_freed));
        effects
    }

    /// Each live pipe but the source has it, or it is held for it, or counted.
    fn send(&mut self, given: Message, source: Option<PipeId>) {
        let number = u32::from_be_bytes(*given.body().first_chunk().unwrap());
        if self.is_blocked() {
            assert_eq!(self.bench.send(given), Err(Verdict::Wait));
            return assert_eq!(self.bench.world.take(), []);
        }
        let mut expected = Vec::new();
        let peers = self.live.iter_mut();
        for (to, peer) in peers.filter(|(to, _)| Some(**to) != source) {
            if peer.room > 0 {
                peer.room -= 1;
                expected.push(Effect::Push(*to, message(number)));
                continue;
            }
            let holds = self.policy == Overflow::DropOldest;
            peer.held.extend(holds.then_some(number));
            if !holds || peer.held.len() > HELD_MESSAGES_MAX {
                peer.held.drain(..usize::from(holds));
                expected.push(Effect::Drop(Some(*to), DropCause::Overflow, 1));
            }
        }
        let nobody = self.live.keys().all(|to| Some(*to) == source);
        expected.extend(nobody.then_some(Effect::Drop(None, DropCause::NoPeer, 1)));
        self.bench.send(given).unwrap();
        let mut effects = self.bench.world.take();
        effects.sort_by_key(|effect| match effect {
            Effect::Push(pipe, _) | Effect::Drop(Some(pipe), _, _) => Some(*pipe),
            _ => None,
        });
        assert_eq!(effects, expected);
    }

    fn hear(&mut self, from: PipeId, count: usize) {
        let waits = self.waits.entry(from).or_default();
        // A pipe that is paused sends nothing.
        if !waits.is_empty() {
            return;
        }
        let mut messages = Vec::new();
        for _ in 0..count {
            self.said += 1;
            waits.push_back(self.said);
            messages.push(message(self.said));
        }
        let was_ready = self.bench.socket.ready(MAIN).recv;
        assert_eq!(self.bench.peer_sends(from.slot(), &messages), 0);
        let wake = (!was_ready).then_some(Effect::Wake(MAIN));
        assert_eq!(self.bench.world.take(), Vec::from_iter(wake));
    }

    fn pass_on(&mut self) {
        let waits = self.waits.values().any(|waits| !waits.is_empty());
        assert_eq!(self.bench.socket.ready(MAIN).recv, waits);
        let heard = self.bench.receives();
        assert_eq!(heard.is_ok(), waits);
        let Ok(received) = heard else { return };
        let source = received.origin().unwrap();
        let waits = self.waits.get_mut(&source).unwrap();
        let next = waits.pop_front().unwrap();
        assert_eq!(received.body(), next.to_be_bytes());
        let is_resumed = waits.is_empty() && self.live.contains_key(&source);
        let resume = is_resumed.then_some(Effect::Resume(source));
        assert_eq!(self.bench.world.take(), Vec::from_iter(resume));
        let is_raw = received.header() == source.word().to_be_bytes();
        assert!(is_raw || received.header().is_empty());
        self.send(received, is_raw.then_some(source));
    }

    fn read(&mut self, to: PipeId, room: usize) {
        let peer = self.live.get_mut(&to).unwrap();
        let count = room.min(peer.held.len());
        let pushes: Vec<_> = peer.held.drain(..count).collect();
        let effects = self.tells(|world| {
            world.live.get_mut(&to).unwrap().room = room - count;
            world.bench.writable(to.slot(), room);
        });
        let pushes = pushes.into_iter();
        assert!(
            pushes
                .map(|number| Effect::Push(to, message(number)))
                .eq(effects)
        );
    }

    fn detach(&mut self, from: PipeId) {
        let held = self.live.get(&from).map_or(0, |peer| peer.held.len()) as u64;
        let effects = self.tells(|world| {
            world.live.remove(&from);
            assert_eq!(world.bench.detach(from.slot(), &[message(0)]), 1);
        });
        let lost = Effect::Drop(Some(from), DropCause::PipeLost, held);
        assert_eq!(effects, Vec::from_iter((held > 0).then_some(lost)));
    }

    fn stranger(&mut self) {
        let n = 1_000_000;
        assert_eq!(self.bench.peer_sends(n, &["late"]), 1);
        self.bench.writable(n, 1);
        assert_eq!(self.bench.detach(n, &["late"]), 1);
        assert_eq!(self.bench.world.take(), []);
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Attach => {
                self.pipes += 1;
                self.bench.attach_with_room(self.pipes, ROOM);
                let (room, held) = (ROOM, VecDeque::new());
                self.live.insert(pipe(self.pipes), Peer { room, held });
            }
            Op::Send(count) => (0..count).for_each(|_| {
                self.said += 1;
                self.send(message(self.said), None);
            }),
            Op::PassOn => self.pass_on(),
            Op::Stranger => self.stranger(),
            Op::Policy(policy) => {
                let effects = self.tells(|world| {
                    world.policy = policy;
                    let Bench { socket, world } = &mut world.bench;
                    socket.set_overflow(policy, &mut world.cx());
                });
                assert_eq!(effects, []);
            }
            Op::Detach(which) | Op::Hear(which, _) | Op::Read(which, _) => {
                if let Some(peer) = self.some(which) {
                    match *op {
                        Op::Hear(_, count) => self.hear(peer, count),
                        Op::Read(_, room) => self.read(peer, room),
                        _ => self.detach(peer),
                    }
                }
            }
        }
        assert_eq!(self.bench.socket.ready(MAIN).send, !self.is_blocked());
        let held = self.live.values().map(|peer| peer.held.len() as u64);
        assert_eq!(self.bench.socket.held().messages, held.sum::<u64>());
    }
}

fn plays<S: Speech>(script: &[Op]) {
    let mut world = World::<S>::new();
    script.iter().for_each(|op| world.step(op));
}

proptest! {
    /// rfc: sp-bus B-05, B-06, B-07, B-08, B-14, B-15
    #[test]
    fn everybody_gets_each_message_once(script in prop::collection::vec(op(), 1..150)) {
        plays::<Talk>(&script);
    }

    /// rfc: sp-bus B-11, B-12
    #[test]
    fn everybody_but_its_source_with_a_device(script in prop::collection::vec(op(), 1..150)) {
        plays::<RawTalk>(&script);
    }
}
