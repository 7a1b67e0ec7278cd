//! PAIR against a model: random lives of peers, rooms and applications, driven as a driver does.
//! What was accepted arrives once and in order, or was on a pipe that died. Obeys `rfc/sp-pair.md`.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::VecDeque;

use proptest::prelude::*;
use speedwell_pair::{Pair, Pair1};
use speedwell_protocol::{
    CtxId, DropCause, Inbox, Message, PipeId, Priority, Protocol, Reject, Unsent, Verdict,
};
use speedwell_testkit::effects::{Effect, RecordingEffects, info, pipe};

#[derive(Clone, Debug)]
enum Op {
    /// A peer comes, with room for so many messages.
    Attach(usize),
    /// The peer dies, with so many of what it holds on the wire: their fate is unknown.
    Detach(usize),
    Send,
    Recv,
    /// The peer sends so many messages, and before each so many that make no sense.
    Batch(u64, usize),
    /// The wire takes so many messages, and the pipe has room again.
    Drain(usize),
    /// Late events of a pipe that is not there.
    Stranger,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (1..6_usize).prop_map(Op::Attach),
        2 => (0..3_usize).prop_map(Op::Detach),
        10 => Just(Op::Send),
        8 => Just(Op::Recv),
        4 => (1..4_u64, 0..2_usize).prop_map(|(count, junk)| Op::Batch(count, junk)),
        4 => (0..6_usize).prop_map(Op::Drain),
        1 => Just(Op::Stranger),
    ]
}

const ROOM: usize = 5;

/// The driver's side of the one pipe.
struct Link {
    pipe: PipeId,
    /// Pushed, and not on the wire yet.
    queue: VecDeque<u64>,
    room: usize,
    /// Offered, and not taken: the pipe is paused.
    paused: VecDeque<u64>,
}

/// A version of PAIR, as it is on the wire.
trait Version: Protocol + Default {
    const WIRE_HEADER: &'static [u8];
    /// What a peer may send that is dropped.
    const JUNK: &'static [(&'static [u8], DropCause)];

    /// A message of the peer.
    fn arrives(number: u64) -> Message {
        Message::from([Self::WIRE_HEADER, &number.to_be_bytes()].concat())
    }
}

impl Version for Pair {
    const WIRE_HEADER: &'static [u8] = b"";
    const JUNK: &'static [(&'static [u8], DropCause)] = &[];
}

impl Version for Pair1 {
    const WIRE_HEADER: &'static [u8] = b"\0\0\0\x01";
    const JUNK: &'static [(&'static [u8], DropCause)] = &[
        (b"\0\0\x01", DropCause::Malformed),
        (b"\0\0\x01\x01junk", DropCause::Malformed),
        (b"\0\0\0\x09junk", DropCause::TooManyHops),
    ];
}

#[derive(Default)]
struct World<P> {
    pair: P,
    fx: RecordingEffects,
    link: Option<Link>,
    pipes: u32,
    accepted: u64,
    /// What reached the wire, or may have, in order.
    on_wire: Vec<u64>,
    spoken: u64,
    /// What the machine must still give to the application, in order.
    taken: VecDeque<u64>,
}

fn message(number: u64) -> Message {
    Message::from(number.to_be_bytes())
}

/// The number that a message ends with.
fn number(message: &Message) -> u64 {
    u64::from_be_bytes(*message.body().last_chunk().unwrap())
}

