//! PUSH against a model: random lives of workers, driven as a driver does. Each accepted message
//! is in exactly one place at any time, and arrives once or was on the wire of a pipe that died.
//! Obeys `rfc/sp-pipeline.md`.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use speedwell_pipeline::Push;
use speedwell_protocol::{
    CtxId, DropCause, EndCause, Inbox, Message, PipeId, Priority, Protocol, ProtocolId, Unsent,
    Verdict,
};
use speedwell_testkit::effects::{Effect, RecordingEffects, info, pipe};

#[derive(Clone, Debug)]
enum Op {
    /// A worker of a level comes, with room for so many messages.
    Attach(u8, usize),
    /// A worker dies, with so many of what it holds on the wire.
    Detach(usize, usize),
    /// So many messages are sent.
    Send(usize),
    /// The wire of a worker takes so many messages.
    Drain(usize, usize),
    /// A worker breaks the rules and sends.
    Speak(usize),
    Move(usize, u8),
    /// Late events of a pipe that is not there.
    Stranger,
}

fn op() -> impl Strategy<Value = Op> {
    let (which, level) = (0..64_usize, prop_oneof![Just(8), 1..=16_u8]);
    prop_oneof![
        3 => (level.clone(), 1..6_usize).prop_map(|(p, room)| Op::Attach(p, room)),
        2 => (which.clone(), 0..3_usize).prop_map(|(n, count)| Op::Detach(n, count)),
        10 => (1..4_usize).prop_map(Op::Send),
        5 => (which.clone(), 0..6_usize).prop_map(|(n, count)| Op::Drain(n, count)),
        1 => which.clone().prop_map(Op::Speak),
        1 => (which, level).prop_map(|(n, p)| Op::Move(n, p)),
        1 => Just(Op::Stranger),
    ]
}

const ROOM: usize = 4;

struct Worker {
    level: u8,
    /// Pushed, and not on the wire yet.
    queue: VecDeque<u64>,
    full: bool,
    /// It spoke, and is being ended.
    condemned: bool,
}

#[derive(Default)]
struct World {
    push: Push,
    fx: RecordingEffects,
    workers: BTreeMap<PipeId, Worker>,
    pipes: u32,
    accepted: u64,
    /// What reached the wire, or may have.
    on_wire: Vec<u64>,
    /// Returned by dead pipes and not pushed again, in the order in which they must be.
    returned: VecDeque<u64>,
}

fn message(number: u64) -> Message {
    Message::from(number.to_be_bytes())
}

fn number(message: &Message) -> u64 {
    u64::from_be_bytes(message.body().try_into().unwrap())
}

impl World {
    /// Carries out the effects of a call, judges each push, and checks that a rise of readiness
    /// was told. `fresh` is what a send offers.
    fn call<R>(
        &mut self,
        fresh: Option<u64>,
        call: impl FnOnce(&mut Push, &mut RecordingEffects) -> R,
    ) -> R {
        let before = self.push.ready(CtxId::MAIN);
        let result = call(&mut self.push, &mut self.fx);
        let after = self.push.ready(CtxId::MAIN);
        let mut woken = false;
        let mut fresh = fresh;
        for effect in self.fx.take() {
            match effect {
                Effect::Push(pipe, message) => {
                    let expected = self.returned.pop_front().or_else(|| fresh.take());
                    assert_eq!(
                        Some(number(&message)),
                        expected,
                        "returned ones first, in order"
                    );
                    self.pushed(pipe, &message);
                }
                Effect::Wake(ctx) => woken |= ctx == CtxId::MAIN,
                Effect::Close(pipe, EndCause::Violation) => {
                    assert!(self.workers[&pipe].condemned);
                }
                Effect::Drop(Some(pipe), DropCause::Unsolicited, 2) => {
                    assert!(self.workers[&pipe].condemned);
                }
                other => panic!("unexpected {other}"),
            }
        }
        assert_eq!(
            woken,
            !before.send && after.send,
            "a wake for each rise, and no other"
        );
        result
    }

