//! REQ against a model: several contexts ask many servers, who die, stall, answer late, twice or
//! what was never asked, in virtual time. Each push must be owed, each debt paid when it can be,
//! and each reply must be to the question that is open. Obeys `rfc/sp-reqrep.md`.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use proptest::prelude::*;
use speedwell_protocol::{
    CtxId, DropCause, Inbox, Message, PipeId, Priority, Protocol, ProtocolId, TimerKey, Unsent,
    Verdict,
};
use speedwell_reqrep::Req;
use speedwell_testkit::effects::{Effect, RecordingEffects, info, pipe};

#[derive(Clone, Debug)]
enum Op {
    /// A server of a level comes, with room for so many requests.
    Attach(u8, usize),
    /// A server dies, with so many of its requests on the wire.
    Detach(usize, usize),
    Ask(u32),
    Receive(u32),
    Close(u32),
    /// The wire of a server takes so many requests.
    Drain(usize, usize),
    /// A server answers one of the requests it has seen, perhaps again.
    Answer(usize, usize),
    /// A server answers what another has seen, or an id of nobody's.
    Stray(usize, usize, u32),
    Pass(u64),
    /// Another interval, unless resending is off.
    Resend(u64),
    Move(usize, u8),
}

fn op() -> impl Strategy<Value = Op> {
    let (which, ctx) = (0..64_usize, 0..4_u32);
    let level = prop_oneof![Just(1_u8), Just(8), Just(16)];
    prop_oneof![
        3 => (level.clone(), 1..=ROOM).prop_map(|(level, room)| Op::Attach(level, room)),
        2 => (which.clone(), 0..3_usize).prop_map(|(n, count)| Op::Detach(n, count)),
        8 => ctx.clone().prop_map(Op::Ask),
        4 => ctx.clone().prop_map(Op::Receive),
        1 => ctx.prop_map(Op::Close),
        5 => (which.clone(), 0..5_usize).prop_map(|(n, count)| Op::Drain(n, count)),
        6 => (which.clone(), which.clone()).prop_map(|(n, at)| Op::Answer(n, at)),
        2 => (which.clone(), which.clone(), any::<u32>())
            .prop_map(|(n, other, id)| Op::Stray(n, other, id)),
        5 => (0..40_u64).prop_map(Op::Pass),
        1 => (1..30_u64).prop_map(Op::Resend),
        1 => (which, level).prop_map(|(n, level)| Op::Move(n, level)),
    ]
}

const ROOM: usize = 4;
const PIPES_MAX: usize = 10;

struct Server {
    level: u8,
    /// Pushed, and not on the wire yet.
    queue: VecDeque<Message>,
    full: bool,
    /// What arrived there.
    seen: Vec<Message>,
}

/// What a context waits for, as the rules say.
struct Ask {
    number: u64,
    id: Option<u32>,
    /// The live servers that were given it, the last one last.
    carriers: Vec<PipeId>,
    /// It is to be sent as soon as somebody can take it.
    owed: bool,
    due: Option<Duration>,
    /// A copy had not left yet, so it need not be sent before.
    excused: Option<Duration>,
}

enum Exchange {
    Idle,
    Open(Ask),
    Replied(u64),
    Lost,
}

struct World {
    req: Req,
    fx: RecordingEffects,
    now: Duration,
    resend: Option<Duration>,
    servers: BTreeMap<PipeId, Server>,
    contexts: BTreeMap<CtxId, Exchange>,
    timers: BTreeMap<TimerKey, Duration>,
    pipes: u32,
    asked: u64,
    dropped: BTreeMap<usize, u64>,
}

fn number(message: &Message) -> u64 {
    u64::from_be_bytes(message.body().try_into().unwrap())
}

fn id(message: &Message) -> u32 {
    u32::from_be_bytes(message.header().try_into().unwrap())
}

impl World {
    fn new(resend: Option<u64>) -> Self {
        let contexts = [(CtxId::MAIN, Exchange::Idle)];
        let mut world = Self {
            req: Req::new(),
            fx: RecordingEffects::new(),
            now: Duration::ZERO,
            resend: None,
            servers: BTreeMap::new(),
            contexts: contexts.into_iter().collect(),
            timers: BTreeMap::new(),
            pipes: 0,
            asked: 0,
            dropped: BTreeMap::new(),
        };
        world.set_resend(resend);
        world
    }