impl<P: Version> World<P> {
    /// Carries out the effects of a call, and checks that a rise of readiness was told.
    fn call<R>(&mut self, call: impl FnOnce(&mut P, &mut RecordingEffects) -> R) -> R {
        let before = self.pair.ready(CtxId::MAIN);
        let result = call(&mut self.pair, &mut self.fx);
        let after = self.pair.ready(CtxId::MAIN);
        let mut woken = false;
        let mut resumed = false;
        for effect in self.fx.take() {
            match effect {
                Effect::Push(pipe, message) => {
                    let link = self.link.as_mut().unwrap();
                    assert_eq!(pipe, link.pipe);
                    let octets = [message.header(), message.body()].concat();
                    assert!(octets.starts_with(P::WIRE_HEADER));
                    link.queue.push_back(number(&message));
                }
                Effect::Wake(ctx) => woken |= ctx == CtxId::MAIN,
                Effect::Resume(pipe) => {
                    assert_eq!(Some(pipe), self.link.as_ref().map(|link| link.pipe));
                    resumed = true;
                }
                other => panic!("unexpected {other}"),
            }
        }
        let rose = (!before.send && after.send) || (!before.recv && after.recv);
        assert_eq!(woken, rose, "a wake for each rise, and no other");
        if resumed {
            self.offer();
        }
        result
    }

    fn offer(&mut self) {
        let Some(link) = self.link.as_mut().filter(|link| !link.paused.is_empty()) else {
            return;
        };
        let (pipe, offered) = (link.pipe, link.paused.clone());
        let mut inbox = Inbox::new();
        inbox.extend(offered.iter().map(|number| P::arrives(*number)));
        let left = self.call(|pair, fx| {
            pair.on_batch(pipe, &mut inbox, &mut fx.cx());
            inbox.len()
        });
        assert_eq!(left == 0, self.taken.is_empty(), "one inbox, whole");
        if left == 0 {
            self.taken = offered;
            self.link.as_mut().unwrap().paused.clear();
        }
    }

    fn attach(&mut self, room: usize) {
        self.pipes += 1;
        let peer = self.pair.ids().peer;
        let (pipe, info) = (pipe(self.pipes), info(peer, Priority::default()));
        if self.link.is_some() {
            let refused = self.call(|pair, fx| pair.attach(pipe, &info, &mut fx.cx()));
            assert_eq!(refused, Err(Reject::Occupied));
            return;
        }
        let (queue, paused) = (VecDeque::new(), VecDeque::new());
        self.link = Some(Link {
            pipe,
            queue,
            room,
            paused,
        });
        self.fx.set_room(pipe, room);
        self.call(|pair, fx| pair.attach(pipe, &info, &mut fx.cx()))
            .unwrap();
    }

    fn detach(&mut self, on_wire: usize) {
        let Some(mut link) = self.link.take() else {
            return;
        };
        let on_wire = on_wire.min(link.queue.len());
        self.on_wire.extend(link.queue.drain(..on_wire));
        // What was offered and not taken dies with the connection.
        self.spoken -= link.paused.len() as u64;
        // As one run of octets, as a batch gives them back.
        let mut unsent = link.queue.iter().map(|number| P::arrives(*number));
        self.call(|pair, fx| {
            pair.detach(link.pipe, &mut Unsent::new(&mut unsent), &mut fx.cx());
        });
        assert_eq!(unsent.len(), 0, "all of it was taken back");
    }

    fn drain(&mut self, count: usize) {
        let Some(link) = self.link.as_mut() else {
            return;
        };
        let count = count.min(link.queue.len());
        self.on_wire.extend(link.queue.drain(..count));
        let (pipe, was_full) = (link.pipe, self.fx.is_full(link.pipe));
        if link.queue.len() * 2 > link.room {
            return;
        }
        link.room = ROOM;
        self.fx
            .set_room(pipe, ROOM - link.queue.len().min(ROOM - 1));
        if was_full {
            self.call(|pair, fx| pair.on_writable(pipe, &mut fx.cx()));
        }
    }

    fn send(&mut self) {
        let ready = self.pair.ready(CtxId::MAIN).send;
        let returned = self.pair.held().messages;
        let number = self.accepted;
        let mut given = Some(message(number));
        let sent = self.call(|pair, fx| pair.send(CtxId::MAIN, &mut given, &mut fx.cx()));
        assert_eq!(sent, if ready { Ok(()) } else { Err(Verdict::Wait) });
        assert_eq!(given.is_none(), ready);
        assert!(
            !ready || returned == 0,
            "something new before what was returned"
        );
        self.accepted += u64::from(ready);
    }

