//! What `Distribute` promises, against a model: everybody who can take a message gets it, and what
//! a full pipe misses, or is held for it, is what the policy says. Obeys `rfc/sp-pubsub.md`
//! section 3.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use speedwell_pipeset::{Distribute, HELD_MESSAGES_MAX, HELD_OCTETS_MAX, Overflow};
use speedwell_protocol::{DropCause, Message, PipeId, Verdict};
use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};

const POLICIES: [Overflow; 3] = [Overflow::DropNewest, Overflow::DropOldest, Overflow::Block];

#[derive(Clone, Debug)]
enum Op {
    Insert(u32, usize),
    Remove(u32),
    Drain(u32, usize),
    /// So many messages of this size, to all but one.
    Push(Option<u32>, usize, usize),
    Policy(Overflow),
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    let size = prop_oneof![9 => 0..100_usize, 1 => 20_000..90_000_usize];
    let count = prop_oneof![9 => Just(1), 1 => 1..80_usize];
    prop_oneof![
        6 => (0..8_u32, 1..5_usize).prop_map(|(n, room)| Op::Insert(n, room)),
        2 => (0..8_u32).prop_map(Op::Remove),
        6 => (0..8_u32, 1..9_usize).prop_map(|(n, room)| Op::Drain(n, room)),
        12 => (prop::option::of(0..8_u32), size, count)
            .prop_map(|(except, size, count)| Op::Push(except, size, count)),
        2 => prop::sample::select(&POLICIES[..]).prop_map(Op::Policy),
        1 => Just(Op::Close),
    ]
}

/// What a pipe has room for, and what should be held for it, by number and size.
#[derive(Default)]
struct Reader {
    room: usize,
    held: VecDeque<(u32, usize)>,
}

impl Reader {
    fn octets(&self) -> u64 {
        self.held.iter().map(|(_, size)| 4 + *size as u64).sum()
    }
}

#[derive(Default)]
struct World {
    set: Distribute,
    fx: RecordingEffects,
    readers: BTreeMap<PipeId, Reader>,
    policy: Overflow,
    sent: u32,
}

fn message(number: u32, size: usize) -> Message {
    Message::with_header(&number.to_be_bytes(), vec![0; size].into())
}

fn dropped(pipe: PipeId, cause: DropCause, count: usize) -> Option<Effect> {
    (count > 0).then(|| Effect::Drop(Some(pipe), cause, count as u64))
}

impl World {
    fn is_blocked(&self) -> bool {
        self.policy == Overflow::Block && self.readers.values().any(|reader| reader.room == 0)
    }

    /// What the call did, in the order of pipes.
    fn effects(&mut self) -> Vec<Effect> {
        let mut effects = self.fx.take();
        effects.sort_by_key(|effect| match effect {
            Effect::Push(pipe, _) | Effect::Drop(Some(pipe), _, _) => Some(*pipe),
            _ => None,
        });
        effects
    }

    fn push(&mut self, except: Option<PipeId>, size: usize) {
        self.sent += 1;
        let mut given = Some(message(self.sent, size));
        if self.is_blocked() {
            let pushed = self.set.push(&mut given, except, &mut self.fx.cx());
            assert_eq!((pushed, given.is_some()), (Err(Verdict::Wait), true));
            return assert_eq!(self.fx.take(), []);
        }
        let mut expected = Vec::new();
        let mut takers = Vec::new();
        for (to, reader) in self
            .readers
            .iter_mut()
            .filter(|(to, _)| Some(**to) != except)
        {
            if reader.room > 0 {
                reader.room -= 1;
                takers.push(*to);
                expected.push(Effect::Push(*to, message(self.sent, size)));
            } else if self.policy == Overflow::DropOldest {
                takers.push(*to);
                reader.held.push_back((self.sent, size));
                let before = reader.held.len();
                while reader.held.len() > HELD_MESSAGES_MAX
                    || (reader.held.len() > 1 && reader.octets() > HELD_OCTETS_MAX)
                {
                    reader.held.pop_front();
                }
                let lost = before - reader.held.len();
                expected.extend(dropped(*to, DropCause::Overflow, lost));
            } else {
                expected.extend(dropped(*to, DropCause::Overflow, 1));
            }
        }
        let heard = self.readers.keys().filter(|to| Some(**to) != except);
        if heard.count() == 0 {
            expected.push(Effect::Drop(None, DropCause::NoPeer, 1));
        }
        let mut told: Vec<_> = self.set.takers().filter(|to| Some(*to) != except).collect();
        told.sort();
        assert_eq!(told, takers);
        let pushed = self.set.push(&mut given, except, &mut self.fx.cx());
        assert_eq!((pushed, given), (Ok(()), None));
        assert_eq!(self.effects(), expected);
    }

