//! PULL against a model: random lives of peers, driven as a driver does. What was taken is given
//! once, each peer's in order, the better level first. Obeys `rfc/sp-pipeline.md`.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use speedwell_pipeline::Pull;
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
    Stranger,
}

fn op() -> impl Strategy<Value = Op> {
    let (which, level) = (0..64_usize, prop_oneof![Just(1_u8), Just(8), Just(16)]);
    prop_oneof![
        2 => level.clone().prop_map(Op::Attach),
        1 => which.clone().prop_map(Op::Detach),
        6 => (which.clone(), 1..4_u64).prop_map(|(n, count)| Op::Batch(n, count)),
        6 => (1..4_usize).prop_map(Op::Recv),
        1 => (which, level).prop_map(|(n, p)| Op::Move(n, p)),
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
}

#[derive(Default)]
struct World {
    pull: Pull,
    fx: RecordingEffects,
    peers: BTreeMap<PipeId, Peer>,
}

impl World {
    fn some(&self, which: usize) -> Option<PipeId> {
        let live: Vec<_> = self.peers.iter().filter(|(_, peer)| !peer.gone).collect();
        (!live.is_empty()).then(|| *live[which % live.len()].0)
    }

    /// Checks that a rise of readiness was told, and obeys a resume.
    fn call<R>(&mut self, call: impl FnOnce(&mut Pull, &mut RecordingEffects) -> R) -> R {
        let before = self.pull.ready(CtxId::MAIN);
        let result = call(&mut self.pull, &mut self.fx);
        let after = self.pull.ready(CtxId::MAIN);
        let (mut woken, mut resumed) = (false, None);
        for effect in self.fx.take() {
            match effect {
                Effect::Wake(CtxId::MAIN) => woken = true,
                Effect::Resume(pipe) => resumed = Some(pipe),
                other => panic!("unexpected {other}"),
            }
        }
        assert_eq!(
            woken,
            !before.recv && after.recv,
            "a wake for each rise, and no other"
        );
        if let Some(pipe) = resumed {
            self.offer(pipe);
        }
        result
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
        let peer = self.peers.get_mut(&pipe).unwrap();
        let expected = if peer.taken.is_empty() {
            0
        } else {
            peer.paused.len()
        };
        assert_eq!(inbox.len(), expected, "one inbox, whole");
        if inbox.is_empty() {
            peer.taken.append(&mut peer.paused);
        }
    }

    fn recv(&mut self) {
        let held = self.peers.values().filter(|peer| !peer.taken.is_empty());
        let best = held.map(|peer| peer.level).min();
        assert_eq!(self.pull.ready(CtxId::MAIN).recv, best.is_some());
        let got = self.pull.recv(CtxId::MAIN, &mut self.fx.cx());
        let Some(pipe) = got.as_ref().ok().and_then(Message::origin) else {
            assert_eq!((got, best), (Err(Verdict::Wait), None));
            return;
        };
        let peer = self.peers.get_mut(&pipe).unwrap();
        assert_eq!(Some(peer.level), best, "{pipe:?} is not of the best level");
        let number = peer.taken.pop_front().unwrap();
        assert_eq!(got, Ok(Message::from(number.to_be_bytes())));
        let expected = (peer.taken.is_empty() && !peer.gone).then_some(Effect::Resume(pipe));
        let effects = self.fx.take();
        assert!(effects.iter().eq(expected.iter()), "{effects:?}");
        if expected.is_some() && !self.peers[&pipe].paused.is_empty() {
            self.offer(pipe);
        }
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Attach(level) => {
                let pipe = pipe(u32::try_from(self.peers.len()).unwrap());
                self.peers.insert(
                    pipe,
                    Peer {
                        level,
                        ..Peer::default()
                    },
                );
                let info = info(ProtocolId::PUSH, Priority::new(level).unwrap());
                self.call(|pull, fx| pull.attach(pipe, &info, &mut fx.cx()))
                    .unwrap();
            }
            Op::Detach(which) => {
                let Some(pipe) = self.some(which) else { return };
                let peer = self.peers.get_mut(&pipe).unwrap();
                peer.gone = true;
                peer.paused.clear();
                self.call(|pull, fx| {
                    pull.detach(
                        pipe,
                        &mut Unsent::new(&mut std::iter::empty()),
                        &mut fx.cx(),
                    );
                });
            }
            Op::Batch(which, count) => {
                let Some(pipe) = self.some(which) else { return };
                let peer = self.peers.get_mut(&pipe).unwrap();
                let was_paused = !peer.paused.is_empty();
                peer.paused.extend(peer.sent..peer.sent + count);
                peer.sent += count;
                if !was_paused {
                    self.offer(pipe);
                }
            }
            Op::Recv(count) => (0..count).for_each(|_| self.recv()),
            Op::Move(which, level) => {
                let Some(pipe) = self.some(which) else { return };
                self.peers.get_mut(&pipe).unwrap().level = level;
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
    /// rfc: sp-pipeline L-15, L-16, L-17, L-18, L-19, L-22, L-25, L-26
    #[test]
    fn what_was_taken_is_given_once(script in prop::collection::vec(op(), 0..400)) {
        let mut world = World::default();
        script.iter().for_each(|op| world.step(op));
        while world.peers.values().any(|peer| !peer.taken.is_empty()) {
            world.recv();
        }
        world.recv();
        prop_assert!(world.peers.values().all(|peer| peer.paused.is_empty()));
    }
}
