//! A device against a model: a raw REP in front, towards clients, and a raw REQ at the back,
//! towards servers. Both sides come, stop reading and die. A question is with one server at most,
//! or was on the wire of one that died; an answer reaches who asked, or is counted. Obeys
//! `rfc/sp-reqrep.md` section 7.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use speedwell_protocol::{CtxId, DropCause, Message, PipeId, Protocol, Verdict};
use speedwell_reqrep::{RawRep, RawReq};
use speedwell_testkit::bench::Bench;
use speedwell_testkit::effects::{Effect, pipe};

const MAIN: CtxId = CtxId::MAIN;

/// The messages that a pipe takes before it is full.
const ROOM: usize = 3;

#[derive(Clone, Debug)]
enum Op {
    Client,
    ClientDies(usize),
    Server,
    /// A server dies, with so many of what it was given on the wire.
    ServerDies(usize, usize),
    /// A client asks so many questions at once.
    Ask(usize, usize),
    /// The device passes a question on, if it can.
    Forward,
    /// The wire of a server takes so many questions.
    Drain(usize, usize),
    /// A server answers the oldest question that it has.
    Answer(usize),
    /// The device passes an answer back.
    Return,
    /// A client has room for so many answers.
    Read(usize, usize),
}

fn op() -> impl Strategy<Value = Op> {
    let which = 0..64_usize;
    prop_oneof![
        2 => Just(Op::Client),
        1 => which.clone().prop_map(Op::ClientDies),
        2 => Just(Op::Server),
        1 => (which.clone(), 0..3_usize).prop_map(|(n, count)| Op::ServerDies(n, count)),
        8 => (which.clone(), 1..4_usize).prop_map(|(n, count)| Op::Ask(n, count)),
        12 => Just(Op::Forward),
        6 => (which.clone(), 1..4_usize).prop_map(|(n, count)| Op::Drain(n, count)),
        8 => which.clone().prop_map(Op::Answer),
        10 => Just(Op::Return),
        3 => (which, 1..4_usize).prop_map(|(n, room)| Op::Read(n, room)),
    ]
}

#[derive(Default)]
struct Server {
    /// Given to its pipe, and not on the wire yet.
    queue: VecDeque<u32>,
    /// What it has to answer.
    asked: VecDeque<u32>,
}

#[derive(Default)]
struct World {
    front: Bench<RawRep>,
    back: Bench<RawReq>,
    pipes: u32,
    /// The clients that live, and how many answers each has room for.
    clients: BTreeMap<PipeId, usize>,
    servers: BTreeMap<PipeId, Server>,
    /// Who asked what.
    asked_by: BTreeMap<u32, PipeId>,
    /// Taken from clients, and not received by the device.
    questions: BTreeMap<PipeId, VecDeque<u32>>,
    /// Taken from servers, and not received by the device.
    answers: BTreeMap<PipeId, VecDeque<u32>>,
    /// Received by the device, which could not pass it on.
    stuck: Option<(u32, Message)>,
    /// Given back by servers that died, in the order in which they go out again.
    returned: VecDeque<u32>,
    /// On the wire to a server that died.
    lost: usize,
    /// Answered, and the answer at the client's or counted.
    done: usize,
}

fn id(number: u32) -> [u8; 4] {
    (1 << 31 | number).to_be_bytes()
}

fn word(pipe: PipeId) -> [u8; 4] {
    pipe.word().to_be_bytes()
}

/// The number of a question that is on its way: what it ends with.
fn number(message: &Message) -> u32 {
    u32::from_be_bytes(*message.body().last_chunk().unwrap())
}

fn some<T>(of: &BTreeMap<PipeId, T>, which: usize) -> Option<PipeId> {
    of.keys().nth(which % of.len().max(1)).copied()
}

impl World {
    fn new_pipe(&mut self) -> u32 {
        self.pipes += 1;
        self.pipes
    }

    /// A question as it is at the back: who asked, the id, the body.
    fn forwarded(&self, number: u32) -> Message {
        let from = word(self.asked_by[&number]);
        Message::from([from, id(number), number.to_be_bytes()].concat())
    }

    fn is_open(&self) -> bool {
        let mut servers = self.servers.keys();
        self.returned.is_empty() && servers.any(|server| !self.back.world.is_full(*server))
    }