    /// Carries out the effects of a call, and checks that each rise of readiness was told.
    fn call<R>(&mut self, call: impl FnOnce(&mut Req, &mut RecordingEffects) -> R) -> R {
        for (pipe, server) in &self.servers {
            self.fx.set_drained(*pipe, server.queue.is_empty());
        }
        let contexts: Vec<CtxId> = self.contexts.keys().copied().collect();
        let ready = |req: &Req| {
            contexts
                .iter()
                .map(|ctx| req.ready(*ctx))
                .collect::<Vec<_>>()
        };
        let before = ready(&self.req);
        let result = call(&mut self.req, &mut self.fx);
        let after = ready(&self.req);
        let mut woken = Vec::new();
        for effect in self.fx.take() {
            match effect {
                Effect::Push(pipe, message) => self.pushed(pipe, message),
                Effect::Arm(key, at) => drop(self.timers.insert(key, at)),
                Effect::Cancel(key) => drop(self.timers.remove(&key)),
                Effect::Wake(ctx) => woken.push(ctx),
                Effect::Drop(_, cause, count) => {
                    *self.dropped.entry(cause.index()).or_default() += count;
                }
                other => panic!("unexpected {other}"),
            }
        }
        for ((ctx, before), after) in contexts.iter().zip(before).zip(after) {
            assert!(after.send || !before.send);
            let rises = !before.recv && after.recv;
            assert_eq!(woken.contains(ctx), rises, "{ctx:?}: a wake for each rise");
        }
        result
    }

    fn asks(&mut self) -> impl Iterator<Item = &mut Ask> {
        self.contexts
            .values_mut()
            .filter_map(|exchange| match exchange {
                Exchange::Open(ask) => Some(ask),
                _ => None,
            })
    }

    fn best(&self) -> Option<u8> {
        let writable = self.servers.values().filter(|server| !server.full);
        writable.map(|server| server.level).min()
    }

    fn pushed(&mut self, pipe: PipeId, message: Message) {
        let (best, now, resend) = (self.best(), self.now, self.resend);
        let (number, id) = (number(&message), id(&message));
        assert!(id >= 0x8000_0000);
        let others = self.asks().filter(|ask| ask.number != number);
        assert!(
            others.into_iter().all(|ask| ask.id != Some(id)),
            "an id twice"
        );
        let ask = self.asks().find(|ask| ask.number == number);
        assert!(ask.is_some(), "only what is open is sent");
        let ask = ask.unwrap();
        assert!(std::mem::take(&mut ask.owed), "sent without a reason");
        assert_eq!(
            *ask.id.get_or_insert(id),
            id,
            "another id for the same request"
        );
        ask.carriers.retain(|carrier| *carrier != pipe);
        ask.carriers.push(pipe);
        ask.due = resend.map(|interval| now + interval);
        ask.excused = None;
        let server = self.servers.get_mut(&pipe).unwrap();
        assert!(!server.full, "{pipe:?} is full");
        assert_eq!(
            Some(server.level),
            best,
            "{pipe:?} is not of the best level"
        );
        let copies = server.queue.iter().filter(|queued| **queued == message);
        assert_eq!(copies.count(), 0, "a second copy behind the first");
        server.queue.push_back(message);
        server.full = server.queue.len() >= ROOM;
    }

    /// Every debt that can be paid is paid, unless a copy has not left yet: then by the next
    /// interval.
    fn audit(&mut self) {
        let (now, resend, writable) = (self.now, self.resend, self.best().is_some());
        let holding = self.servers.iter();
        let holding = holding.filter(|(_, server)| !server.queue.is_empty());
        let holding: Vec<PipeId> = holding.map(|(pipe, _)| *pipe).collect();
        for ask in self.asks().filter(|ask| ask.owed) {
            if ask.carriers.iter().any(|carrier| holding.contains(carrier)) {
                ask.excused = resend.map(|interval| now + interval).max(ask.excused);
            }
            assert!(
                !writable || ask.excused.is_some_and(|until| now < until),
                "not sent"
            );
        }
    }

    fn some(&self, which: usize) -> Option<PipeId> {
        let count = self.servers.len();
        (count > 0).then(|| *self.servers.keys().nth(which % count).unwrap())
    }

