//! SURVEYOR against a model: peers come, answer well, often, late and wrongly, stop reading and
//! die, while several contexts ask. What is heard is what the model expects, in its order, and
//! every answer is heard, waits, or is counted. Obeys `rfc/sp-survey.md`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use proptest::prelude::*;
use speedwell_pipeset::HELD_MESSAGES_MAX;
use speedwell_protocol::{
    CtxId, DropCause, Inbox, Message, PipeId, Priority, Protocol, ProtocolId, TimerKey, Unsent,
    Verdict,
};
use speedwell_survey::{DEADLINE_DEFAULT, Overflow, Surveyor};
use speedwell_testkit::effects::{Effect, RecordingEffects, info, pipe};

/// How many answers of a pipe a context holds: a full inbox.
const HELD_MAX: usize = 64;

const POLICIES: [Overflow; 3] = [Overflow::DropNewest, Overflow::DropOldest, Overflow::Block];

#[derive(Clone, Debug)]
enum Op {
    Attach,
    Detach(usize),
    Ask(u32),
    /// A peer answers the survey of that number, counted back from the last, so many times.
    Answer(usize, usize, u32),
    Level(usize, u8),
    Receive(u32),
    Read(usize, usize),
    Policy(Overflow),
    /// Tenths of the deadline pass; timers fire or are late.
    Pass(u32, bool),
}

fn op() -> impl Strategy<Value = Op> {
    let (which, ctx) = (0..64_usize, 0..3_u32);
    prop_oneof![
        2 => Just(Op::Attach),
        1 => which.clone().prop_map(Op::Detach),
        4 => ctx.clone().prop_map(Op::Ask),
        10 => (which.clone(), 0..4_usize, prop::sample::select(&[1, 1, 1, 2, 40][..]))
            .prop_map(|(peer, back, times)| Op::Answer(peer, back, times)),
        1 => (which.clone(), 7..9_u8).prop_map(|(peer, level)| Op::Level(peer, level)),
        8 => ctx.prop_map(Op::Receive),
        2 => (which, 1..4_usize).prop_map(|(peer, room)| Op::Read(peer, room)),
        1 => prop::sample::select(&POLICIES[..]).prop_map(Op::Policy),
        2 => (1..6_u32, any::<bool>()).prop_map(|(tenths, fires)| Op::Pass(tenths, fires)),
    ]
}

/// What a context should do.
#[derive(Default)]
struct Asked {
    /// The number of its survey, and when it ends; none when the end was told.
    survey: Option<(u32, Duration)>,
    asked: BTreeMap<PipeId, Priority>,
    /// Who has answered, by levels, in the order of their turns; and their answers.
    turns: BTreeMap<Priority, VecDeque<PipeId>>,
    answers: BTreeMap<PipeId, VecDeque<Vec<u8>>>,
}

impl Asked {
    fn is_over(&self, now: Duration) -> bool {
        self.survey.as_ref().is_some_and(|(_, due)| *due <= now)
    }

    /// Past the deadline nothing is heard: how many answers are forgotten.
    fn expire(&mut self, now: Duration) -> u64 {
        if self.is_over(now) { self.forget() } else { 0 }
    }

    fn forget(&mut self) -> u64 {
        self.turns.clear();
        let answers = std::mem::take(&mut self.answers);
        answers.values().map(|answers| answers.len() as u64).sum()
    }

    /// Takes an answer of a pipe; not when that would be more than an inbox of it.
    fn take(&mut self, pipe: PipeId, answer: &[u8]) -> bool {
        let level = self.asked.get(&pipe).copied().unwrap();
        let held = self.answers.entry(pipe).or_default();
        if held.is_empty() {
            self.turns.entry(level).or_default().push_back(pipe);
        }
        let has_room = held.len() < HELD_MAX;
        held.extend(has_room.then(|| answer.to_vec()));
        has_room
    }

