//! SURVEYOR against a model: peers come, answer well, twice, late and wrongly, stop reading and
//! die, while several contexts ask. What is heard is what the model expects, and every
//! answer is heard, waits, or is counted. Obeys `rfc/sp-survey.md`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use proptest::prelude::*;
use speedwell_protocol::{
    CtxId, DropCause, Inbox, Message, PipeId, Priority, Protocol, ProtocolId, TimerKey, Unsent,
    Verdict,
};
use speedwell_survey::{DEADLINE_DEFAULT, Surveyor};
use speedwell_testkit::effects::{Effect, RecordingEffects, info, pipe};

#[derive(Clone, Debug)]
enum Op {
    Attach,
    Detach(usize),
    Ask(u32),
    /// A peer answers the survey of that number, counted back from the last.
    Answer(usize, usize),
    Receive(u32),
    Read(usize, usize),
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
        2 => (1..6_u32, any::<bool>()).prop_map(|(tenths, fires)| Op::Pass(tenths, fires)),
    ]
}

/// What a context should do.
#[derive(Default)]
struct Asked {
    /// The id of its survey, and when it ends; none when the end was told.
    survey: Option<(Vec<u8>, Duration)>,
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
    ids: Vec<Vec<u8>>,
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
        self.live.retain(|live| *live != pipe);
        let mut none = std::iter::empty();
        let mut unsent = Unsent::new(&mut none);
        self.surveyor.detach(pipe, &mut unsent, &mut self.fx.cx());
        for asked in self.contexts.values_mut() {
            asked.asked.remove(&pipe);
        }
    }

    fn ask(&mut self, ctx: u32) {
        let open: BTreeSet<PipeId> = self.live.iter().copied().collect();
        let full: BTreeSet<PipeId> = open
            .iter()
            .copied()
            .filter(|p| self.fx.is_full(*p))
            .collect();
        let old = std::mem::take(self.contexts.get_mut(&ctx).unwrap());
        let mut message = Some(Message::from("?"));
        let sent = self
            .surveyor
            .send(CtxId(ctx), &mut message, &mut self.fx.cx());
        assert_eq!(sent, Ok(()));
        let (mut pushed, mut overflow) = (BTreeSet::new(), BTreeSet::new());
        let (mut cancelled, mut stale) = (0, 0);
        let mut id = None;
        for effect in self.fx.take() {
            match effect {
                Effect::Push(pipe, message) => {
                    id = Some(message.header().to_vec());
                    assert!(pushed.insert(pipe));
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
        assert_eq!((&pushed | &overflow, &overflow), (open, &full));
        let (is_over, unheard) = (old.is_over(self.now), old.answers.len());
        let expected = if is_over { (0, unheard) } else { (unheard, 0) };
        assert_eq!((cancelled, stale), expected);
        if let Some(id) = &id {
            assert!(id.len() == 4 && id.first().unwrap() & 0x80 != 0 && !self.ids.contains(id));
            self.ids.push(id.clone());
        }
        let asked = self.contexts.get_mut(&ctx).unwrap();
        asked.survey = Some((id.unwrap_or_default(), self.now + DEADLINE_DEFAULT));
        asked.asked = pushed;
    }

    fn answer(&mut self, pipe: PipeId, back: usize) {
        let Some(id) = self.ids.iter().rev().nth(back).cloned() else {
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
            survey.is_some_and(|(of, _)| *of == id)
        });
        let unheard = expired.map_or(0, |asked| asked.expire(self.now));
        let stale = self.stale();
        let is_stale = stale > unheard;
        assert_eq!(stale, unheard + usize::from(is_stale));
        let now = self.now;
        let good = self.contexts.values_mut().find(|asked| {
            let survey = asked.survey.as_ref();
            survey.is_some_and(|(open, due)| *open == id && *due > now)
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
                    self.fx.set_room(pipe, room);
                    self.surveyor.on_writable(pipe, &mut self.fx.cx());
                }
            }
            Op::Pass(tenths, fires) => self.pass(tenths, fires),
        }
    }
}

proptest! {
    #[test]
    fn every_answer_is_heard_once_in_time_or_counted(ops in prop::collection::vec(op(), 1..200)) {
        // rfc: sp-survey S-07, S-09, S-11, S-12, S-13, S-15, S-16
        let mut world = World::new();
        ops.iter().for_each(|op| world.step(op));
    }
}
