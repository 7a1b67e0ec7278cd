//! What `Distribute` promises: everybody who can take a message gets it, and nobody else; what a
//! full pipe misses is counted.

use std::collections::BTreeMap;

use proptest::prelude::*;
use speedwell_pipeset::{Distribute, Tally};
use speedwell_protocol::{DropCause, Message};
use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};

#[derive(Clone, Debug)]
enum Op {
    Insert(u32, usize),
    Remove(u32),
    Drain(u32, usize),
    Push(Option<u32>),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (0..8_u32, 1..5_usize).prop_map(|(n, room)| Op::Insert(n, room)),
        1 => (0..8_u32).prop_map(Op::Remove),
        2 => (0..8_u32, 1..5_usize).prop_map(|(n, room)| Op::Drain(n, room)),
        6 => prop::option::of(0..8_u32).prop_map(Op::Push),
    ]
}

/// The rooms of the pipes decide everything.
fn step(
    set: &mut Distribute,
    world: &mut RecordingEffects,
    rooms: &mut BTreeMap<u32, usize>,
    op: &Op,
) {
    match *op {
        Op::Insert(n, room) => {
            let new = !rooms.contains_key(&n);
            assert_eq!(set.insert(pipe(n)), new);
            if new {
                world.set_room(pipe(n), room);
                rooms.insert(n, room);
            }
        }
        Op::Remove(n) => assert_eq!(set.remove(pipe(n)), rooms.remove(&n).is_some()),
        Op::Drain(n, room) => {
            let known = rooms.get_mut(&n).map(|left| *left = room).is_some();
            world.set_room(pipe(n), room);
            assert_eq!(set.on_writable(pipe(n)), known);
        }
        Op::Push(except) => {
            let message = Message::from("news");
            let tally = set.push_all(&message, except.map(pipe), &mut world.cx());
            let (mut expected, mut counts) = (Vec::new(), Tally::default());
            for (n, room) in rooms.iter_mut().filter(|(n, _)| Some(**n) != except) {
                if *room > 0 {
                    *room -= 1;
                    counts.pushed += 1;
                    expected.push(Effect::Push(pipe(*n), message.clone()));
                } else {
                    counts.dropped += 1;
                    expected.push(Effect::Drop(Some(pipe(*n)), DropCause::Overflow, 1));
                }
            }
            let mut effects = world.take();
            effects.sort_by_key(|effect| match effect {
                Effect::Push(pipe, _) | Effect::Drop(Some(pipe), _, _) => *pipe,
                other => panic!("unexpected {other}"),
            });
            assert_eq!((tally, effects), (counts, expected));
        }
    }
}

proptest! {
    #[test]
    fn everybody_with_room_gets_every_message(script in prop::collection::vec(op(), 0..200)) {
        let (mut set, mut world) = (Distribute::new(), RecordingEffects::new());
        let mut rooms = BTreeMap::new();
        for op in &script {
            step(&mut set, &mut world, &mut rooms, op);
            let mut pipes: Vec<_> = set.iter().collect();
            pipes.sort();
            prop_assert!(pipes.into_iter().eq(rooms.keys().map(|n| pipe(*n))));
            let full = rooms.values().any(|room| *room == 0);
            prop_assert_eq!(set.is_any_full(), full);
            prop_assert_eq!((set.len(), set.is_empty()), (rooms.len(), rooms.is_empty()));
        }
    }
}

#[test]
fn a_large_body_is_shared_and_not_copied() {
    let (mut set, mut world) = (Distribute::new(), RecordingEffects::new());
    set.insert(pipe(1));
    set.insert(pipe(2));
    let message = Message::from(vec![0; 100_000]);
    set.push_all(&message, None, &mut world.cx());
    for effect in world.take() {
        let Effect::Push(_, copy) = effect else {
            panic!("unexpected {effect}")
        };
        assert_eq!(copy.body().as_ptr(), message.body().as_ptr());
    }
}