    /// Of the best level, the next answer of the pipe whose turn it is.
    fn give(&mut self) -> Option<Vec<u8>> {
        let turns = self.turns.values_mut().find(|turns| !turns.is_empty())?;
        let pipe = turns.pop_front()?;
        let held = self.answers.get_mut(&pipe)?;
        let answer = held.pop_front();
        if held.is_empty() {
            self.answers.remove(&pipe);
        } else {
            turns.push_back(pipe);
        }
        answer
    }

    fn set_level(&mut self, pipe: PipeId, level: Priority) {
        let known = self.asked.get_mut(&pipe).filter(|known| **known != level);
        if let Some(known) = known {
            let turns = self.turns.entry(*known).or_default();
            *known = level;
            turns.retain(|other| *other != pipe);
            if self.answers.contains_key(&pipe) {
                self.turns.entry(level).or_default().push_back(pipe);
            }
        }
    }
}

/// What a driver has of a pipe: messages that were not taken, as they are and as the survey and the
/// answer they stand for; and whether the pipe waits for being resumed.
#[derive(Default)]
struct Arrived {
    inbox: Inbox,
    answers: VecDeque<(u32, Vec<u8>)>,
    is_paused: bool,
}

#[derive(Default)]
struct World {
    surveyor: Surveyor,
    fx: RecordingEffects,
    now: Duration,
    pipes: u32,
    live: Vec<PipeId>,
    levels: BTreeMap<PipeId, Priority>,
    arrived: BTreeMap<PipeId, Arrived>,
    contexts: BTreeMap<u32, Asked>,
    policy: Overflow,
    /// How many surveys were sent; that is the number of each.
    serial: u32,
    /// The ids that were on the wire, by the numbers of their surveys.
    ids: Vec<(u32, Vec<u8>)>,
    /// What is held for full pipes.
    held: BTreeMap<PipeId, VecDeque<u32>>,
    answered: u32,
}

impl World {
    fn new() -> Self {
        let mut world = Self::default();
        for ctx in 0..3 {
            world.surveyor.open(CtxId(ctx), &mut world.fx.cx());
            world.contexts.insert(ctx, Asked::default());
        }
        world
    }

    fn some(&self, which: usize) -> Option<PipeId> {
        self.live.get(which % self.live.len().max(1)).copied()
    }

    fn is_blocked(&self) -> bool {
        let is_full = |pipe: &PipeId| self.fx.is_full(*pipe);
        self.policy == Overflow::Block && self.live.iter().any(is_full)
    }

    /// What a change did beside waking, which it does for each context when a send need not wait
    /// any more.
    fn tells(&mut self, change: impl FnOnce(&mut Self)) -> Vec<Effect> {
        let was_blocked = self.is_blocked();
        change(self);
        let is_freed = was_blocked && !self.is_blocked();
        let wakes: Vec<_> = (0..3).map(|ctx| Effect::Wake(CtxId(ctx))).collect();
        let (woken, rest): (Vec<_>, Vec<_>) = self
            .fx
            .take()
            .into_iter()
            .partition(|effect| wakes.contains(effect));
        assert_eq!(woken, if is_freed { wakes } else { vec![] });
        rest
    }

    fn attach(&mut self) {
        self.pipes += 1;
        let pipe = pipe(self.pipes);
        self.fx.set_room(pipe, 3);
        let info = info(ProtocolId::RESPONDENT, Priority::default());
        self.surveyor
            .attach(pipe, &info, &mut self.fx.cx())
            .unwrap();
        self.live.push(pipe);
        self.levels.insert(pipe, Priority::default());
    }

    fn set_level(&mut self, pipe: PipeId, level: u8) {
        let level = Priority::new(level).unwrap();
        let mut info = info(ProtocolId::RESPONDENT, Priority::default());
        info.recv_priority = level;
        self.surveyor.on_priority(pipe, &info, &mut self.fx.cx());
        assert_eq!(self.fx.take(), []);
        self.levels.insert(pipe, level);
        let contexts = self.contexts.values_mut();
        contexts.for_each(|asked| asked.set_level(pipe, level));
    }