    fn attach(&mut self, level: u8, room: usize) {
        if self.servers.len() >= PIPES_MAX {
            return;
        }
        self.pipes += 1;
        let pipe = pipe(self.pipes);
        // As if the pipe were partly used: messages that are not ours fill the rest.
        let queue = (room..ROOM).map(|_| Message::new()).collect();
        self.fx.set_room(pipe, room);
        let (full, seen) = (false, Vec::new());
        self.servers.insert(
            pipe,
            Server {
                level,
                queue,
                full,
                seen,
            },
        );
        let info = info(ProtocolId::REP, Priority::new(level).unwrap());
        self.call(|req, fx| req.attach(pipe, &info, &mut fx.cx()))
            .unwrap();
    }

    fn detach(&mut self, pipe: PipeId, on_wire: usize) {
        let mut server = self.servers.remove(&pipe).unwrap();
        server.queue.retain(|queued| !queued.header().is_empty());
        let on_wire = on_wire.min(server.queue.len());
        let unsent: Vec<Message> = server.queue.drain(on_wire..).collect();
        let returned: Vec<u64> = unsent.iter().map(number).collect();
        let resends = self.resend.is_some();
        for exchange in self.contexts.values_mut() {
            let Exchange::Open(ask) = exchange else {
                continue;
            };
            let was_latest = ask.carriers.last() == Some(&pipe);
            ask.carriers.retain(|carrier| *carrier != pipe);
            if !was_latest || ask.owed {
                continue;
            }
            if resends || returned.contains(&ask.number) {
                ask.owed = true;
            } else if ask.carriers.is_empty() {
                *exchange = Exchange::Lost;
            }
        }
        let mut unsent = unsent.into_iter();
        self.call(|req, fx| req.detach(pipe, &mut Unsent::new(&mut unsent), &mut fx.cx()));
    }

    fn drain(&mut self, pipe: PipeId, count: usize) {
        let server = self.servers.get_mut(&pipe).unwrap();
        let count = count.min(server.queue.len());
        let taken = server.queue.drain(..count);
        server
            .seen
            .extend(taken.filter(|message| !message.header().is_empty()));
        if server.queue.len() * 2 > ROOM {
            return;
        }
        self.fx.set_room(pipe, ROOM - server.queue.len());
        if std::mem::take(&mut server.full) {
            self.call(|req, fx| req.on_writable(pipe, &mut fx.cx()));
        }
    }

    fn ask(&mut self, ctx: CtxId) {
        if !self.contexts.contains_key(&ctx) {
            self.call(|req, fx| req.open(ctx, &mut fx.cx()));
            self.req.set_resend_in(ctx, self.resend);
        }
        self.asked += 1;
        let ask = Ask {
            number: self.asked,
            id: None,
            carriers: Vec::new(),
            owed: true,
            due: None,
            excused: None,
        };
        self.contexts.insert(ctx, Exchange::Open(ask));
        let mut message = Some(Message::from(self.asked.to_be_bytes()));
        let sent = self.call(|req, fx| req.send(ctx, &mut message, &mut fx.cx()));
        assert_eq!(sent, Ok(()));
    }

    fn receive(&mut self, ctx: CtxId) {
        let expected = match self.contexts.get(&ctx) {
            None | Some(Exchange::Idle) => Err(Verdict::State),
            Some(Exchange::Open(_)) => Err(Verdict::Wait),
            Some(Exchange::Lost) => Err(Verdict::PeerLost),
            Some(Exchange::Replied(number)) => Ok(*number),
        };
        let received = self.call(|req, fx| req.recv(ctx, &mut fx.cx()));
        assert_eq!(received.map(|message| number(&message)), expected);
        if expected.is_ok() {
            self.contexts.insert(ctx, Exchange::Idle);
        }
    }

    /// A server sends this: it is taken if and only if it answers an open question it was asked.
    fn answer(&mut self, pipe: PipeId, reply: Message) {
        let stale = DropCause::Stale.index();
        let before = self.dropped.get(&stale).copied().unwrap_or(0);
        let id = id(&reply);
        let open = self.contexts.values_mut().find(|exchange| {
            matches!(exchange, Exchange::Open(ask)
                if ask.id == Some(id) && ask.carriers.contains(&pipe))
        });
        let expected = open.is_some();
        if let Some(exchange) = open {
            *exchange = Exchange::Replied(number(&reply));
        }
        let mut inbox = Inbox::new();
        inbox.push(reply);
        self.call(|req, fx| req.on_batch(pipe, &mut inbox, &mut fx.cx()));
        assert!(inbox.is_empty());
        let after = self.dropped.get(&stale).copied().unwrap_or(0);
        assert_eq!(after - before, u64::from(!expected));
    }