    fn open(&self) -> impl Iterator<Item = &Worker> {
        self.workers
            .values()
            .filter(|worker| !worker.full && !worker.condemned)
    }

    fn pushed(&mut self, pipe: PipeId, message: &Message) {
        let best = self.open().map(|worker| worker.level).min();
        // The fake has answered already; within one call a pipe fills as its room says.
        let worker = self.workers.get_mut(&pipe).unwrap();
        assert!(!worker.condemned, "{pipe:?} is being ended");
        assert!(!worker.full, "{pipe:?} is full");
        assert_eq!(
            Some(worker.level),
            best,
            "{pipe:?} is not of the best level"
        );
        worker.queue.push_back(number(message));
        worker.full = worker.queue.len() >= ROOM;
    }

    fn some(&self, which: usize) -> Option<PipeId> {
        let count = self.workers.len();
        (count > 0).then(|| *self.workers.keys().nth(which % count).unwrap())
    }

    fn attach(&mut self, level: u8, room: usize) {
        self.pipes += 1;
        let pipe = pipe(self.pipes);
        // As if the pipe were partly used: numbers that are not ours fill the rest.
        let room = room.min(ROOM);
        let queue = (room..ROOM).map(|_| u64::MAX).collect();
        self.fx.set_room(pipe, room);
        self.workers.insert(
            pipe,
            Worker {
                level,
                queue,
                full: false,
                condemned: false,
            },
        );
        let info = info(ProtocolId::PULL, Priority::new(level).unwrap());
        self.call(None, |push, fx| push.attach(pipe, &info, &mut fx.cx()))
            .unwrap();
    }

    fn detach(&mut self, pipe: PipeId, on_wire: usize) {
        let mut worker = self.workers.remove(&pipe).unwrap();
        worker.queue.retain(|number| *number != u64::MAX);
        let on_wire = on_wire.min(worker.queue.len());
        self.on_wire.extend(worker.queue.drain(..on_wire));
        let mut unsent = worker.queue.clone().into_iter().map(message);
        worker.queue.append(&mut self.returned);
        self.returned = worker.queue;
        self.call(None, |push, fx| {
            push.detach(pipe, &mut Unsent::new(&mut unsent), &mut fx.cx());
        });
        assert_eq!(unsent.len(), 0, "all of it was taken back");
    }

    fn drain(&mut self, pipe: PipeId, count: usize) {
        let worker = self.workers.get_mut(&pipe).unwrap();
        let count = count.min(worker.queue.len());
        let taken = worker
            .queue
            .drain(..count)
            .filter(|number| *number != u64::MAX);
        self.on_wire.extend(taken);
        if worker.queue.len() * 2 > ROOM {
            return;
        }
        self.fx.set_room(pipe, ROOM - worker.queue.len());
        if std::mem::take(&mut worker.full) {
            self.call(None, |push, fx| push.on_writable(pipe, &mut fx.cx()));
        }
    }

    fn send(&mut self) {
        let ready = self.open().count() > 0;
        assert_eq!(self.push.ready(CtxId::MAIN).send, ready);
        let number = self.accepted;
        let mut given = Some(message(number));
        let sent = self.call(Some(number), |push, fx| {
            push.send(CtxId::MAIN, &mut given, &mut fx.cx())
        });
        assert_eq!(sent, if ready { Ok(()) } else { Err(Verdict::Wait) });
        assert_eq!(given.is_none(), ready);
        self.accepted += u64::from(ready);
    }

    fn speak(&mut self, pipe: PipeId) {
        let mut inbox = Inbox::new();
        inbox.extend([message(1), message(2)]);
        let worker = self.workers.get_mut(&pipe).unwrap();
        let again = std::mem::replace(&mut worker.condemned, true);
        self.call(None, |push, fx| {
            push.on_batch(pipe, &mut inbox, &mut fx.cx())
        });
        assert_eq!(inbox.len(), if again { 2 } else { 0 });
    }