    fn detach(&mut self, pipe: PipeId) {
        let effects = self.tells(|world| {
            world.live.retain(|live| *live != pipe);
            let mut none = std::iter::empty();
            let mut unsent = Unsent::new(&mut none);
            world.surveyor.detach(pipe, &mut unsent, &mut world.fx.cx());
        });
        let held = self.held.remove(&pipe).unwrap_or_default().len() as u64;
        let lost = Effect::Drop(Some(pipe), DropCause::PipeLost, held);
        assert_eq!(effects, Vec::from_iter((held > 0).then_some(lost)));
        self.arrived.remove(&pipe);
        for asked in self.contexts.values_mut() {
            asked.asked.remove(&pipe);
        }
    }

    /// A pipe has room: what is held for it goes first, and its survey's id is seen.
    fn read(&mut self, pipe: PipeId, room: usize) {
        let effects = self.tells(|world| {
            world.fx.set_room(pipe, room);
            world.surveyor.on_writable(pipe, &mut world.fx.cx());
        });
        let held = self.held.entry(pipe).or_default();
        let count = room.min(held.len());
        let surveys: Vec<_> = held.drain(..count).collect();
        assert_eq!(effects.len(), surveys.len());
        for (serial, effect) in surveys.into_iter().zip(effects) {
            let Effect::Push(to, message) = effect else {
                panic!("unexpected {effect}")
            };
            assert_eq!((to, message.body()), (pipe, &b"?"[..]));
            self.learn(serial, message.header().to_vec());
        }
    }

    /// The id of a survey is on the wire.
    fn learn(&mut self, serial: u32, id: Vec<u8>) {
        assert!(id.len() == 4 && id.first().unwrap() & 0x80 != 0);
        let known = self.ids.iter().find(|(of, _)| *of == serial);
        if let Some((_, known)) = known {
            return assert_eq!(*known, id);
        }
        assert!(self.ids.iter().all(|(_, known)| *known != id));
        self.ids.push((serial, id));
    }

    fn ask(&mut self, ctx: u32) {
        let mut message = Some(Message::from("?"));
        if self.is_blocked() {
            let cx = &mut self.fx.cx();
            let sent = self.surveyor.send(CtxId(ctx), &mut message, cx);
            assert_eq!((sent, message.is_some()), (Err(Verdict::Wait), true));
            return assert_eq!(self.fx.take(), []);
        }
        self.serial += 1;
        let open: BTreeSet<PipeId> = self.live.iter().copied().collect();
        let is_full = |pipe: &PipeId| self.fx.is_full(*pipe);
        let full: BTreeSet<PipeId> = open.iter().copied().filter(is_full).collect();
        let mut old = std::mem::take(self.contexts.get_mut(&ctx).unwrap());
        let cx = &mut self.fx.cx();
        let sent = self.surveyor.send(CtxId(ctx), &mut message, cx);
        assert_eq!(sent, Ok(()));
        let (mut pushed, mut overflow) = (BTreeSet::new(), BTreeSet::new());
        let (mut cancelled, mut stale, mut resumed) = (0, 0, vec![]);
        for effect in self.fx.take() {
            match effect {
                Effect::Push(pipe, message) => {
                    assert!(pushed.insert(pipe));
                    self.learn(self.serial, message.header().to_vec());
                }
                Effect::Drop(Some(pipe), DropCause::Overflow, 1) => {
                    assert!(overflow.insert(pipe));
                }
                Effect::Drop(Some(_), DropCause::Cancelled, count) => cancelled += count,
                Effect::Drop(Some(_), DropCause::Stale, count) => stale += count,
                Effect::Resume(pipe) => resumed.push(pipe),
                Effect::Drop(None, DropCause::NoPeer, 1) => assert!(self.live.is_empty()),
                Effect::Arm(TimerKey(key), at) => {
                    assert_eq!((key, at), (u64::from(ctx), self.now + DEADLINE_DEFAULT));
                }
                other => panic!("unexpected {other}"),
            }
        }
        assert_eq!(pushed, &open - &full);
        let holds = self.policy == Overflow::DropOldest;
        let mut lost = BTreeSet::new();
        for to in full {
            let held = self.held.entry(to).or_default();
            held.extend(holds.then_some(self.serial));
            if !holds || held.len() > HELD_MESSAGES_MAX {
                held.drain(..usize::from(holds));
                lost.insert(to);
            }
        }
        assert_eq!(overflow, lost);
        let is_over = old.is_over(self.now);
        let unheard = old.forget();
        let expected = if is_over { (0, unheard) } else { (unheard, 0) };
        assert_eq!((cancelled, stale), expected);
        let asked = self.contexts.get_mut(&ctx).unwrap();
        asked.survey = Some((self.serial, self.now + DEADLINE_DEFAULT));
        let takers = if holds { open } else { pushed };
        let levels = takers
            .iter()
            .map(|pipe| (*pipe, self.levels.get(pipe).copied().unwrap_or_default()));
        asked.asked = levels.collect();
        self.resume(resumed);
    }

