//! What `FairQueue` promises, judged from outside: each pop against the rules of
//! `rfc/sp-pipeline.md` section 4, and a world of pipes that pause and resume.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use speedwell_pipeset::{DEPARTED_MAX, FairQueue, SPARE_MESSAGES_MAX};
use speedwell_protocol::{DropCause, Inbox, Message, PipeId, Priority};
use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};

#[derive(Clone, Debug)]
enum Op {
    Attach(u8),
    Send(usize, usize),
    Detach(usize),
    Move(usize, u8),
    Pop(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let (which, level) = (0..64_usize, prop_oneof![Just(1_u8), Just(8), Just(16)]);
    prop_oneof![
        2 => level.clone().prop_map(Op::Attach),
        8 => (which.clone(), 1..5_usize).prop_map(|(n, count)| Op::Send(n, count)),
        1 => which.clone().prop_map(Op::Detach),
        1 => (which, level).prop_map(|(n, p)| Op::Move(n, p)),
        6 => (1..5_usize).prop_map(Op::Pop),
    ]
}

/// One pipe: what its peer sent, as far as it went.
#[derive(Default)]
struct Peer {
    level: u8,
    attached: bool,
    sent: u64,
    /// In the driver's inbox: not taken, so the pipe is paused.
    paused: VecDeque<Message>,
    /// Taken by the set.
    taken: VecDeque<Message>,
    ready_since: u64,
    last_turn: Option<u64>,
}

#[derive(Default)]
struct World {
    now: u64,
    peers: BTreeMap<PipeId, Peer>,
}

fn message(pipe: PipeId, number: u64) -> Message {
    Message::from([u64::from(pipe.slot()).to_be_bytes(), number.to_be_bytes()].concat())
}

impl World {
    fn attached(&self, which: usize) -> Option<PipeId> {
        let live: Vec<_> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.attached)
            .collect();
        (!live.is_empty()).then(|| *live[which % live.len()].0)
    }

    /// Offers what waits in the driver's inbox of a pipe.
    fn offer(&mut self, set: &mut FairQueue, pipe: PipeId) {
        let peer = self.peers.get_mut(&pipe).unwrap();
        let mut inbox = Inbox::new();
        inbox.extend(peer.paused.iter().cloned());
        let taken = set.on_batch(pipe, &mut inbox);
        assert_eq!(taken, inbox.is_empty(), "taken whole or not at all");
        if taken {
            assert!(peer.taken.is_empty(), "more than one inbox of a pipe");
            peer.taken.append(&mut peer.paused);
            peer.ready_since = self.now;
        } else {
            assert!(!peer.taken.is_empty(), "left without a reason");
        }
    }

    /// Judges a pop.
    fn popped(&mut self, got: Option<Message>) -> Option<PipeId> {
        let ready = || self.peers.iter().filter(|(_, peer)| !peer.taken.is_empty());
        let Some(got) = got else {
            assert_eq!(ready().count(), 0, "a message was not given");
            return None;
        };
        let source = ready().find(|(_, peer)| peer.taken.front() == Some(&got));
        let (chosen, peer) = source.expect("lost, doubled or out of order");
        let chosen = *chosen;
        assert_eq!(ready().map(|(_, peer)| peer.level).min(), Some(peer.level));
        if let Some(last) = peer.last_turn {
            for (pipe, other) in ready().filter(|(pipe, _)| **pipe != chosen) {
                let waited = other.level == peer.level && other.ready_since <= last;
                let served = other.last_turn > Some(last);
                assert!(served || !waited, "{chosen:?} twice, {pipe:?} not once");
            }
        }
        let now = self.now;
        let peer = self.peers.get_mut(&chosen).unwrap();
        peer.last_turn = Some(now);
        peer.taken.pop_front();
        (peer.taken.is_empty() && peer.attached).then_some(chosen)
    }
}