    fn stranger(&mut self) {
        let pipe = pipe(1_000_000);
        let mut inbox = Inbox::new();
        inbox.push(message(0));
        let info = info(ProtocolId::PULL, Priority::HIGHEST);
        self.call(None, |push, fx| {
            push.on_batch(pipe, &mut inbox, &mut fx.cx());
            push.on_writable(pipe, &mut fx.cx());
            push.on_priority(pipe, &info, &mut fx.cx());
            push.detach(
                pipe,
                &mut Unsent::new(&mut std::iter::empty()),
                &mut fx.cx(),
            );
        });
        assert_eq!(inbox.len(), 1);
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Attach(level, room) => self.attach(level, room),
            Op::Detach(which, on_wire) => {
                self.some(which)
                    .into_iter()
                    .for_each(|pipe| self.detach(pipe, on_wire));
            }
            Op::Send(count) => (0..count).for_each(|_| self.send()),
            Op::Drain(which, count) => {
                self.some(which)
                    .into_iter()
                    .for_each(|pipe| self.drain(pipe, count));
            }
            Op::Speak(which) => self
                .some(which)
                .into_iter()
                .for_each(|pipe| self.speak(pipe)),
            Op::Move(which, level) => {
                let Some(pipe) = self.some(which) else { return };
                self.workers.get_mut(&pipe).unwrap().level = level;
                let info = info(ProtocolId::PULL, Priority::new(level).unwrap());
                self.call(None, |push, fx| push.on_priority(pipe, &info, &mut fx.cx()));
            }
            Op::Stranger => self.stranger(),
        }
        self.account();
    }

    /// Each accepted message is on one wire, in one queue, or held: once.
    fn account(&self) {
        let held = self.push.held();
        assert_eq!(held.messages, self.returned.len() as u64);
        assert_eq!(held.octets, 8 * held.messages);
        let queued = self.workers.values().flat_map(|worker| &worker.queue);
        let queued = queued.filter(|number| **number != u64::MAX);
        let mut all: Vec<u64> = self
            .on_wire
            .iter()
            .chain(&self.returned)
            .chain(queued)
            .copied()
            .collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..self.accepted), "lost or doubled");
    }
}

proptest! {
    /// rfc: sp-pipeline L-05, L-07, L-08, L-09, L-10, L-11, L-13, L-22, L-25, L-26
    #[test]
    fn each_message_is_in_one_place(script in prop::collection::vec(op(), 0..200)) {
        let mut world = World::default();
        script.iter().for_each(|op| world.step(op));
        // Then everything goes well.
        world.attach(16, 1);
        while world.workers.values().any(|worker| !worker.queue.is_empty()) {
            for pipe in world.workers.keys().copied().collect::<Vec<_>>() {
                world.drain(pipe, ROOM);
            }
        }
        world.account();
        prop_assert_eq!(world.on_wire.len() as u64, world.accepted);
    }

    /// With one worker after another, the order of acceptance is the order on the wire.
    /// rfc: sp-pipeline L-10
    #[test]
    fn one_worker_at_a_time_keeps_the_order(
        lives in prop::collection::vec((1..6_usize, 0..8_usize, 0..5_usize, 0..3_usize), 1..60)
    ) {
        let mut world = World::default();
        for (room, sends, drains, on_wire) in lives {
            world.attach(8, room);
            let worker = world.some(0).unwrap();
            (0..sends).for_each(|_| world.send());
            world.drain(worker, drains);
            (0..sends).for_each(|_| world.send());
            world.detach(worker, on_wire);
            world.account();
        }
        world.attach(8, ROOM);
        while world.workers.values().any(|worker| !worker.queue.is_empty()) {
            world.drain(world.some(0).unwrap(), ROOM);
        }
        prop_assert!(world.on_wire.iter().copied().eq(0..world.accepted));
    }
}