    fn answer(&mut self, pipe: PipeId, back: usize, times: u32) {
        let Some((serial, id)) = self.ids.iter().rev().nth(back).cloned() else {
            return;
        };
        let arrived = self.arrived.entry(pipe).or_default();
        for _ in 0..times {
            self.answered += 1;
            let body = self.answered.to_be_bytes().to_vec();
            let message = Message::from([&id[..], &body].concat());
            arrived.inbox.push(message);
            arrived.answers.push_back((serial, body));
        }
        if !arrived.is_paused {
            self.offer(pipe);
        }
    }

    /// A driver offers what has arrived on a pipe, and keeps what is left.
    fn offer(&mut self, pipe: PipeId) {
        let mut arrived = self.arrived.remove(&pipe).unwrap_or_default();
        let cx = &mut self.fx.cx();
        self.surveyor.on_batch(pipe, &mut arrived.inbox, cx);
        let (mut unheard, now) = (0, self.now);
        arrived.answers.retain(|(serial, body)| {
            let mut contexts = self.contexts.values_mut();
            let asked = contexts.find(|asked| asked.survey.is_some_and(|(of, _)| of == *serial));
            let Some(asked) = asked else {
                unheard += 1;
                return false;
            };
            unheard += asked.expire(now);
            if asked.is_over(now) || !asked.asked.contains_key(&pipe) {
                unheard += 1;
                return false;
            }
            !asked.take(pipe, body)
        });
        assert_eq!(arrived.inbox.len(), arrived.answers.len());
        arrived.is_paused = !arrived.answers.is_empty();
        let (stale, resumed) = self.stale();
        assert_eq!(stale, unheard);
        self.arrived.insert(pipe, arrived);
        self.resume(resumed);
    }

    /// What is left of pipes that are resumed is offered again.
    fn resume(&mut self, pipes: Vec<PipeId>) {
        for pipe in pipes {
            let arrived = self.arrived.entry(pipe).or_default();
            if std::mem::take(&mut arrived.is_paused) {
                self.offer(pipe);
            }
        }
    }

    /// How many answers were counted as stale, of all that happened, and who was resumed.
    fn stale(&mut self) -> (u64, Vec<PipeId>) {
        let (mut stale, mut resumed) = (0, vec![]);
        for effect in self.fx.take() {
            match effect {
                Effect::Drop(_, DropCause::Stale, count) => stale += count,
                Effect::Resume(pipe) => resumed.push(pipe),
                Effect::Wake(_) => {}
                other => panic!("unexpected {other}"),
            }
        }
        (stale, resumed)
    }

