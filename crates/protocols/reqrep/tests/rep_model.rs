//! REP against a model: clients come, ask good and bad questions, stop reading and die, while
//! several contexts answer. Each good question is heard once, in its client's order, and each
//! answer goes where the question came from, or is counted. Obeys `rfc/sp-reqrep.md`.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use speedwell_protocol::{
    CtxId, DropCause, Inbox, Message, PipeId, Priority, Protocol, ProtocolId, Unsent, Verdict,
};
use speedwell_reqrep::Rep;
use speedwell_testkit::effects::{Effect, RecordingEffects, info, pipe};

#[derive(Clone, Debug)]
enum Op {
    Attach(u8),
    Detach(usize),
    /// A client asks: each question has so many words before its id, or no id at all.
    Ask(usize, Vec<Option<usize>>),
    Receive(u32),
    Answer(u32),
    Open(u32),
    Close(u32),
    /// A client reads so many answers.
    Read(usize, usize),
}

fn op() -> impl Strategy<Value = Op> {
    let (which, ctx) = (0..64_usize, 0..4_u32);
    let level = prop_oneof![Just(1_u8), Just(8), Just(16)];
    let question = prop::option::weighted(0.8, 0..10_usize);
    prop_oneof![
        2 => level.prop_map(Op::Attach),
        1 => which.clone().prop_map(Op::Detach),
        6 => (which.clone(), prop::collection::vec(question, 0..5))
            .prop_map(|(n, questions)| Op::Ask(n, questions)),
        8 => ctx.clone().prop_map(Op::Receive),
        7 => ctx.clone().prop_map(Op::Answer),
        1 => ctx.clone().prop_map(Op::Open),
        1 => (1..4_u32).prop_map(Op::Close),
        3 => (which, 0..4_usize).prop_map(|(n, count)| Op::Read(n, count)),
    ]
}

const ROOM: usize = 4;
const TTL: usize = 8;

#[derive(Default)]
struct Client {
    /// Good questions that were taken from its inbox and not received: their whole octets.
    asked: VecDeque<Vec<u8>>,
    /// What was left of its last batch, which is offered again when it is resumed.
    left: Inbox,
    /// Answers it has not read.
    answers: usize,
    full: bool,
}

#[derive(Default)]
struct World {
    rep: Rep,
    fx: RecordingEffects,
    clients: BTreeMap<PipeId, Client>,
    /// Questions of clients that are gone.
    orphans: BTreeMap<PipeId, VecDeque<Vec<u8>>>,
    /// Where the question of a context came from, and its words.
    contexts: BTreeMap<CtxId, Option<(PipeId, Vec<u8>)>>,
    pipes: u32,
    questions: u64,
    dropped: BTreeMap<usize, u64>,
}

impl World {
    fn new() -> Self {
        let mut world = Self::default();
        world.contexts.insert(CtxId::MAIN, None);
        world
    }

    /// Makes a call, and gives what it returned and what it pushed.
    fn call<R>(
        &mut self,
        call: impl FnOnce(&mut Rep, &mut RecordingEffects) -> R,
    ) -> (R, Vec<(PipeId, Message)>) {
        let was_ready = self.rep.ready(CtxId::MAIN).recv;
        let result = call(&mut self.rep, &mut self.fx);
        (result, self.settle(was_ready))
    }

    /// Carries out the effects of a call, and gives what it pushed.
    fn settle(&mut self, was_ready: bool) -> Vec<(PipeId, Message)> {
        let (mut pushed, mut resumed, mut woken) = (Vec::new(), Vec::new(), Vec::new());
        for effect in self.fx.take() {
            match effect {
                Effect::Push(pipe, message) => pushed.push((pipe, message)),
                Effect::Resume(pipe) => resumed.push(pipe),
                Effect::Wake(ctx) => woken.push(ctx),
                Effect::Drop(_, cause, count) => {
                    *self.dropped.entry(cause.index()).or_default() += count;
                }
                other => panic!("unexpected {other}"),
            }
        }
        let rises = !was_ready && self.rep.ready(CtxId::MAIN).recv;
        let expected = rises.then_some(CtxId::ANY);
        assert_eq!(woken, Vec::from_iter(expected));
        for pipe in resumed {
            let left = self
                .clients
                .get_mut(&pipe)
                .map(|client| std::mem::take(&mut client.left));
            left.into_iter().for_each(|left| self.offer(pipe, left));
        }
        pushed
    }

