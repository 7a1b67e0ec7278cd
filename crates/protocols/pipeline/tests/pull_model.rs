//! PULL against a model: random lives of peers, driven as a driver does. The model is a list of who
//! holds messages, in the order of their turns, and says which message comes next and which pipes
//! are resumed. Obeys `rfc/sp-pipeline.md`.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use speedwell_pipeline::Pull;
use speedwell_pipeset::DEPARTED_MAX;
use speedwell_protocol::{
    CtxId, Inbox, Message, PipeId, Priority, Protocol, ProtocolId, Unsent, Verdict,
};
use speedwell_testkit::effects::{Effect, RecordingEffects, info, pipe};

#[derive(Clone, Debug)]
enum Op {
    Attach(u8),
    Detach(usize),
    Batch(usize, u64),
    Recv(usize),
    Move(usize, u8),
    /// So many peers come, send one message, and leave.
    Crowd(usize),
    Stranger,
}

fn op() -> impl Strategy<Value = Op> {
    let (which, level) = (0..64_usize, prop_oneof![Just(8), 1..=16_u8]);
    prop_oneof![
        2 => level.clone().prop_map(Op::Attach),
        1 => which.clone().prop_map(Op::Detach),
        6 => (which.clone(), 1..4_u64).prop_map(|(n, count)| Op::Batch(n, count)),
        6 => (1..4_usize).prop_map(Op::Recv),
        1 => (which, level).prop_map(|(n, p)| Op::Move(n, p)),
        1 => (1..40_usize).prop_map(Op::Crowd),
        1 => Just(Op::Stranger),
    ]
}

#[derive(Default)]
struct Peer {
    level: u8,
    gone: bool,
    sent: u64,
    /// Offered, and not taken: the pipe is paused.
    paused: VecDeque<u64>,
    taken: VecDeque<u64>,
    /// A batch was left in a shortage.
    waits: bool,
}

#[derive(Default)]
struct World {
    pull: Pull,
    fx: RecordingEffects,
    /// Those who are there, or left messages.
    peers: BTreeMap<PipeId, Peer>,
    pipes: u32,
    /// Who holds messages; of each level, whose turn comes first stands first.
    turns: Vec<PipeId>,
}

impl World {
    fn some(&self, which: usize) -> Option<PipeId> {
        let live: Vec<_> = self.peers.iter().filter(|(_, peer)| !peer.gone).collect();
        (!live.is_empty()).then(|| *live[which % live.len()].0)
    }

    /// Checks that a rise of readiness was told, and nothing else.
    fn call<R>(&mut self, call: impl FnOnce(&mut Pull, &mut RecordingEffects) -> R) -> R {
        let before = self.pull.ready(CtxId::MAIN).recv;
        let result = call(&mut self.pull, &mut self.fx);
        let rose = !before && self.pull.ready(CtxId::MAIN).recv;
        let expected = rose.then_some(Effect::Wake(CtxId::MAIN));
        assert!(
            self.fx.take().iter().eq(expected.iter()),
            "a wake for each rise, and no other"
        );
        result
    }

    /// Peers that have left, and left messages.
    fn departed(&self) -> usize {
        self.peers.values().filter(|peer| peer.gone).count()
    }

    fn offer(&mut self, pipe: PipeId) {
        let mut inbox = Inbox::new();
        for number in &self.peers[&pipe].paused {
            let mut message = Message::from(number.to_be_bytes());
            message.set_origin(Some(pipe));
            inbox.push(message);
        }
        let inbox = self.call(|pull, fx| {
            pull.on_batch(pipe, &mut inbox, &mut fx.cx());
            inbox
        });
        let short = self.departed() >= DEPARTED_MAX;
        let peer = self.peers.get_mut(&pipe).unwrap();
        if !peer.taken.is_empty() || short {
            assert_eq!(
                inbox.len(),
                peer.paused.len(),
                "one inbox, and none in a shortage"
            );
            peer.waits = peer.taken.is_empty();
        } else {
            assert!(inbox.is_empty(), "taken whole");
            peer.taken.append(&mut peer.paused);
            self.turns.push(pipe);
        }
    }