    fn receive(&mut self, ctx: u32) {
        let asked = self.contexts.get_mut(&ctx).unwrap();
        let unheard = asked.expire(self.now);
        let expected = match (asked.give(), &asked.survey) {
            (Some(answer), _) => Ok(answer),
            (None, None) => Err(Verdict::State),
            (None, Some((_, due))) if *due > self.now => Err(Verdict::Wait),
            (None, Some(_)) => {
                asked.survey = None;
                Err(Verdict::TimedOut)
            }
        };
        let is_ready = self.surveyor.ready(CtxId(ctx)).recv;
        assert!(is_ready || matches!(expected, Err(Verdict::Wait | Verdict::TimedOut)));
        let heard = self.surveyor.recv(CtxId(ctx), &mut self.fx.cx());
        let heard = heard.map(|message| {
            assert_eq!(message.header(), b"");
            message.body().to_vec()
        });
        assert_eq!(heard, expected);
        let (stale, resumed) = self.stale();
        assert_eq!(stale, unheard);
        self.resume(resumed);
    }

    fn pass(&mut self, tenths: u32, fires: bool) {
        let by = DEADLINE_DEFAULT / 10 * tenths;
        self.fx.advance(by);
        self.now += by;
        for ctx in (0..3).filter(|_| fires) {
            let was_ready = self.surveyor.ready(CtxId(ctx)).recv;
            let key = TimerKey(u64::from(ctx));
            self.surveyor.on_timer(key, &mut self.fx.cx());
            let is_ready = self.surveyor.ready(CtxId(ctx)).recv;
            let wake = Effect::Wake(CtxId(ctx));
            let wakes = self.fx.log().iter().filter(|effect| **effect == wake);
            assert_eq!(wakes.count(), usize::from(!was_ready && is_ready));
            let unheard = self.contexts.get_mut(&ctx).unwrap().expire(self.now);
            let (stale, resumed) = self.stale();
            assert_eq!(stale, unheard);
            let survey = &self.contexts.get(&ctx).unwrap().survey;
            let is_over = survey.as_ref().is_none_or(|(_, due)| *due <= self.now);
            assert!(!is_over || is_ready);
            self.resume(resumed);
        }
    }

    /// A pipe waits only while a context holds an inbox of it, and no longer than its survey.
    fn check_pauses(&self) {
        let holds = |pipe| {
            let of = |asked: &Asked| asked.answers.contains_key(pipe);
            self.contexts.values().any(of)
        };
        let paused = self.arrived.iter().filter(|(_, arrived)| arrived.is_paused);
        for (pipe, _) in paused {
            assert!(holds(pipe), "{pipe:?} waits for nobody");
        }
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Attach => self.attach(),
            Op::Detach(which) => {
                if let Some(pipe) = self.some(which) {
                    self.detach(pipe);
                }
            }
            Op::Ask(ctx) => self.ask(ctx),
            Op::Answer(which, back, times) => {
                if let Some(pipe) = self.some(which) {
                    self.answer(pipe, back, times);
                }
            }
            Op::Level(which, level) => {
                if let Some(pipe) = self.some(which) {
                    self.set_level(pipe, level);
                }
            }
            Op::Receive(ctx) => self.receive(ctx),
            Op::Read(which, room) => {
                if let Some(pipe) = self.some(which) {
                    self.read(pipe, room);
                }
            }
            Op::Pass(tenths, fires) => self.pass(tenths, fires),
            Op::Policy(policy) => {
                let effects = self.tells(|world| {
                    world.policy = policy;
                    world.surveyor.set_overflow(policy, &mut world.fx.cx());
                });
                assert_eq!(effects, []);
            }
        }
        self.check_pauses();
        let held = self.held.values().map(|held| held.len() as u64);
        assert_eq!(self.surveyor.held().messages, held.sum::<u64>());
        assert!((0..3).all(|ctx| self.surveyor.ready(CtxId(ctx)).send != self.is_blocked()));
    }
}

proptest! {
    #[test]
    fn every_answer_is_heard_once_in_time_or_counted(ops in prop::collection::vec(op(), 1..200)) {
        // rfc: sp-survey S-07, S-09, S-11, S-12, S-13, S-15, S-16, S-26, S-28, S-29, S-30
        let mut world = World::new();
        ops.iter().for_each(|op| world.step(op));
    }
}