    fn count(&self, cause: DropCause) -> u64 {
        self.dropped.get(&cause.index()).copied().unwrap_or(0)
    }

    fn some(&self, which: usize) -> Option<PipeId> {
        let count = self.clients.len();
        (count > 0).then(|| *self.clients.keys().nth(which % count).unwrap())
    }

    fn attach(&mut self, level: u8) {
        self.pipes += 1;
        let pipe = pipe(self.pipes);
        self.fx.set_room(pipe, ROOM);
        self.clients.insert(pipe, Client::default());
        let info = info(ProtocolId::REQ, Priority::new(level).unwrap());
        self.call(|rep, fx| rep.attach(pipe, &info, &mut fx.cx()))
            .0
            .unwrap();
    }

    fn detach(&mut self, pipe: PipeId) {
        // Everything received has been offered before a pipe ends: what is left stays its own.
        let client = self.clients.remove(&pipe).unwrap();
        self.orphans.insert(pipe, client.asked);
        self.call(|rep, fx| {
            rep.detach(
                pipe,
                &mut Unsent::new(&mut std::iter::empty()),
                &mut fx.cx(),
            )
        });
    }

    fn ask(&mut self, pipe: PipeId, questions: &[Option<usize>]) {
        if !self.clients[&pipe].left.is_empty() {
            return;
        }
        let mut inbox = Inbox::new();
        for question in questions {
            self.questions += 1;
            let body = self.questions.to_be_bytes();
            inbox.push(Message::from(match question {
                Some(hops) => [&b"hop.".repeat(*hops)[..], b"\x80id.", &body].concat(),
                None => body[..7].to_vec(),
            }));
        }
        self.offer(pipe, inbox);
    }

    fn offer(&mut self, pipe: PipeId, mut inbox: Inbox) {
        let bad = [DropCause::Malformed, DropCause::TooManyHops];
        let before = bad.map(|cause| self.count(cause));
        let (mut good, mut expected) = (VecDeque::new(), [0, 0]);
        inbox.retain(|message| {
            let octets = [message.header(), message.body()].concat();
            match octets.chunks(4).position(|word| word == b"\x80id.") {
                Some(hops) if hops < TTL => good.push_back(octets),
                Some(_) => expected[1] += 1,
                None => expected[0] += 1,
            }
            true
        });
        let is_free = self.clients[&pipe].asked.is_empty();
        self.call(|rep, fx| rep.on_batch(pipe, &mut inbox, &mut fx.cx()));
        let after = bad.map(|cause| self.count(cause));
        assert_eq!([after[0] - before[0], after[1] - before[1]], expected);
        assert_eq!(inbox.len(), if is_free { 0 } else { good.len() });
        let client = self.clients.get_mut(&pipe).unwrap();
        if is_free {
            client.asked = good;
        }
        client.left = inbox;
    }

    fn is_waiting(&self) -> bool {
        let live = self.clients.values().map(|client| &client.asked);
        live.chain(self.orphans.values())
            .any(|queue| !queue.is_empty())
    }