fn step(set: &mut FairQueue, fx: &mut RecordingEffects, world: &mut World, op: &Op) {
    world.now += 1;
    let now = world.now;
    match *op {
        Op::Attach(level) => {
            let new = pipe(u32::try_from(world.peers.len()).unwrap());
            assert!(set.insert(new, Priority::new(level).unwrap()));
            world.peers.insert(
                new,
                Peer {
                    level,
                    attached: true,
                    ..Peer::default()
                },
            );
        }
        Op::Send(which, count) => {
            let Some(pipe) = world.attached(which) else {
                return;
            };
            let peer = world.peers.get_mut(&pipe).unwrap();
            let was_paused = !peer.paused.is_empty();
            for _ in 0..count {
                peer.paused.push_back(message(pipe, peer.sent));
                peer.sent += 1;
            }
            if !was_paused {
                world.offer(set, pipe);
            }
        }
        Op::Detach(which) => {
            let Some(pipe) = world.attached(which) else {
                return;
            };
            assert!(set.remove(pipe) && !set.remove(pipe));
            let peer = world.peers.get_mut(&pipe).unwrap();
            peer.attached = false;
            peer.paused.clear();
            assert!(!set.on_batch(pipe, &mut Inbox::new()));
        }
        Op::Move(which, level) => {
            let Some(pipe) = world.attached(which) else {
                return;
            };
            assert!(set.set_priority(pipe, Priority::new(level).unwrap()));
            let peer = world.peers.get_mut(&pipe).unwrap();
            if peer.level != level {
                (peer.level, peer.ready_since) = (level, now);
            }
        }
        Op::Pop(count) => {
            for _ in 0..count {
                world.now += 1;
                let got = set.pop(&mut fx.cx());
                let emptied = world.popped(got);
                let expected: Vec<_> = emptied.map(Effect::Resume).into_iter().collect();
                assert_eq!(fx.take(), expected);
                let paused = |pipe: &PipeId| !world.peers[pipe].paused.is_empty();
                if let Some(pipe) = emptied.filter(paused) {
                    world.offer(set, pipe);
                }
            }
        }
    }
}

proptest! {
    /// rfc: sp-pipeline L-15, L-16, L-17, L-18, L-19
    #[test]
    fn each_pop_obeys_the_rules(script in prop::collection::vec(op(), 0..200)) {
        let (mut set, mut fx) = (FairQueue::new(), RecordingEffects::new());
        let mut world = World::default();
        for op in &script {
            step(&mut set, &mut fx, &mut world, op);
            let held = world.peers.values().any(|peer| !peer.taken.is_empty());
            prop_assert_eq!(set.is_empty(), !held);
            let attached = world.peers.values().filter(|peer| peer.attached).count();
            prop_assert_eq!(set.pipes_len(), attached);
        }
        while !set.is_empty() {
            step(&mut set, &mut fx, &mut world, &Op::Pop(1));
        }
        prop_assert!(world.peers.values().all(|peer| peer.taken.is_empty()));
    }
}

fn batch(messages: &[&str]) -> Inbox {
    let mut inbox = Inbox::new();
    inbox.extend(messages.iter().map(|body| Message::from(*body)));
    inbox
}

#[test]
fn a_removed_pipe_is_heard_to_the_end_in_its_turn() {
    // rfc: sp-pipeline L-18
    let (mut set, mut fx) = (FairQueue::new(), RecordingEffects::new());
    set.insert(pipe(1), Priority::default());
    set.insert(pipe(2), Priority::default());
    set.on_batch(pipe(1), &mut batch(&["a1", "a2"]));
    set.on_batch(pipe(2), &mut batch(&["b1", "b2"]));
    assert!(set.remove(pipe(1)));
    assert!(!set.set_priority(pipe(1), Priority::LOWEST));
    assert!(!set.on_batch(pipe(1), &mut batch(&["late"])));
    let got: Vec<_> = std::iter::from_fn(|| set.pop(&mut fx.cx())).collect();
    assert_eq!(got, ["a1", "b1", "a2", "b2"].map(Message::from));
    assert_eq!(fx.take(), [Effect::Resume(pipe(2))]);
    assert_eq!(set.pipes_len(), 1);
}