    /// The time passes by milliseconds, and timers fire when they are armed for.
    fn pass(&mut self, ms: u64) {
        for _ in 0..ms {
            let tick = Duration::from_millis(1);
            self.now += tick;
            self.fx.advance(tick);
            let now = self.now;
            for ask in self.asks() {
                ask.owed |= ask.due.take_if(|due| *due <= now).is_some();
            }
            let fired = self.timers.iter().filter(|(_, at)| **at <= now);
            let fired: Vec<TimerKey> = fired.map(|(key, _)| *key).collect();
            for key in fired {
                self.timers.remove(&key);
                self.call(|req, fx| req.on_timer(key, &mut fx.cx()));
            }
            self.audit();
        }
    }

    fn set_resend(&mut self, ms: Option<u64>) {
        self.resend = ms.map(Duration::from_millis);
        for ctx in self.contexts.keys() {
            self.req.set_resend_in(*ctx, self.resend);
        }
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Attach(level, room) => self.attach(level, room),
            Op::Detach(which, on_wire) => {
                self.some(which)
                    .into_iter()
                    .for_each(|pipe| self.detach(pipe, on_wire));
            }
            Op::Ask(ctx) => self.ask(CtxId(ctx)),
            Op::Receive(ctx) => self.receive(CtxId(ctx)),
            Op::Close(ctx) => {
                match CtxId(ctx) {
                    CtxId::MAIN => self.contexts.clear(),
                    ctx => drop(self.contexts.remove(&ctx)),
                }
                self.call(|req, fx| req.close(CtxId(ctx), &mut fx.cx()));
            }
            Op::Drain(which, count) => {
                self.some(which)
                    .into_iter()
                    .for_each(|pipe| self.drain(pipe, count));
            }
            Op::Answer(which, at) => {
                let Some(pipe) = self.some(which) else { return };
                let seen = &self.servers[&pipe].seen;
                if !seen.is_empty() {
                    self.answer(pipe, seen[at % seen.len()].clone());
                }
            }
            Op::Stray(which, other, invented) => {
                let Some(pipe) = self.some(which) else { return };
                let seen = self
                    .some(other)
                    .and_then(|pipe| self.servers[&pipe].seen.last());
                let word = (invented | 0x8000_0000).to_be_bytes();
                let made_up = Message::with_header(&word, vec![0; 8].into());
                let stray = seen.filter(|_| invented % 2 == 0).cloned();
                self.answer(pipe, stray.unwrap_or(made_up));
            }
            Op::Pass(ms) => self.pass(ms),
            Op::Resend(ms) => {
                let ms = self.resend.and(Some(ms));
                self.set_resend(ms);
            }
            Op::Move(which, level) => {
                let Some(pipe) = self.some(which) else { return };
                self.servers.get_mut(&pipe).unwrap().level = level;
                let info = info(ProtocolId::REP, Priority::new(level).unwrap());
                self.call(|req, fx| req.on_priority(pipe, &info, &mut fx.cx()));
            }
        }
        self.audit();
    }

    /// From now on every server reads and answers.
    fn goes_well(&mut self) {
        self.set_resend(Some(10));
        self.attach(16, 1);
        for _ in 0..3 {
            for _ in 0..4 {
                for pipe in self.servers.keys().copied().collect::<Vec<_>>() {
                    self.drain(pipe, ROOM);
                    for reply in self.servers[&pipe].seen.clone() {
                        self.answer(pipe, reply);
                    }
                }
            }
            self.pass(40);
        }
        assert_eq!(
            self.asks().count(),
            0,
            "an open question and a server who answers"
        );
        for ctx in self.contexts.keys().copied().collect::<Vec<_>>() {
            self.receive(ctx);
        }
        // Nothing is left to do, for ever.
        self.pass(100);
        assert!(self.timers.is_empty());
    }
}

proptest! {
    /// rfc: sp-reqrep,
    ///
    #[test]
    fn each_question_gets_its_own_answer_once(
        resend in prop::option::weighted(0.8, 1..30_u64),
        script in prop::collection::vec(op(), 0..160),
    ) {
        let mut world = World::new(resend);
        script.iter().for_each(|op| world.step(op));
        world.goes_well();
    }
}