    /// What is held goes first, as far as there is room.
    fn drain(&mut self, to: PipeId, room: usize) {
        let was_blocked = self.is_blocked();
        self.fx.set_room(to, room);
        let mut expected = Vec::new();
        if let Some(reader) = self.readers.get_mut(&to) {
            reader.room = room;
            while reader.room > 0 {
                let Some((number, size)) = reader.held.pop_front() else {
                    break;
                };
                reader.room -= 1;
                expected.push(Effect::Push(to, message(number, size)));
            }
        }
        let freed = self.set.on_writable(to, &mut self.fx.cx());
        assert_eq!(self.fx.take(), expected);
        assert_eq!(freed, was_blocked && !self.is_blocked());
    }

    fn step(&mut self, op: &Op) {
        let was_blocked = self.is_blocked();
        match *op {
            Op::Insert(n, room) => {
                let new = !self.readers.contains_key(&pipe(n));
                assert_eq!(self.set.insert(pipe(n)), new);
                if new {
                    self.fx.set_room(pipe(n), room);
                    let held = VecDeque::new();
                    self.readers.insert(pipe(n), Reader { room, held });
                }
            }
            Op::Remove(n) => {
                let removed = self.readers.remove(&pipe(n)).unwrap_or_default();
                let freed = self.set.remove(pipe(n), &mut self.fx.cx());
                let lost = dropped(pipe(n), DropCause::PipeLost, removed.held.len());
                assert_eq!(self.fx.take(), Vec::from_iter(lost));
                assert_eq!(freed, was_blocked && !self.is_blocked());
            }
            Op::Drain(n, room) => self.drain(pipe(n), room),
            Op::Push(except, size, count) => {
                (0..count).for_each(|_| self.push(except.map(pipe), size));
            }
            Op::Policy(policy) => {
                self.policy = policy;
                let freed = self.set.set_overflow(self.policy);
                assert_eq!(freed, was_blocked && !self.is_blocked());
            }
            Op::Close => {
                let mut expected = Vec::new();
                for (to, reader) in &mut self.readers {
                    expected.extend(dropped(*to, DropCause::Closed, reader.held.len()));
                    reader.held.clear();
                }
                self.set.close(&mut self.fx.cx());
                assert_eq!(self.effects(), expected);
            }
        }
    }

    fn check(&self) {
        let mut pipes: Vec<_> = self.set.iter().collect();
        pipes.sort();
        assert!(pipes.iter().eq(self.readers.keys()));
        assert_eq!(self.set.is_blocked(), self.is_blocked());
        let (held, readers) = (self.set.held(), self.readers.values());
        let messages = readers.clone().map(|reader| reader.held.len() as u64);
        assert_eq!(held.messages, messages.sum::<u64>());
        assert_eq!(held.octets, readers.map(Reader::octets).sum::<u64>());
    }
}

proptest! {
    /// rfc: sp-pubsub B-05, B-06, B-07, B-08, B-09, B-10, B-32, B-33, B-34
    #[test]
    fn everybody_gets_every_message_or_it_is_held_or_counted(
        script in prop::collection::vec(op(), 0..100),
    ) {
        let mut world = World::default();
        for op in &script {
            world.step(op);
            world.check();
        }
    }
}

#[test]
fn a_large_body_is_shared_and_not_copied() {
    // rfc: sp-pubsub B-11
    let (mut set, mut world) = (Distribute::new(), RecordingEffects::new());
    set.set_overflow(Overflow::DropOldest);
    (1..4).for_each(|n| assert!(set.insert(pipe(n))));
    world.set_room(pipe(3), 1);
    let message = Message::from(vec![0; 100_000]);
    let mut bodies = Vec::new();
    for _ in 0..2 {
        set.push(&mut Some(message.clone()), None, &mut world.cx())
            .unwrap();
    }
    world.set_room(pipe(3), 1);
    set.on_writable(pipe(3), &mut world.cx());
    for effect in world.take() {
        let Effect::Push(_, copy) = effect else {
            panic!("unexpected {effect}")
        };
        bodies.push(copy.body().as_ptr());
    }
    assert_eq!(bodies, [message.body().as_ptr(); 6]);
}
