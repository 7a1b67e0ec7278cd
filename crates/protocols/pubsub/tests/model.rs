//! PUB and SUBs as a world: random lives of subscribers, slow ones among them, with random
//! subscriptions. The model says for each pair of message and subscriber what became of it.
//! Obeys `rfc/sp-pubsub.md`.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use speedwell_pipeset::HELD_MESSAGES_MAX;
use speedwell_protocol::{
    CtxId, DropCause, Inbox, Message, PipeId, Priority, Protocol, ProtocolId, Unsent, Verdict,
};
use speedwell_pubsub::{Overflow, Pub, Sub};
use speedwell_testkit::effects::{Effect, RecordingEffects, info, pipe};

const POLICIES: [Overflow; 3] = [Overflow::DropNewest, Overflow::DropOldest, Overflow::Block];

#[derive(Clone, Debug)]
enum Op {
    /// A subscriber comes; its pipe has so much room.
    Attach(usize),
    Detach(usize),
    /// A message of this topic.
    Send(u8),
    /// So many messages travel to a subscriber, in one batch.
    Travel(usize, usize),
    /// A subscriber receives so many.
    Recv(usize, usize),
    Subscribe(usize, Vec<u8>),
    Unsubscribe(usize, Vec<u8>),
    /// A subscriber sends, which it must not.
    Speak(usize),
    Policy(Overflow),
}

fn op() -> impl Strategy<Value = Op> {
    let who = 0..64_usize;
    let topic = prop_oneof![
        Just(Vec::new()),
        (0..3_u8).prop_map(|topic| vec![topic]),
        (0..3_u8, Just(0)).prop_map(|(topic, next)| vec![topic, next]),
        (0..3_u8, Just(9)).prop_map(|(topic, next)| vec![topic, next]),
    ];
    prop_oneof![
        2 => (1..5_usize).prop_map(Op::Attach),
        1 => who.clone().prop_map(Op::Detach),
        8 => (0..3_u8).prop_map(Op::Send),
        5 => (who.clone(), 1..5_usize).prop_map(|(who, n)| Op::Travel(who, n)),
        5 => (who.clone(), 1..5_usize).prop_map(|(who, n)| Op::Recv(who, n)),
        4 => (who.clone(), topic.clone()).prop_map(|(who, topic)| Op::Subscribe(who, topic)),
        2 => (who.clone(), topic).prop_map(|(who, topic)| Op::Unsubscribe(who, topic)),
        1 => who.prop_map(Op::Speak),
        1 => prop::sample::select(&POLICIES[..]).prop_map(Op::Policy),
    ]
}

/// One subscriber and its pipe: the queue of PUB's side, what was offered to SUB, and what it took.
#[derive(Default)]
struct Peer {
    sub: Sub,
    world: RecordingEffects,
    limit: usize,
    queue: VecDeque<Vec<u8>>,
    /// What PUB keeps until the pipe has room.
    kept: VecDeque<Vec<u8>>,
    /// Offered and left, so that nothing more travels until it is resumed.
    paused: VecDeque<Vec<u8>>,
    held: VecDeque<Vec<u8>>,
    topics: Vec<Vec<u8>>,
    full: bool,
    ended: bool,
}

impl Peer {
    fn new(limit: usize) -> Self {
        let mut peer = Self {
            limit,
            ..Self::default()
        };
        let info = info(ProtocolId::PUB, Priority::default());
        let attached = peer.sub.attach(pipe(1), &info, &mut peer.world.cx());
        attached.unwrap();
        peer
    }

    fn wants(&self, body: &[u8]) -> bool {
        self.topics.iter().any(|topic| body.starts_with(topic))
    }

