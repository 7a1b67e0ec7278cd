//! What `LoadBalance` promises, judged from outside: each push against the rules of
//! `rfc/sp-pipeline.md` section 3, not against another implementation of them.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use speedwell_pipeset::LoadBalance;
use speedwell_protocol::{Message, PipeId, Priority};
use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};

#[derive(Clone, Debug)]
enum Op {
    Insert(u32, u8, usize),
    Remove(u32),
    Move(u32, u8),
    Drain(u32, usize),
    Block(u32),
    Push,
    Pick,
}

fn op() -> impl Strategy<Value = Op> {
    let pipe = 0..10_u32;
    let level = prop_oneof![Just(1_u8), Just(2), Just(16)];
    prop_oneof![
        3 => (pipe.clone(), level.clone(), 1..6_usize).prop_map(|(n, p, r)| Op::Insert(n, p, r)),
        1 => pipe.clone().prop_map(Op::Remove),
        1 => (pipe.clone(), level).prop_map(|(n, p)| Op::Move(n, p)),
        4 => (pipe.clone(), 1..6_usize).prop_map(|(n, r)| Op::Drain(n, r)),
        1 => pipe.prop_map(Op::Block),
        12 => Just(Op::Push),
        1 => Just(Op::Pick),
    ]
}

/// What an onlooker knows of a pipe.
#[derive(Debug)]
struct Seen {
    level: u8,
    writable: bool,
    /// When it became writable, or came to its level.
    ready_since: u64,
    last_turn: Option<u64>,
}

#[derive(Default)]
struct Onlooker {
    now: u64,
    pipes: BTreeMap<PipeId, Seen>,
}

impl Onlooker {
    /// Judges the turn of `chosen`; `None` says that nobody was chosen.
    fn turn(&mut self, chosen: Option<PipeId>) {
        let writable = || self.pipes.values().filter(|seen| seen.writable);
        let Some(chosen) = chosen else {
            assert_eq!(writable().count(), 0, "a writable pipe was passed over");
            return;
        };
        let seen = &self.pipes[&chosen];
        assert!(seen.writable, "{chosen:?} was not writable");
        let best = writable().map(|seen| seen.level).min();
        assert_eq!(
            best,
            Some(seen.level),
            "{chosen:?} is not of the best level"
        );
        if let Some(last) = seen.last_turn {
            for (pipe, other) in &self.pipes {
                let waited = other.writable && other.level == seen.level;
                let waited = waited && other.ready_since <= last && *pipe != chosen;
                let served = other.last_turn > Some(last);
                assert!(served || !waited, "{chosen:?} twice, {pipe:?} not once");
            }
        }
        self.pipes.get_mut(&chosen).unwrap().last_turn = Some(self.now);
    }

    fn ready(&mut self, pipe: PipeId, writable: bool) {
        let now = self.now;
        if let Some(seen) = self.pipes.get_mut(&pipe) {
            if writable && !seen.writable {
                seen.ready_since = now;
            }
            seen.writable = writable;
        }
    }
}

fn priority(level: u8) -> Priority {
    Priority::new(level).unwrap()
}