    /// What the back did: what was returned goes out first, in order, then what is new.
    fn back_did(&mut self, was_ready: bool, mut fresh: Option<u32>) {
        let mut woken = 0;
        for effect in self.back.world.take() {
            match effect {
                Effect::Push(to, message) => {
                    let expected = self.returned.pop_front().or_else(|| fresh.take());
                    let number = number(&message);
                    assert_eq!(Some(number), expected);
                    let octets = [message.header(), message.body()].concat();
                    assert_eq!(octets, self.forwarded(number).body());
                    self.servers.get_mut(&to).unwrap().queue.push_back(number);
                }
                Effect::Wake(ctx) => woken += u32::from(ctx == MAIN),
                other => panic!("unexpected {other}"),
            }
        }
        assert_eq!(fresh, None);
        let is_ready = self.back.socket.ready(MAIN).send;
        assert_eq!(is_ready, self.is_open());
        assert_eq!(woken, u32::from(!was_ready && is_ready));
        assert_eq!(self.back.socket.held().messages, self.returned.len() as u64);
    }

    fn server_dies(&mut self, from: PipeId, on_wire: usize) {
        let was_ready = self.back.socket.ready(MAIN).send;
        let mut server = self.servers.remove(&from).unwrap();
        let on_wire = on_wire.min(server.queue.len());
        self.lost += server.queue.drain(..on_wire).count() + server.asked.len();
        let unsent: Vec<_> = server.queue.iter().map(|n| self.forwarded(*n)).collect();
        server.queue.append(&mut self.returned);
        self.returned = server.queue;
        assert_eq!(self.back.detach(from.slot(), &unsent), 0);
        self.back_did(was_ready, None);
    }

    fn ask(&mut self, from: PipeId, count: usize) {
        let waiting = self.questions.entry(from).or_default();
        // A pipe that is paused asks nothing.
        if !waiting.is_empty() {
            return;
        }
        let mut octets = Vec::new();
        for _ in 0..count {
            let number = u32::try_from(self.asked_by.len()).unwrap();
            self.asked_by.insert(number, from);
            waiting.push_back(number);
            octets.push([id(number), number.to_be_bytes()].concat());
        }
        let was_ready = self.front.socket.ready(MAIN).recv;
        assert_eq!(self.front.peer_sends(from.slot(), &octets), 0);
        let wake = (!was_ready).then_some(Effect::Wake(MAIN));
        assert_eq!(self.front.world.take(), Vec::from_iter(wake));
    }

    fn forward(&mut self) {
        if self.stuck.is_none() {
            let waits = self.questions.values().any(|waiting| !waiting.is_empty());
            let received = self.front.receives();
            assert_eq!(received.is_ok(), waits);
            let Ok(message) = received else { return };
            let from = message.origin().unwrap();
            let waiting = self.questions.get_mut(&from).unwrap();
            let number = waiting.pop_front().unwrap();
            assert_eq!(message.header(), [word(from), id(number)].concat());
            assert_eq!(message.body(), number.to_be_bytes());
            let is_resumed = waiting.is_empty() && self.clients.contains_key(&from);
            let resume = is_resumed.then_some(Effect::Resume(from));
            assert_eq!(self.front.world.take(), Vec::from_iter(resume));
            self.stuck = Some((number, message));
        }
        let Some((number, message)) = self.stuck.take() else {
            return;
        };
        let was_ready = self.is_open();
        let sent = self.back.send(message.clone());
        assert_eq!(
            sent,
            if was_ready {
                Ok(())
            } else {
                Err(Verdict::Wait)
            }
        );
        if sent.is_err() {
            self.stuck = Some((number, message));
        }
        self.back_did(was_ready, was_ready.then_some(number));
    }

    fn drain(&mut self, at: PipeId, count: usize) {
        let was_ready = self.back.socket.ready(MAIN).send;
        let was_full = self.back.world.is_full(at);
        let server = self.servers.get_mut(&at).unwrap();
        let count = count.min(server.queue.len());
        server.asked.extend(server.queue.drain(..count));
        let room = ROOM - server.queue.len();
        self.back.world.set_room(at, room);
        if was_full && count > 0 {
            self.back.writable(at.slot(), room);
        }
        self.back_did(was_ready, None);
    }