#[test]
fn what_is_left_in_the_inbox_is_taken_after_the_resume() {
    // rfc: sp-pipeline L-16, L-17
    let (mut set, mut fx) = (FairQueue::new(), RecordingEffects::new());
    set.insert(pipe(1), Priority::default());
    set.on_batch(pipe(1), &mut batch(&["1"]));
    let mut second = batch(&["2"]);
    assert!(!set.on_batch(pipe(1), &mut second));
    assert_eq!(second.len(), 1);
    set.pop(&mut fx.cx());
    assert_eq!(fx.take(), [Effect::Resume(pipe(1))]);
    assert!(set.on_batch(pipe(1), &mut second) && second.is_empty());
}

#[test]
fn peers_that_send_and_leave_meet_back_pressure() {
    // rfc: sp-pipeline L-20
    let (mut set, mut fx) = (FairQueue::new(), RecordingEffects::new());
    let departed = u32::try_from(DEPARTED_MAX).unwrap();
    for n in 0..departed {
        set.insert(pipe(n), Priority::default());
        assert!(set.on_batch(pipe(n), &mut batch(&["1", "2"])));
        set.remove(pipe(n));
    }
    let (late, gone) = (pipe(departed), pipe(departed + 1));
    set.insert(late, Priority::default());
    set.insert(gone, Priority::default());
    let mut left = batch(&["late"]);
    assert!(!set.on_batch(late, &mut left) && !set.on_batch(late, &mut left));
    assert!(!set.on_batch(gone, &mut batch(&["gone"])));
    set.remove(gone);
    // Everybody's first message, then the second of the first.
    for _ in 0..=DEPARTED_MAX {
        assert!(fx.take().is_empty());
        assert!(set.pop(&mut fx.cx()).is_some());
    }
    assert_eq!(fx.take(), [Effect::Resume(late)]);
    assert!(set.on_batch(late, &mut left));
}

#[test]
fn what_is_dealt_out_adds_up_to_one_inbox() {
    // rfc: sp-pipeline L-16, L-17
    let (mut set, mut fx) = (FairQueue::new(), RecordingEffects::new());
    set.insert(pipe(1), Priority::default());
    let message = |text: &str| Message::from(text);
    assert!(!set.add(pipe(2), &mut message("of nobody")));
    for _ in 0..64 {
        assert!(set.add(pipe(1), &mut message("dealt")));
    }
    let mut left = message("left");
    assert!(!set.add(pipe(1), &mut left));
    assert_eq!(left, message("left"));
    let given = std::iter::from_fn(|| set.pop(&mut fx.cx())).map(|message| message.origin());
    assert_eq!(given.filter(|origin| *origin == Some(pipe(1))).count(), 64);
    assert_eq!(fx.take(), [Effect::Resume(pipe(1))]);
    assert!(set.add(pipe(1), &mut left));
    assert_eq!(set.pop(&mut fx.cx()), Some(message("left")));
}

#[test]
fn an_end_counts_what_is_held_and_resumes_who_waits() {
    // rfc: sp-pipeline L-20
    let (mut set, mut fx) = (FairQueue::new(), RecordingEffects::new());
    let last = u32::try_from(DEPARTED_MAX).unwrap();
    for n in 1..=last + 3 {
        set.insert(pipe(n), Priority::default());
    }
    for n in 1..=last {
        assert!(set.add(pipe(n), &mut Message::from("gone")));
        set.remove(pipe(n));
    }
    assert!(!set.add(pipe(last + 1), &mut Message::from("waits")));
    assert!(!set.on_batch(pipe(last + 2), &mut batch(&["waits"])));
    set.end(DropCause::Stale, &mut fx.cx());
    let (resumed, dropped): (Vec<_>, Vec<_>) = fx
        .take()
        .into_iter()
        .partition(|effect| matches!(effect, Effect::Resume(_)));
    let waited = [last + 1, last + 2].map(|n| Effect::Resume(pipe(n)));
    assert_eq!(resumed, waited);
    let counted = (1..=last).map(|n| Effect::Drop(Some(pipe(n)), DropCause::Stale, 1));
    assert_eq!(dropped, counted.collect::<Vec<_>>());
}