    fn receive(&mut self, ctx: CtxId) {
        let expected = match (self.contexts.contains_key(&ctx), self.is_waiting()) {
            (false, _) => Err(Verdict::State),
            (true, false) => Err(Verdict::Wait),
            (true, true) => Ok(()),
        };
        let was_ready = self.rep.ready(CtxId::MAIN).recv;
        let received = self.rep.recv(ctx, &mut self.fx.cx());
        assert_eq!(
            received.as_ref().map(drop).map_err(|verdict| *verdict),
            expected
        );
        if let Ok(message) = received {
            // Before the effects, since a client that is resumed asks on.
            let pipe = message.origin().unwrap();
            let live = self.clients.get_mut(&pipe).map(|client| &mut client.asked);
            let queue = live.or_else(|| self.orphans.get_mut(&pipe));
            let octets = queue.unwrap().pop_front().unwrap();
            let (words, body) = octets.split_at(octets.len() - 8);
            assert_eq!(
                (message.header(), message.body()),
                (&b""[..], body),
                "in order"
            );
            self.contexts.insert(ctx, Some((pipe, words.to_vec())));
        }
        assert_eq!(self.settle(was_ready), []);
    }

    fn answer(&mut self, ctx: CtxId) {
        let causes = [DropCause::Overflow, DropCause::PipeLost];
        let before = causes.map(|cause| self.count(cause));
        let mut answer = Some(Message::from("answer"));
        let (sent, pushed) = self.call(|rep, fx| rep.send(ctx, &mut answer, &mut fx.cx()));
        let after = causes.map(|cause| self.count(cause));
        let dropped = [after[0] - before[0], after[1] - before[1]];
        let Some((pipe, words)) = self.contexts.get_mut(&ctx).and_then(Option::take) else {
            assert_eq!(
                (sent, pushed.len(), dropped),
                (Err(Verdict::State), 0, [0, 0])
            );
            return;
        };
        assert_eq!((sent, answer), (Ok(()), None));
        match self.clients.get_mut(&pipe) {
            None => assert_eq!((pushed.len(), dropped), (0, [0, 1])),
            Some(client) if client.full => assert_eq!((pushed.len(), dropped), (0, [1, 0])),
            Some(client) => {
                let expected = Message::with_header(&words, "answer".into());
                assert_eq!((pushed, dropped), (vec![(pipe, expected)], [0, 0]));
                client.answers += 1;
                client.full = client.answers == ROOM;
            }
        }
    }

    fn read(&mut self, pipe: PipeId, count: usize) {
        let client = self.clients.get_mut(&pipe).unwrap();
        client.answers -= count.min(client.answers);
        if client.answers * 2 > ROOM {
            return;
        }
        self.fx.set_room(pipe, ROOM - client.answers);
        if std::mem::take(&mut client.full) {
            self.call(|rep, fx| rep.on_writable(pipe, &mut fx.cx()));
        }
    }

    fn step(&mut self, op: &Op) {
        match op {
            Op::Attach(level) => self.attach(*level),
            Op::Detach(which) => self
                .some(*which)
                .into_iter()
                .for_each(|pipe| self.detach(pipe)),
            Op::Ask(which, questions) => {
                self.some(*which)
                    .into_iter()
                    .for_each(|pipe| self.ask(pipe, questions));
            }
            Op::Receive(ctx) => self.receive(CtxId(*ctx)),
            Op::Answer(ctx) => self.answer(CtxId(*ctx)),
            Op::Open(ctx) => {
                self.contexts.entry(CtxId(*ctx)).or_default();
                self.call(|rep, fx| rep.open(CtxId(*ctx), &mut fx.cx()));
            }
            Op::Close(ctx) => {
                self.contexts.remove(&CtxId(*ctx));
                self.call(|rep, fx| rep.close(CtxId(*ctx), &mut fx.cx()));
            }
            Op::Read(which, count) => {
                self.some(*which)
                    .into_iter()
                    .for_each(|pipe| self.read(pipe, *count));
            }
        }
    }
}

proptest! {
    /// rfc: sp-reqrep
    #[test]
    fn each_answer_goes_where_it_belongs(script in prop::collection::vec(op(), 0..250)) {
        let mut world = World::new();
        script.iter().for_each(|op| world.step(op));
        // Then everything is received, and what was left is asked on.
        while world.rep.ready(CtxId::MAIN).recv {
            world.receive(CtxId::MAIN);
        }
        prop_assert!(!world.is_waiting());
        prop_assert!(world.clients.values().all(|client| client.left.is_empty()));
    }
}
