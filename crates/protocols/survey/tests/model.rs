//! SURVEYOR against a model: peers come, answer well, twice, late and wrongly, stop reading and
//! die, while several contexts ask. What is heard is what the model expects, and every
//! answer is heard, waits, or is counted. Obeys `rfc/sp-survey.md`.

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

const POLICIES: [Overflow; 3] = [Overflow::DropNewest, Overflow::DropOldest, Overflow::Block];

#[derive(Clone, Debug)]
enum Op {
    Attach,
    Detach(usize),
    Ask(u32),
    /// A peer answers the survey of that number, counted back from the last.
    Answer(usize, usize),
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
        10 => (which.clone(), 0..4_usize).prop_map(|(peer, back)| Op::Answer(peer, back)),
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
    asked: BTreeSet<PipeId>,
    answers: VecDeque<Vec<u8>>,
}

impl Asked {
    fn is_over(&self, now: Duration) -> bool {
        self.survey.as_ref().is_some_and(|(_, due)| *due <= now)
    }

    /// Past the deadline nothing is heard: how many answers are forgotten.
    fn expire(&mut self, now: Duration) -> usize {
        if self.is_over(now) {
            std::mem::take(&mut self.answers).len()
        } else {
            0
        }
    }
}

#[derive(Default)]
struct World {
    surveyor: Surveyor,
    fx: RecordingEffects,
    now: Duration,
    pipes: u32,
    live: Vec<PipeId>,
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
        let old = std::mem::take(self.contexts.get_mut(&ctx).unwrap());
        let cx = &mut self.fx.cx();
        let sent = self.surveyor.send(CtxId(ctx), &mut message, cx);
        assert_eq!(sent, Ok(()));
        let (mut pushed, mut overflow) = (BTreeSet::new(), BTreeSet::new());
        let (mut cancelled, mut stale) = (0, 0);
        for effect in self.fx.take() {
            match effect {
                Effect::Push(pipe, message) => {
                    assert!(pushed.insert(pipe));
                    self.learn(self.serial, message.header().to_vec());
                }
                Effect::Drop(Some(pipe), DropCause::Overflow, 1) => {
                    assert!(overflow.insert(pipe));
                }
                Effect::Drop(Some(_), DropCause::Cancelled, 1) => cancelled += 1,
                Effect::Drop(Some(_), DropCause::Stale, 1) => stale += 1,
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
        let (is_over, unheard) = (old.is_over(self.now), old.answers.len());
        let expected = if is_over { (0, unheard) } else { (unheard, 0) };
        assert_eq!((cancelled, stale), expected);
        let asked = self.contexts.get_mut(&ctx).unwrap();
        asked.survey = Some((self.serial, self.now + DEADLINE_DEFAULT));
        asked.asked = if holds { open } else { pushed };
    }

    fn answer(&mut self, pipe: PipeId, back: usize) {
        let Some((serial, id)) = self.ids.iter().rev().nth(back).cloned() else {
            return;
        };
        self.answered += 1;
        let body = self.answered.to_be_bytes().to_vec();
        let mut inbox = Inbox::new();
        inbox.push(Message::from([&id[..], &body].concat()));
        self.surveyor.on_batch(pipe, &mut inbox, &mut self.fx.cx());
        assert!(inbox.is_empty());
        let expired = self.contexts.values_mut().find(|asked| {
            let survey = asked.survey.as_ref();
            survey.is_some_and(|(of, _)| *of == serial)
        });
        let unheard = expired.map_or(0, |asked| asked.expire(self.now));
        let stale = self.stale();
        let is_stale = stale > unheard;
        assert_eq!(stale, unheard + usize::from(is_stale));
        let now = self.now;
        let good = self.contexts.values_mut().find(|asked| {
            let survey = asked.survey.as_ref();
            survey.is_some_and(|(open, due)| *open == serial && *due > now)
                && asked.asked.contains(&pipe)
        });
        assert_eq!(is_stale, good.is_none());
        if let Some(asked) = good {
            asked.asked.remove(&pipe);
            asked.answers.push_back(body);
        }
    }

    /// How many answers were counted as stale, of all that happened.
    fn stale(&mut self) -> usize {
        let effects = self.fx.take();
        let stale = |effect: &&Effect| matches!(effect, Effect::Drop(_, DropCause::Stale, 1));
        effects.iter().filter(stale).count()
    }

    fn receive(&mut self, ctx: u32) {
        let asked = self.contexts.get_mut(&ctx).unwrap();
        let unheard = asked.expire(self.now);
        let expected = match (asked.answers.pop_front(), &asked.survey) {
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
        assert_eq!(heard.map(|message| message.body().to_vec()), expected);
        assert_eq!(self.stale(), unheard);
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
            assert_eq!(self.stale(), unheard);
            let survey = &self.contexts.get(&ctx).unwrap().survey;
            let is_over = survey.as_ref().is_none_or(|(_, due)| *due <= self.now);
            assert!(!is_over || is_ready);
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
            Op::Answer(which, back) => {
                if let Some(pipe) = self.some(which) {
                    self.answer(pipe, back);
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
        let held = self.held.values().map(|held| held.len() as u64);
        assert_eq!(self.surveyor.held().messages, held.sum::<u64>());
        assert!((0..3).all(|ctx| self.surveyor.ready(CtxId(ctx)).send != self.is_blocked()));
    }
}

proptest! {
    #[test]
    fn every_answer_is_heard_once_in_time_or_counted(ops in prop::collection::vec(op(), 1..200)) {
        // rfc: sp-survey S-07, S-09, S-11, S-12, S-13, S-15, S-16, S-26
        let mut world = World::new();
        ops.iter().for_each(|op| world.step(op));
    }
}
