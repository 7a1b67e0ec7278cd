//! The ring of turns against a queue that is searched and shifted. Obeys `rfc/sp-pipeline.md`
//! section 3.

use proptest::prelude::*;
use speedwell_testkit::effects::pipe;

use super::*;

/// Members by level; in each level, who waits longest stands first.
#[derive(Default)]
struct Naive {
    members: Vec<(u32, u8)>,
    waiting: Vec<(u32, u8)>,
}

impl Naive {
    fn join(&mut self, n: u32) {
        let member = self.members.iter().find(|(m, _)| *m == n).copied();
        if let Some(member) = member.filter(|_| !self.waiting.iter().any(|(w, _)| *w == n)) {
            self.waiting.push(member);
        }
    }

    fn rest(&mut self, n: u32) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|(w, _)| *w != n);
        self.waiting.len() < before
    }

    fn next(&self) -> Option<u32> {
        let best = self.waiting.iter().map(|(_, level)| *level).min()?;
        self.waiting
            .iter()
            .find(|(_, level)| *level == best)
            .map(|(n, _)| *n)
    }
}

#[derive(Clone, Debug)]
enum Op {
    Insert(u32, u8),
    Remove(u32),
    Join(u32),
    Rest(u32),
    Advance,
    Move(u32, u8),
}

fn op() -> impl Strategy<Value = Op> {
    let (pipe, level) = (
        0..12_u32,
        prop_oneof![Just(1_u8), Just(8), Just(9), Just(16)],
    );
    prop_oneof![
        3 => (pipe.clone(), level.clone()).prop_map(|(n, p)| Op::Insert(n, p)),
        1 => pipe.clone().prop_map(Op::Remove),
        6 => pipe.clone().prop_map(Op::Join),
        2 => pipe.clone().prop_map(Op::Rest),
        8 => Just(Op::Advance),
        1 => (pipe, level).prop_map(|(n, p)| Op::Move(n, p)),
    ]
}

fn step(turns: &mut Turns<u32>, naive: &mut Naive, op: &Op) {
    match *op {
        Op::Insert(n, level) => {
            let new = !naive.members.iter().any(|(m, _)| *m == n);
            assert_eq!(turns.insert(pipe(n), Priority::new(level).unwrap(), n), new);
            naive.members.extend(new.then_some((n, level)));
        }
        Op::Remove(n) => {
            let known = naive.members.iter().any(|(m, _)| *m == n);
            assert_eq!(turns.remove(pipe(n)), known.then_some(n));
            naive.members.retain(|(m, _)| *m != n);
            naive.rest(n);
        }
        Op::Join(n) => {
            turns
                .find(pipe(n))
                .into_iter()
                .for_each(|key| turns.join(key));
            naive.join(n);
        }
        Op::Rest(n) => {
            let key = turns.find(pipe(n));
            assert_eq!(key.is_some_and(|key| turns.rest(key)), naive.rest(n));
        }
        Op::Advance => {
            turns.next().into_iter().for_each(|key| turns.advance(key));
            if let Some(n) = naive.next() {
                naive.rest(n);
                naive.join(n);
            }
        }
        Op::Move(n, level) => {
            let priority = Priority::new(level).unwrap();
            turns
                .find(pipe(n))
                .into_iter()
                .for_each(|key| turns.set_priority(key, priority));
            if naive.members.contains(&(n, level)) {
                return;
            }
            let was_ready = naive.rest(n);
            naive
                .members
                .iter_mut()
                .filter(|(m, _)| *m == n)
                .for_each(|(_, l)| *l = level);
            if was_ready {
                naive.join(n);
            }
        }
    }
}

proptest! {
    #[test]
    fn the_ring_is_the_naive_queue(script in prop::collection::vec(op(), 0..300)) {
        let (mut turns, mut naive) = (Turns::default(), Naive::default());
        for op in &script {
            step(&mut turns, &mut naive, op);
            let next = turns.next().and_then(|key| turns.get(key)).map(|(_, n)| *n);
            prop_assert_eq!(next, naive.next());
            prop_assert_eq!(turns.is_ready(), !naive.waiting.is_empty());
            prop_assert_eq!(turns.len(), naive.members.len());
        }
    }
}

#[test]
fn a_key_of_a_removed_member_does_nothing() {
    let mut turns = Turns::default();
    turns.insert(pipe(1), Priority::default(), ());
    let key = turns.find(pipe(1)).unwrap();
    turns.remove(pipe(1));
    turns.join(key);
    turns.advance(key);
    turns.set_priority(key, Priority::HIGHEST);
    assert!(!turns.rest(key) && !turns.is_ready() && turns.get(key).is_none());
}