    /// Offers what is paused, or the next of the queue.
    fn offer(&mut self, batch: VecDeque<Vec<u8>>) {
        let mut inbox = Inbox::new();
        inbox.extend(batch.iter().map(|body| Message::copy_from_slice(body)));
        let cx = &mut self.world.cx();
        self.sub.on_batch(pipe(1), &mut inbox, cx);
        let (wanted, other): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|body| self.wants(body));
        let mut expected = Vec::new();
        if !other.is_empty() {
            let (cause, count) = (DropCause::Unsubscribed, other.len() as u64);
            expected.push(Effect::Drop(Some(pipe(1)), cause, count));
        }
        if self.held.is_empty() && !wanted.is_empty() {
            expected.push(Effect::Wake(CtxId::MAIN));
        }
        assert_eq!(self.world.take(), expected);
        let takes = self.held.is_empty();
        assert_eq!(inbox.len(), if takes { 0 } else { wanted.len() });
        if takes {
            self.held = wanted.into();
        } else {
            self.paused = wanted.into();
        }
    }

    fn recv(&mut self) {
        let received = self.sub.recv(CtxId::MAIN, &mut self.world.cx());
        let expected = self.held.pop_front();
        assert_eq!(received.is_err(), expected.is_none());
        let Some(body) = expected else {
            assert_eq!(received, Err(Verdict::Wait));
            return;
        };
        assert_eq!(received.unwrap().body(), body);
        if self.held.is_empty() {
            assert_eq!(self.world.take(), [Effect::Resume(pipe(1))]);
            let again = std::mem::take(&mut self.paused);
            if !again.is_empty() {
                self.offer(again);
            }
        }
    }
}

#[derive(Default)]
struct World {
    publisher: Pub,
    fx: RecordingEffects,
    peers: BTreeMap<PipeId, Peer>,
    policy: Overflow,
    born: u32,
    sent: u8,
}

impl World {
    fn some(&self, which: usize) -> Option<PipeId> {
        let count = self.peers.len();
        (count > 0).then(|| *self.peers.keys().nth(which % count).unwrap())
    }

    fn must_wait(&self) -> bool {
        let mut live = self.peers.values().filter(|peer| !peer.ended);
        self.policy == Overflow::Block && live.any(|peer| peer.full)
    }

    /// Calls the machine; it wakes exactly when a send need not wait any more.
    fn tells(&mut self, change: impl FnOnce(&mut Self)) -> Vec<Effect> {
        let before = self.must_wait();
        change(self);
        let after = self.must_wait();
        assert_eq!(self.publisher.ready(CtxId::MAIN).send, !after);
        let mut effects = self.fx.take();
        let wakes = effects.len();
        effects.retain(|effect| *effect != Effect::Wake(CtxId::MAIN));
        assert_eq!(wakes - effects.len(), usize::from(before && !after));
        effects
    }

    fn send(&mut self, topic: u8) {
        let body = vec![topic, self.sent];
        self.sent = self.sent.wrapping_add(1);
        let waits = self.must_wait();
        let mut message = Some(Message::copy_from_slice(&body));
        let cx = &mut self.fx.cx();
        let sent = self.publisher.send(CtxId::MAIN, &mut message, cx);
        let mut effects = self.fx.take();
        if waits {
            assert_eq!((sent, message.is_some()), (Err(Verdict::Wait), true));
            assert_eq!(effects, []);
            return;
        }
        assert_eq!((sent, message), (Ok(()), None));
        let mut expected = Vec::new();
        for (to, peer) in self.peers.iter_mut().filter(|(_, peer)| !peer.ended) {
            if peer.full {
                let loses = if self.policy == Overflow::DropOldest {
                    peer.kept.push_back(body.clone());
                    peer.kept.len() > HELD_MESSAGES_MAX
                } else {
                    true
                };
                if loses {
                    expected.push(Effect::Drop(Some(*to), DropCause::Overflow, 1));
                }
                if peer.kept.len() > HELD_MESSAGES_MAX {
                    peer.kept.pop_front();
                }
                continue;
            }
            expected.push(Effect::Push(*to, Message::copy_from_slice(&body)));
            peer.queue.push_back(body.clone());
            peer.full = peer.queue.len() >= peer.limit;
        }
        if self.peers.values().all(|peer| peer.ended) {
            expected.push(Effect::Drop(None, DropCause::NoPeer, 1));
        }
        effects.sort_by_key(|effect| match effect {
            Effect::Push(pipe, _) | Effect::Drop(Some(pipe), _, _) => Some(*pipe),
            _ => None,
        });
        assert_eq!(effects, expected);
    }

    fn travel(&mut self, who: PipeId, count: usize) {
        let peer = self.peers.get_mut(&who).unwrap();
        if !peer.paused.is_empty() || peer.queue.is_empty() {
            return;
        }
        let count = count.min(peer.queue.len());
        let batch = peer.queue.drain(..count).collect();
        peer.offer(batch);
        let room = peer.limit - peer.queue.len();
        self.fx.set_room(who, room);
        if peer.full {
            // What was kept goes first, and may fill the pipe again.
            let served: Vec<_> = peer.kept.drain(..room.min(peer.kept.len())).collect();
            let pushes = served
                .iter()
                .map(|body| Effect::Push(who, Message::from(body)));
            let pushes: Vec<_> = pushes.collect();
            let effects = self.tells(|world| {
                let peer = world.peers.get_mut(&who).unwrap();
                peer.queue.extend(served);
                peer.full = peer.queue.len() >= peer.limit;
                world.publisher.on_writable(who, &mut world.fx.cx());
            });
            // A pipe that was ended is given nothing more.
            assert_eq!(effects, pushes);
        }
    }

