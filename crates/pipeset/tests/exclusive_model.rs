//! What `Exclusive` promises, against a model that is a few queues: one pipe and no other, and what
//! a pipe gives back goes to the next before anything new. Obeys `rfc/sp-pair.md` sections 3 and 4.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;

use proptest::prelude::*;
use speedwell_pipeset::Exclusive;
use speedwell_protocol::{Message, Reject, Unsent};
use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};

#[derive(Clone, Debug)]
enum Op {
    /// A pipe comes, with room for so many messages.
    Insert(u32, usize),
    /// A pipe goes, after so many of its messages have left.
    Remove(u32, usize),
    /// A pipe has room for so many more; it is told whether it was full or not.
    Writable(u32, usize),
    Push,
    Clear,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0..3_u32, 1..4_usize).prop_map(|(n, room)| Op::Insert(n, room)),
        3 => (0..3_u32, 0..3_usize).prop_map(|(n, left)| Op::Remove(n, left)),
        3 => (0..3_u32, 1..4_usize).prop_map(|(n, room)| Op::Writable(n, room)),
        8 => Just(Op::Push),
        1 => Just(Op::Clear),
    ]
}

/// The one pipe, what it has accepted, and what waits for a pipe.
#[derive(Default)]
struct Model {
    holder: Option<u32>,
    room: usize,
    accepted: VecDeque<u64>,
    waiting: VecDeque<u64>,
}

impl Model {
    /// What the pipe is given when it takes messages.
    fn serve(&mut self) -> Vec<Effect> {
        let n = self.holder.unwrap();
        let count = self.waiting.len().min(self.room);
        self.room -= count;
        let served: Vec<_> = self.waiting.drain(..count).collect();
        self.accepted.extend(&served);
        served
            .iter()
            .map(|number| Effect::Push(pipe(n), message(*number)))
            .collect()
    }

    fn is_open(&self) -> bool {
        self.holder.is_some() && self.room > 0
    }
}

fn message(number: u64) -> Message {
    Message::from(number.to_be_bytes())
}

fn step(peer: &mut Exclusive, world: &mut RecordingEffects, model: &mut Model, now: u64, op: &Op) {
    let mut expected = Vec::new();
    match *op {
        Op::Insert(n, room) if model.holder.is_none() => {
            world.set_room(pipe(n), room);
            (model.holder, model.room) = (Some(n), room);
            assert_eq!(peer.insert(pipe(n), &mut world.cx()), Ok(()));
            expected = model.serve();
        }
        Op::Insert(n, _) => {
            assert_eq!(peer.insert(pipe(n), &mut world.cx()), Err(Reject::Occupied));
        }
        Op::Remove(n, left) => {
            let known = model.holder == Some(n);
            let mut unsent = std::mem::take(&mut model.accepted);
            unsent.drain(..left.min(unsent.len()));
            let mut source = unsent.clone().into_iter().map(message);
            let removed = peer.remove(pipe(n), &mut Unsent::new(&mut source), &mut world.cx());
            assert_eq!(removed, known);
            assert_eq!(source.len(), if known { 0 } else { unsent.len() });
            if known {
                model.holder = None;
                unsent.append(&mut model.waiting);
                model.waiting = unsent;
            } else {
                model.accepted = unsent;
            }
        }
        Op::Writable(n, room) => {
            let was_full = model.holder == Some(n) && model.room == 0;
            if model.holder == Some(n) {
                world.set_room(pipe(n), room);
                model.room = room;
            }
            assert_eq!(peer.on_writable(pipe(n), &mut world.cx()), was_full);
            if was_full {
                expected = model.serve();
            }
        }
        Op::Push => {
            let (open, mut given) = (model.is_open(), Some(message(now)));
            assert_eq!(peer.push(&mut given, &mut world.cx()), open);
            assert_eq!(given.is_none(), open, "taken, or left to the caller");
            if open {
                model.room -= 1;
                model.accepted.push_back(now);
                expected = vec![Effect::Push(pipe(model.holder.unwrap()), message(now))];
            }
        }
        Op::Clear => {
            assert_eq!(peer.clear().messages, model.waiting.len() as u64);
            model.waiting.clear();
        }
    }
    assert_eq!(world.take(), expected);
}

proptest! {
    /// rfc: sp-pair P-06, P-07, P-08, P-09, P-10, P-11, P-12, P-13, P-19, P-22
    #[test]
    fn one_pipe_and_no_other(script in prop::collection::vec(op(), 0..200)) {
        let (mut peer, mut world) = (Exclusive::new(), RecordingEffects::new());
        let mut model = Model::default();
        for (now, op) in (0..).zip(&script) {
            step(&mut peer, &mut world, &mut model, now, op);
            prop_assert_eq!(peer.pipe(), model.holder.map(pipe));
            prop_assert_eq!(peer.is_writable(), model.is_open());
            let waiting = model.waiting.len() as u64;
            prop_assert_eq!((peer.held().messages, peer.held().octets), (waiting, 8 * waiting));
        }
    }
}

#[test]
fn nothing_is_pushed_when_there_is_no_message() {
    let (mut peer, mut world) = (Exclusive::new(), RecordingEffects::new());
    assert!(!peer.push(&mut None, &mut world.cx()));
    peer.insert(pipe(1), &mut world.cx()).unwrap();
    assert!(peer.push(&mut None, &mut world.cx()) && peer.is_writable());
    assert_eq!(
        (peer.pipe(), world.take()),
        (Some(pipe(1)), Vec::<Effect>::new())
    );
}