    fn recv(&mut self) {
        let got = self.pull.recv(CtxId::MAIN, &mut self.fx.cx());
        let effects = self.fx.take();
        let level = |pipe: &PipeId| self.peers[pipe].level;
        let best = self.turns.iter().map(level).min();
        let Some(at) = self.turns.iter().position(|pipe| Some(level(pipe)) == best) else {
            assert_eq!((got, effects), (Err(Verdict::Wait), vec![]));
            return;
        };
        let pipe = self.turns.remove(at);
        let peer = self.peers.get_mut(&pipe).unwrap();
        let number = peer.taken.pop_front().unwrap();
        assert_eq!(got, Ok(Message::from(number.to_be_bytes())));
        assert_eq!(got.unwrap().origin(), Some(pipe), "the turn of another");
        let (emptied, gone) = (peer.taken.is_empty(), peer.gone);
        if !emptied {
            self.turns.push(pipe);
        } else if gone {
            self.peers.remove(&pipe);
        }
        let mut resumed: Vec<_> = (emptied && !gone).then_some(pipe).into_iter().collect();
        if emptied && gone && self.departed() + 1 == DEPARTED_MAX {
            let waiting = self.peers.iter_mut().filter(|(_, peer)| peer.waits);
            resumed.extend(waiting.map(|(pipe, peer)| {
                peer.waits = false;
                *pipe
            }));
        }
        assert!(
            effects
                .into_iter()
                .eq(resumed.iter().copied().map(Effect::Resume))
        );
        for pipe in resumed {
            if !self.peers[&pipe].paused.is_empty() {
                self.offer(pipe);
            }
        }
    }

    fn attach(&mut self, level: u8) -> PipeId {
        self.pipes += 1;
        let pipe = pipe(self.pipes);
        let peer = Peer {
            level,
            ..Peer::default()
        };
        self.peers.insert(pipe, peer);
        let info = info(ProtocolId::PUSH, Priority::new(level).unwrap());
        self.call(|pull, fx| pull.attach(pipe, &info, &mut fx.cx()))
            .unwrap();
        pipe
    }

    fn detach(&mut self, pipe: PipeId) {
        let peer = self.peers.get_mut(&pipe).unwrap();
        (peer.gone, peer.waits) = (true, false);
        peer.paused.clear();
        if peer.taken.is_empty() {
            self.peers.remove(&pipe);
        }
        let mut none = std::iter::empty();
        self.call(|pull, fx| pull.detach(pipe, &mut Unsent::new(&mut none), &mut fx.cx()));
    }

    fn speaks(&mut self, pipe: PipeId, count: u64) {
        let peer = self.peers.get_mut(&pipe).unwrap();
        let was_paused = !peer.paused.is_empty();
        peer.paused.extend(peer.sent..peer.sent + count);
        peer.sent += count;
        if !was_paused {
            self.offer(pipe);
        }
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Attach(level) => {
                self.attach(level);
            }
            Op::Detach(which) => {
                let Some(pipe) = self.some(which) else { return };
                self.detach(pipe);
            }
            Op::Batch(which, count) => {
                let Some(pipe) = self.some(which) else { return };
                self.speaks(pipe, count);
            }
            Op::Crowd(count) => {
                for _ in 0..count {
                    let pipe = self.attach(8);
                    self.speaks(pipe, 1);
                    self.detach(pipe);
                }
            }
            Op::Recv(count) => (0..count).for_each(|_| self.recv()),
            Op::Move(which, level) => {
                let Some(pipe) = self.some(which) else { return };
                let peer = self.peers.get_mut(&pipe).unwrap();
                let moved = std::mem::replace(&mut peer.level, level) != level;
                if moved && !peer.taken.is_empty() {
                    self.turns.retain(|other| *other != pipe);
                    self.turns.push(pipe);
                }
                let info = info(ProtocolId::PUSH, Priority::new(level).unwrap());
                self.call(|pull, fx| pull.on_priority(pipe, &info, &mut fx.cx()));
            }
            Op::Stranger => {
                let pipe = pipe(1_000_000);
                let mut inbox = Inbox::new();
                inbox.push(Message::new());
                let info = info(ProtocolId::PUSH, Priority::HIGHEST);
                self.call(|pull, fx| {
                    pull.on_batch(pipe, &mut inbox, &mut fx.cx());
                    pull.on_writable(pipe, &mut fx.cx());
                    pull.on_priority(pipe, &info, &mut fx.cx());
                    pull.detach(
                        pipe,
                        &mut Unsent::new(&mut std::iter::empty()),
                        &mut fx.cx(),
                    );
                    assert_eq!(inbox.len(), 1);
                });
            }
        }
    }
}

proptest! {
    /// rfc: sp-pipeline L-15, L-16, L-17, L-18, L-19, L-20, L-22, L-25, L-26
    #[test]
    fn what_was_taken_is_given_once(script in prop::collection::vec(op(), 0..200)) {
        let mut world = World::default();
        script.iter().for_each(|op| world.step(op));
        while !world.turns.is_empty() {
            world.recv();
        }
        world.recv();
        prop_assert!(world.peers.values().all(|peer| peer.paused.is_empty()));
    }
}