    fn answer(&mut self, at: PipeId) {
        let waiting = self.answers.entry(at).or_default();
        let asked = &mut self.servers.get_mut(&at).unwrap().asked;
        // A pipe that is paused answers nothing.
        if !waiting.is_empty() {
            return;
        }
        let Some(number) = asked.pop_front() else {
            return;
        };
        waiting.push_back(number);
        let answer = self.forwarded(number);
        let was_ready = self.back.socket.ready(MAIN).recv;
        assert_eq!(self.back.peer_sends(at.slot(), &[answer]), 0);
        let wake = (!was_ready).then_some(Effect::Wake(MAIN));
        assert_eq!(self.back.world.take(), Vec::from_iter(wake));
    }

    fn pass_back(&mut self) {
        let waits = self.answers.values().any(|waiting| !waiting.is_empty());
        let received = self.back.receives();
        assert_eq!(received.is_ok(), waits);
        let Ok(message) = received else { return };
        let from = message.origin().unwrap();
        let waiting = self.answers.get_mut(&from).unwrap();
        let number = waiting.pop_front().unwrap();
        let is_resumed = waiting.is_empty() && self.servers.contains_key(&from);
        let resume = is_resumed.then_some(Effect::Resume(from));
        assert_eq!(self.back.world.take(), Vec::from_iter(resume));
        let to = self.asked_by[&number];
        let rest = [id(number), number.to_be_bytes()].concat();
        assert_eq!(
            (message.header(), message.body()),
            (&word(to)[..], &rest[..])
        );
        assert!(self.front.socket.ready(MAIN).send);
        self.front.send(message).unwrap();
        self.done += 1;
        let effect = self.front.world.take().pop().unwrap();
        let expected = match self.clients.get_mut(&to) {
            None => Effect::Drop(None, DropCause::NoPeer, 1),
            Some(0) => Effect::Drop(Some(to), DropCause::Overflow, 1),
            Some(room) => {
                *room -= 1;
                let Effect::Push(pipe, message) = &effect else {
                    panic!("unexpected {effect}")
                };
                assert_eq!((*pipe, message.header().len()), (to, 0));
                assert_eq!(message.body(), rest);
                return;
            }
        };
        assert_eq!(effect, expected);
    }

    /// Each question is in one place.
    fn is_accounted(&self) -> bool {
        let waiting = self.questions.values().chain(self.answers.values());
        let servers = self.servers.values();
        let there = servers.map(|server| server.queue.len() + server.asked.len());
        let here = waiting.map(VecDeque::len).sum::<usize>() + self.returned.len();
        let stuck = usize::from(self.stuck.is_some());
        here + stuck + there.sum::<usize>() + self.lost + self.done == self.asked_by.len()
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Client => {
                let n = self.new_pipe();
                self.front.attach_with_room(n, ROOM);
                self.clients.insert(pipe(n), ROOM);
            }
            Op::Server => {
                let n = self.new_pipe();
                let was_ready = self.back.socket.ready(MAIN).send;
                self.servers.insert(pipe(n), Server::default());
                self.back.attach_with_room(n, ROOM);
                self.back_did(was_ready, None);
            }
            Op::Forward => self.forward(),
            Op::Return => self.pass_back(),
            Op::ClientDies(which) | Op::Ask(which, _) | Op::Read(which, _) => {
                let Some(client) = some(&self.clients, which) else {
                    return;
                };
                match *op {
                    Op::Ask(_, count) => self.ask(client, count),
                    Op::Read(_, room) => {
                        self.clients.insert(client, room);
                        self.front.writable(client.slot(), room);
                    }
                    _ => {
                        self.clients.remove(&client);
                        self.front.ends(client.slot());
                    }
                }
                assert_eq!(self.front.world.take(), []);
            }
            Op::ServerDies(which, _) | Op::Drain(which, _) | Op::Answer(which) => {
                let Some(server) = some(&self.servers, which) else {
                    return;
                };
                match *op {
                    Op::ServerDies(_, on_wire) => self.server_dies(server, on_wire),
                    Op::Drain(_, count) => self.drain(server, count),
                    _ => self.answer(server),
                }
            }
        }
    }
}

proptest! {
    /// rfc: sp-reqrep
    #[test]
    fn a_question_is_with_one_server_and_its_answer_finds_home(
        script in prop::collection::vec(op(), 0..200),
    ) {
        let mut world = World::default();
        for op in &script {
            world.step(op);
            prop_assert!(world.is_accounted());
        }
    }
}