#[test]
fn a_close_counts_what_nobody_received() {
    // rfc: sp-pipeline L-23
    let (mut set, mut fx) = (FairQueue::new(), RecordingEffects::new());
    for n in [1, 2] {
        set.insert(pipe(n), Priority::default());
        set.on_batch(pipe(n), &mut batch(&["x", "y"]));
    }
    set.remove(pipe(1));
    set.close(&mut fx.cx());
    let closed = |n| Effect::Drop(Some(pipe(n)), DropCause::Closed, 2);
    assert_eq!(fx.take(), [closed(1), closed(2)]);
    assert!(set.is_empty() && set.pop(&mut fx.cx()).is_none());
    assert_eq!(set.pipes_len(), 1);
}

#[test]
fn a_close_ends_a_shortage() {
    // rfc: sp-pipeline L-20, L-23
    let (mut set, mut fx) = (FairQueue::new(), RecordingEffects::new());
    let late = pipe(0);
    set.insert(late, Priority::default());
    for n in (1..).take(DEPARTED_MAX) {
        set.insert(pipe(n), Priority::default());
        set.on_batch(pipe(n), &mut batch(&["x"]));
        set.remove(pipe(n));
    }
    assert!(!set.on_batch(late, &mut batch(&["late"])));
    set.close(&mut fx.cx());
    assert!(set.on_batch(late, &mut batch(&["late"])));
    assert!(
        set.insert(pipe(1), Priority::default()),
        "who was heard to the end is forgotten"
    );
}

#[test]
fn ten_thousand_pipes_are_heard_evenly() {
    // rfc: sp-pipeline L-15
    let (mut set, mut fx) = (FairQueue::new(), RecordingEffects::new());
    for n in 0..10_000 {
        set.insert(pipe(n), Priority::default());
        set.on_batch(pipe(n), &mut batch(&["1", "2"]));
    }
    let mut next = || set.pop(&mut fx.cx()).unwrap();
    assert!((0..10_000).all(|_| next() == Message::from("1")));
    assert!((0..10_000).all(|_| next() == Message::from("2")));
}

#[test]
fn in_the_steady_state_no_inbox_is_allocated() {
    // Rounds in which each of many pipes delivers a batch before all of them are heard.
    for (pipes, messages) in [(SPARE_MESSAGES_MAX / 4, 1), (SPARE_MESSAGES_MAX / 64, 64)] {
        let (mut set, mut fx) = (FairQueue::new(), RecordingEffects::new());
        let ids = || (0..u32::try_from(pipes).unwrap()).map(pipe);
        ids().for_each(|pipe| assert!(set.insert(pipe, Priority::default())));
        let mut inboxes: Vec<Inbox> = ids().map(|_| Inbox::new()).collect();
        for round in 0..4 {
            for (pipe, inbox) in ids().zip(&mut inboxes) {
                let room = inbox.capacity();
                inbox.extend((0..messages).map(|_| Message::new()));
                assert!(
                    round < 2 || inbox.capacity() == room,
                    "round {round} allocated"
                );
                assert!(set.on_batch(pipe, inbox));
            }
            while set.pop(&mut fx.cx()).is_some() {}
        }
    }
}

#[test]
fn a_pipe_is_contained_until_it_is_removed() {
    let mut set = FairQueue::new();
    assert!(!set.contains(pipe(1)));
    set.insert(pipe(1), Priority::default());
    assert!(set.contains(pipe(1)) && !set.contains(pipe(2)));
    let mut inbox = Inbox::new();
    inbox.push(Message::from("held"));
    set.on_batch(pipe(1), &mut inbox);
    assert!(set.contains(pipe(1)));
    set.remove(pipe(1));
    assert!(
        !set.contains(pipe(1)) && !set.is_empty(),
        "what it left stays"
    );
}