/// One step; says which message was accepted by which pipe.
fn step(
    set: &mut LoadBalance,
    world: &mut RecordingEffects,
    onlooker: &mut Onlooker,
    op: &Op,
) -> Option<(PipeId, u64)> {
    onlooker.now += 1;
    let now = onlooker.now;
    match *op {
        Op::Insert(n, level, room) => {
            let new = !onlooker.pipes.contains_key(&pipe(n));
            assert_eq!(set.insert(pipe(n), priority(level)), new);
            if new {
                world.set_room(pipe(n), room);
                let (writable, last_turn) = (true, None);
                let seen = Seen {
                    level,
                    writable,
                    ready_since: now,
                    last_turn,
                };
                onlooker.pipes.insert(pipe(n), seen);
            }
        }
        Op::Remove(n) => {
            assert_eq!(
                set.remove(pipe(n)),
                onlooker.pipes.remove(&pipe(n)).is_some()
            );
        }
        Op::Move(n, level) => {
            let seen = onlooker.pipes.get_mut(&pipe(n));
            assert_eq!(set.set_priority(pipe(n), priority(level)), seen.is_some());
            // Whoever is told the level it has keeps its turn.
            seen.into_iter()
                .filter(|seen| seen.level != level)
                .for_each(|seen| (seen.level, seen.ready_since) = (level, now));
        }
        Op::Drain(n, room) => {
            world.set_room(pipe(n), room);
            assert_eq!(
                set.on_writable(pipe(n)),
                onlooker.pipes.contains_key(&pipe(n))
            );
            onlooker.ready(pipe(n), true);
        }
        Op::Block(n) => {
            set.set_writable(pipe(n), false);
            onlooker.ready(pipe(n), false);
        }
        Op::Pick => onlooker.turn(set.pick()),
        Op::Push => {
            let message = Message::from(now.to_be_bytes());
            let mut place = Some(message.clone());
            let chosen = set.push(&mut place, &mut world.cx());
            assert_eq!(place, chosen.is_none().then_some(message));
            onlooker.turn(chosen);
            chosen
                .into_iter()
                .for_each(|pipe| onlooker.ready(pipe, !world.is_full(pipe)));
            return chosen.map(|pipe| (pipe, now));
        }
    }
    None
}

proptest! {
    /// rfc: sp-pipeline L-05, L-06, L-07
    #[test]
    fn each_push_obeys_the_rules(script in prop::collection::vec(op(), 0..400)) {
        let mut set = LoadBalance::new();
        let (mut world, mut onlooker) = (RecordingEffects::new(), Onlooker::default());
        let mut accepted = Vec::new();
        for op in &script {
            accepted.extend(step(&mut set, &mut world, &mut onlooker, op));
            prop_assert_eq!(set.len(), onlooker.pipes.len());
            prop_assert_eq!(set.is_writable(), onlooker.pipes.values().any(|seen| seen.writable));
            let mut pipes: Vec<_> = set.iter().collect();
            pipes.sort();
            prop_assert!(pipes.iter().eq(onlooker.pipes.keys()));
        }
        let expected: Vec<_> = accepted.iter()
            .map(|(pipe, now)| Effect::Push(*pipe, Message::from(now.to_be_bytes())))
            .collect();
        prop_assert_eq!(world.log(), expected, "lost, doubled, or an effect of another kind");
    }
}

#[test]
fn falls_back_to_a_lower_level_and_returns_at_once() {
    // rfc: sp-pipeline L-05
    let (mut set, mut world) = (LoadBalance::new(), RecordingEffects::new());
    world.set_room(pipe(1), 1);
    set.insert(pipe(1), priority(3));
    set.insert(pipe(2), priority(12));
    let push = |set: &mut LoadBalance, world: &mut RecordingEffects| {
        set.push(&mut Some(Message::new()), &mut world.cx())
            .unwrap()
    };
    assert_eq!(push(&mut set, &mut world), pipe(1));
    assert_eq!(push(&mut set, &mut world), pipe(2));
    world.set_room(pipe(1), 1);
    set.on_writable(pipe(1));
    assert_eq!(push(&mut set, &mut world), pipe(1));
    assert_eq!(push(&mut set, &mut world), pipe(2));
}

#[test]
fn ten_thousand_pipes_share_evenly() {
    // rfc: sp-pipeline L-06
    let (mut set, mut world) = (LoadBalance::new(), RecordingEffects::new());
    for n in 0..10_000 {
        assert!(set.insert(pipe(n), Priority::default()));
    }
    let mut count: BTreeMap<PipeId, u32> = BTreeMap::new();
    for _ in 0..30_000 {
        *count
            .entry(
                set.push(&mut Some(Message::new()), &mut world.cx())
                    .unwrap(),
            )
            .or_default() += 1;
    }
    assert_eq!(count.len(), 10_000);
    assert!(count.values().all(|turns| *turns == 3));
    assert!((0..10_000).all(|n| set.remove(pipe(n))));
    assert!(set.is_empty() && !set.is_writable());
}