    fn speak(&mut self, who: PipeId) {
        let mut inbox = Inbox::new();
        inbox.push(Message::from("me too"));
        let known = !self.peers[&who].ended;
        let kept = std::mem::take(&mut self.peers.get_mut(&who).unwrap().kept);
        let effects = self.tells(|world| {
            world.peers.get_mut(&who).unwrap().ended = true;
            let cx = &mut world.fx.cx();
            world.publisher.on_batch(who, &mut inbox, cx);
        });
        assert_eq!(
            (effects.len(), inbox.is_empty()),
            (
                2 * usize::from(known) + usize::from(!kept.is_empty()),
                known
            )
        );
    }

    fn step(&mut self, op: Op) {
        self.act(op);
        let kept = self.peers.values().map(|peer| peer.kept.len() as u64);
        assert_eq!(self.publisher.held().messages, kept.sum::<u64>());
    }

    fn act(&mut self, op: Op) {
        match op {
            Op::Attach(room) => {
                self.born += 1;
                let who = pipe(self.born);
                self.fx.set_room(who, room);
                let effects = self.tells(|world| {
                    world.peers.insert(who, Peer::new(room));
                    let info = info(ProtocolId::SUB, Priority::default());
                    let cx = &mut world.fx.cx();
                    world.publisher.attach(who, &info, cx).unwrap();
                });
                assert_eq!(effects, []);
            }
            Op::Send(topic) => self.send(topic),
            Op::Policy(policy) => {
                let effects = self.tells(|world| {
                    world.policy = policy;
                    world.publisher.set_overflow(policy, &mut world.fx.cx());
                });
                assert_eq!(effects, []);
            }
            Op::Detach(who)
            | Op::Travel(who, _)
            | Op::Recv(who, _)
            | Op::Subscribe(who, _)
            | Op::Unsubscribe(who, _)
            | Op::Speak(who) => {
                if let Some(who) = self.some(who) {
                    self.step_of(who, op);
                }
            }
        }
    }

    fn step_of(&mut self, who: PipeId, op: Op) {
        let peer = self.peers.get_mut(&who).unwrap();
        match op {
            Op::Travel(_, count) => self.travel(who, count),
            Op::Speak(_) => self.speak(who),
            Op::Recv(_, count) => (0..count).for_each(|_| peer.recv()),
            Op::Subscribe(_, topic) => {
                peer.sub.subscribe(&topic).unwrap();
                peer.topics.push(topic);
            }
            Op::Unsubscribe(_, topic) => {
                let there = peer.topics.iter().position(|one| *one == topic);
                assert_eq!(peer.sub.unsubscribe(&topic).is_ok(), there.is_some());
                there.map(|at| peer.topics.swap_remove(at));
            }
            _ => {
                let kept = peer.kept.len() as u64;
                let effects = self.tells(|world| {
                    let peer = world.peers.remove(&who).unwrap();
                    let mut unsent = peer.queue.iter().map(|body| Message::copy_from_slice(body));
                    let (count, cx) = (unsent.len(), &mut world.fx.cx());
                    let mut unsent = &mut unsent;
                    world
                        .publisher
                        .detach(who, &mut Unsent::new(&mut unsent), cx);
                    assert_eq!(unsent.len(), count, "left to the driver");
                });
                let lost = Effect::Drop(Some(who), DropCause::PipeLost, kept);
                assert_eq!(effects, Vec::from_iter((kept > 0).then_some(lost)));
            }
        }
    }
}

proptest! {
    /// rfc: sp-pubsub B-05, B-06, B-07, B-08, B-10, B-12, B-13, B-15, B-16, B-17, B-19, B-20,
    /// B-21, B-24, B-27, B-32, B-33, B-34
    #[test]
    fn each_message_ends_in_one_way_for_each_peer(script in prop::collection::vec(op(), 0..300)) {
        let mut world = World::default();
        script.into_iter().for_each(|op| world.step(op));
    }
}