    fn recv(&mut self) {
        let expected = self.taken.pop_front();
        let got = self.call(|pair, fx| pair.recv(CtxId::MAIN, &mut fx.cx()));
        assert_eq!(got, expected.map(message).ok_or(Verdict::Wait));
    }

    /// What makes no sense is dropped and counted, and pauses nothing.
    fn junk(&mut self) {
        let Some(pipe) = self.link.as_ref().map(|link| link.pipe) else {
            return;
        };
        for (octets, cause) in P::JUNK {
            let mut inbox = Inbox::new();
            inbox.push(Message::from(*octets));
            self.pair.on_batch(pipe, &mut inbox, &mut self.fx.cx());
            assert!(inbox.is_empty());
            let dropped = Effect::Drop(Some(pipe), *cause, 1);
            assert_eq!(self.fx.take(), [dropped]);
        }
    }

    fn batch(&mut self, count: u64, junk: usize) {
        (0..junk).for_each(|_| self.junk());
        let Some(link) = self.link.as_mut() else {
            return;
        };
        let was_paused = !link.paused.is_empty();
        link.paused.extend(self.spoken..self.spoken + count);
        self.spoken += count;
        if !was_paused {
            self.offer();
        }
    }

    fn stranger(&mut self) {
        let pipe = pipe(1_000_000);
        let mut inbox = Inbox::new();
        inbox.push(P::arrives(0));
        self.call(|pair, fx| {
            pair.on_batch(pipe, &mut inbox, &mut fx.cx());
            pair.on_writable(pipe, &mut fx.cx());
            pair.detach(
                pipe,
                &mut Unsent::new(&mut std::iter::empty()),
                &mut fx.cx(),
            );
        });
        assert_eq!(inbox.len(), 1);
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Attach(room) => self.attach(room),
            Op::Detach(on_wire) => self.detach(on_wire),
            Op::Send => self.send(),
            Op::Recv => self.recv(),
            Op::Batch(count, junk) => self.batch(count, junk),
            Op::Drain(count) => self.drain(count),
            Op::Stranger => self.stranger(),
        }
        let queued = self.link.as_ref().map_or(0, |link| link.queue.len()) as u64;
        let held = self.pair.held().messages;
        assert_eq!(
            self.on_wire.len() as u64 + queued + held,
            self.accepted,
            "accounted"
        );
        assert!(held <= ROOM as u64, "more than one pipe had accepted");
    }
}

fn plays<P: Version>(script: &[Op]) {
    let mut world = World::<P>::default();
    script.iter().for_each(|op| world.step(op));
    // Who is read is resumed, until nothing is left.
    while !world.taken.is_empty() {
        world.recv();
    }
    assert!(world.link.iter().all(|link| link.paused.is_empty()));
    // Then everything goes well.
    world.detach(0);
    world.attach(1);
    while world.pair.held().messages > 0 || !world.link.as_ref().unwrap().queue.is_empty() {
        world.drain(ROOM);
    }
    assert!(world.on_wire.iter().copied().eq(0..world.accepted));
    world.recv();
}

proptest! {
    /// rfc: sp-pair P-06, P-07, P-08, P-09, P-10, P-11, P-12, P-13, P-15, P-16, P-17, P-18, P-20
    #[test]
    fn what_was_accepted_arrives_once_and_in_order(script in prop::collection::vec(op(), 0..200)) {
        plays::<Pair>(&script);
    }

    /// rfc: sp-pair P-25, P-26, P-28, P-29, P-30
    #[test]
    fn so_it_does_with_version_1(script in prop::collection::vec(op(), 0..200)) {
        plays::<Pair1>(&script);
    }
}
