//! The rows of the fault catalogue that REP and the raw forms own, and their rules one by one, as
//! transcripts. Obeys `rfc/sp-reqrep.md` sections 5 to 8.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroU8;

use proptest::prelude::*;
use speedwell_protocol::{
    CtxId, DropCause, Message, PipeId, Priority, Protocol, ProtocolId, ProtocolIds, Readiness,
    Verdict,
};
use speedwell_reqrep::{RawRep, RawReq, Rep, Req};
use speedwell_testkit::bench::{Bench, dropped, to};
use speedwell_testkit::effects::{Effect, info, pipe};

const MAIN: CtxId = CtxId::MAIN;
const ID: &[u8] = b"\x80\0\0\x07";

/// A request that came by so many devices.
fn request(hops: usize, body: &[u8]) -> Vec<u8> {
    [&b"hop.".repeat(hops)[..], ID, body].concat()
}

#[test]
fn fault_15_raw_and_cooked_announce_the_same() {
    // rfc: sp-reqrep R-02
    let ids = ProtocolIds {
        me: ProtocolId(49),
        peer: ProtocolId(48),
    };
    assert_eq!((Rep::new().ids(), RawRep::new().ids()), (ids, ids));
}

#[test]
fn fault_17_a_back_trace_without_an_end_is_dropped_and_its_pipe_kept() {
    // rfc: sp-reqrep
    fn survives<P: Protocol + Default>() {
        let mut bench = Bench::<P>::with(&[1]);
        for octets in (0..32).chain([64, 4095, 1 << 20]) {
            assert_eq!(bench.peer_sends(1, &[vec![1; octets]]), 0);
            let cause = if octets < 36 {
                DropCause::Malformed
            } else {
                DropCause::TooManyHops
            };
            assert_eq!(
                bench.world.take(),
                [dropped(1, cause, 1)],
                "{octets} octets"
            );
            assert!(!bench.socket.ready(MAIN).recv);
        }
        bench.peer_sends(1, &[request(0, b"?")]);
        assert_eq!(bench.receives().unwrap().body(), b"?");
    }
    survives::<Rep>();
    survives::<RawRep>();
}

#[test]
fn fault_18_requests_of_too_many_hops_die_without_a_trace() {
    // rfc: sp-reqrep
    fn dies<P: Protocol + Default>(set_ttl: fn(&mut P, NonZeroU8)) {
        let mut bench = Bench::<P>::with(&[1]);
        for hops in [8, 9, 16, 100, 200_000] {
            bench.peer_sends(1, &[request(hops, b"?")]);
            assert_eq!(
                bench.world.take(),
                [dropped(1, DropCause::TooManyHops, 1)],
                "{hops} hops"
            );
        }
        assert_eq!(bench.receives(), Err(Verdict::Wait));
        for (ttl, hops) in [(8, 7), (1, 0), (255, 254)] {
            set_ttl(&mut bench.socket, NonZeroU8::new(ttl).unwrap());
            let both = [request(hops, b"heard"), request(hops + 1, b"not")];
            bench.peer_sends(1, &both);
            assert_eq!(bench.receives().unwrap().body(), b"heard");
            assert_eq!(bench.receives(), Err(Verdict::Wait), "a ttl of {ttl}");
        }
    }
    dies::<Rep>(Rep::set_ttl);
    dies::<RawRep>(RawRep::set_ttl);
}

#[test]
fn fault_19_messages_without_a_word_are_dropped_and_their_pipe_kept() {
    // rfc: sp-reqrep
    fn survives<P: Protocol + Default>() {
        let mut bench = Bench::<P>::with(&[1]);
        bench.world.take();
        let short = [&b""[..], b"\x80", b"\x80\0", b"\x80\0\0"];
        assert_eq!(bench.peer_sends(1, &short), 0);
        let malformed = dropped(1, DropCause::Malformed, 4);
        assert_eq!(bench.world.take(), [malformed]);
        // A request or reply among them is not lost.
        bench.peer_sends(1, &[&b"abc"[..], ID, b"abc"]);
        assert_eq!(bench.receives().unwrap().body(), b"");
    }
    survives::<Rep>();
    survives::<RawRep>();
    survives::<RawReq>();
}

#[test]
fn fault_22_a_reply_to_a_pipe_that_is_gone_is_dropped() {
    // rfc: sp-reqrep
    let mut bench = Bench::<Rep>::with(&[1]);
    bench.peer_sends(1, &[request(0, b"?")]);
    bench.receives().unwrap();
    bench.ends(1);
    // Its slot, and then its word, are used again.
    for again in [PipeId::new(1, 77), PipeId::new(9, 2)] {
        let (again, info) = (again.unwrap(), info(ProtocolId::REQ, Priority::default()));
        let attached = bench.socket.attach(again, &info, &mut bench.world.cx());
        attached.unwrap();
    }
    bench.world.take();
    assert_eq!(bench.send("!"), Ok(()));
    assert_eq!(bench.world.take(), [dropped(1, DropCause::PipeLost, 1)]);

    let mut raw = Bench::<RawRep>::with(&[1]);
    raw.peer_sends(1, &[request(0, b"?")]);
    let question = raw.receives().unwrap();
    raw.ends(1);
    raw.world.take();
    assert_eq!(raw.send(question), Ok(()));
    let nobody = Effect::Drop(None, DropCause::NoPeer, 1);
    assert_eq!(raw.world.take(), [nobody]);
}

#[test]
fn fault_83_a_client_that_does_not_read_disturbs_nobody() {
    // rfc: sp-reqrep
    let mut bench = Bench::<Rep>::default();
    bench.world.set_room(pipe(1), 2);
    bench.attach(1);
    bench.attach(2);
    for number in 0..100 {
        for n in [1, 2] {
            bench.peer_sends(n, &[request(0, b"?")]);
            bench.receives().unwrap();
            bench.world.take();
            assert_eq!(bench.send("!"), Ok(()));
            let effect = match n {
                1 if number >= 2 => dropped(1, DropCause::Overflow, 1),
                _ => Effect::Push(pipe(n), Message::with_header(ID, "!".into())),
            };
            assert_eq!(bench.world.take(), [effect]);
        }
    }
    // Once it reads again it is answered.
    bench.world.set_room(pipe(1), 9);
    bench.socket.on_writable(pipe(1), &mut bench.world.cx());
    bench.peer_sends(1, &[request(0, b"?")]);
    bench.receives().unwrap();
    bench.send("!").unwrap();
    assert_eq!(bench.pushed(), [to(1, request(0, b"!"))]);
}

#[test]
fn a_reply_goes_back_the_way_the_request_came_once() {
    // rfc: sp-reqrep
    let mut bench = Bench::<Rep>::with(&[1, 2]);
    assert_eq!(bench.send("unasked"), Err(Verdict::State));
    bench.peer_sends(2, &[request(3, b"far")]);
    assert_eq!(bench.receives(), Ok(Message::from("far")));
    let headed = Message::with_header(b"head", "body".into());
    assert_eq!(bench.send(headed), Err(Verdict::BadHeader));
    // Nothing to receive: the request is still owed its answer.
    assert_eq!(bench.receives(), Err(Verdict::Wait));
    bench.world.take();
    assert_eq!(bench.send("away"), Ok(()));
    assert_eq!(bench.pushed(), [to(2, request(3, b"away"))]);
    assert_eq!(bench.send("twice"), Err(Verdict::State));
    // Another request takes the place of the first.
    bench.peer_sends(1, &[request(0, b"forgotten"), request(1, b"answered")]);
    bench.receives().unwrap();
    bench.receives().unwrap();
    bench.world.take();
    bench.send("yes").unwrap();
    assert_eq!(bench.pushed(), [to(1, request(1, b"yes"))]);
}

#[test]
fn clients_take_turns_better_ones_first_and_the_dead_are_heard() {
    // rfc: sp-reqrep
    let mut bench = Bench::<Rep>::default();
    (1..)
        .zip([8, 8, 1])
        .for_each(|(n, level)| bench.attach_at(n, level));
    for (n, bodies) in [
        (1, [b"a1", b"a2"]),
        (2, [b"b1", b"b2"]),
        (3, [b"c1", b"c2"]),
    ] {
        assert_eq!(bench.peer_sends(n, &bodies.map(|body| request(0, body))), 0);
        assert_eq!(bench.peer_sends(n, &[request(0, b"later")]), 1, "held back");
    }
    bench.ends(1);
    let heard: Vec<_> = std::iter::from_fn(|| bench.receives().ok()).collect();
    let heard: Vec<&[u8]> = heard.iter().map(Message::body).collect();
    assert_eq!(heard, [b"c1", b"c2", b"a1", b"b1", b"a2", b"b2"]);
    let resumed = [3, 2].map(|n| Effect::Resume(pipe(n)));
    assert!(bench.world.take().ends_with(&resumed));
}

#[test]
fn contexts_of_rep_answer_each_their_own() {
    // rfc: sp-reqrep
    let mut bench = Bench::<Rep>::with(&[1, 2]);
    let other = CtxId(5);
    bench.socket.open(other, &mut bench.world.cx());
    bench.peer_sends(1, &[request(0, b"one")]);
    assert_eq!(
        bench.world.take(),
        [Effect::Wake(CtxId::ANY)],
        "one of them"
    );
    bench.peer_sends(2, &[request(1, b"two")]);
    bench.receives().unwrap();
    let second = bench.socket.recv(other, &mut bench.world.cx());
    assert_eq!(second, Ok(Message::from("two")));
    bench.world.take();
    bench.send("1").unwrap();
    let mut answer = Some(Message::from("2"));
    bench
        .socket
        .send(other, &mut answer, &mut bench.world.cx())
        .unwrap();
    assert_eq!(
        bench.pushed(),
        [(pipe(1), request(0, b"1")), (pipe(2), request(1, b"2"))]
    );
    bench.socket.close(other, &mut bench.world.cx());
    let closed = bench.socket.recv(other, &mut bench.world.cx());
    assert_eq!(closed, Err(Verdict::State));
    assert_eq!(bench.socket.ready(other), Readiness::default());
    bench.peer_sends(1, &[request(0, b"x"), request(0, b"y")]);
    bench.world.take();
    bench.socket.close(MAIN, &mut bench.world.cx());
    assert_eq!(bench.world.take(), [dropped(1, DropCause::Closed, 2)]);
}

#[test]
fn a_device_of_raw_sockets_passes_on_and_back() {
    // rfc: sp-reqrep
    let (mut front, mut back) = (Bench::<RawRep>::with(&[1, 2]), Bench::<RawReq>::with(&[3]));
    let mut server = Bench::<Rep>::with(&[4]);
    front.peer_sends(2, &[request(1, b"?")]);
    back.send(front.receives().unwrap()).unwrap();
    let on_the_way = back.pushed().pop().unwrap().1;
    let word = [&pipe(2).word().to_be_bytes()[..], &request(1, b"?")].concat();
    assert_eq!(on_the_way, word);
    server.peer_sends(4, &[on_the_way]);
    assert_eq!(server.receives().unwrap().body(), b"?");
    server.world.take();
    server.send("!").unwrap();
    back.peer_sends(3, &[server.pushed().pop().unwrap().1]);
    front.world.take();
    front.send(back.receives().unwrap()).unwrap();
    assert_eq!(front.pushed(), [to(2, request(1, b"!"))]);
}

#[test]
fn fault_81_a_raw_req_waits_for_room_and_loses_nothing() {
    // rfc: sp-reqrep
    let mut bench = Bench::<RawReq>::default();
    assert_eq!(bench.send(&b"1"[..]), Err(Verdict::Wait));
    bench.world.set_room(pipe(1), 2);
    bench.attach(1);
    assert_eq!(bench.world.take(), [Effect::Wake(MAIN)]);
    assert_eq!((bench.send("1"), bench.send("2")), (Ok(()), Ok(())));
    assert_eq!(bench.send("3"), Err(Verdict::Wait));
    bench.world.take();
    bench.detach(1, &["1", "2"].map(Message::from));
    assert_eq!(bench.socket.held().messages, 2);
    bench.attach(2);
    bench.send("3").unwrap();
    let sent: Vec<_> = bench.pushed().into_iter().map(|(_, sent)| sent).collect();
    assert_eq!(sent, [b"1", b"2", b"3"]);
    let other = bench.socket.recv(CtxId(1), &mut bench.world.cx());
    assert_eq!(other, Err(Verdict::Unsupported));
}

#[test]
fn late_events_of_unknown_pipes_change_nothing() {
    // rfc: sp-reqrep R-38
    fn ignores<P: Protocol + Default>() {
        let mut bench = Bench::<P>::with(&[1]);
        bench.ends(1);
        bench.world.take();
        let late = [&b"abc"[..], &request(0, b"late"), &request(20, b"late")];
        assert_eq!(bench.peer_sends(1, &late), 3);
        bench.socket.on_writable(pipe(1), &mut bench.world.cx());
        let better = info(bench.socket.ids().peer, Priority::HIGHEST);
        bench
            .socket
            .on_priority(pipe(1), &better, &mut bench.world.cx());
        bench.detach(1, &[Message::from("late")]);
        assert_eq!(bench.world.take(), []);
        assert!(bench.receives().is_err());
    }
    ignores::<Req>();
    ignores::<RawReq>();
    ignores::<Rep>();
    ignores::<RawRep>();
}

proptest! {
    /// What a peer sends is read alike off a stream and handed over in this process, wherever its
    /// machine had the border.
    /// rfc: sp-reqrep R-05
    #[test]
    fn the_border_on_arrival_means_nothing(
        hops in 0..10_usize, body in prop::collection::vec(any::<u8>(), 0..120),
        border in 0..200_usize, cut in 0..200_usize,
    ) {
        fn heard<P: Protocol + Default>(message: Message) -> (Vec<Effect>, Option<Message>) {
            let mut bench = Bench::<P>::with(&[1]);
            bench.peer_sends(1, &[message]);
            let heard = bench.receives().ok();
            let _ = bench.send("answer");
            (bench.world.take(), heard)
        }
        let mut octets = request(hops, &body);
        octets.truncate(octets.len().max(cut) - cut);
        let streamed = Message::from(octets);
        let mut handed_over = streamed.clone();
        let _ = handed_over.set_border(border.min(streamed.octets()));
        let both = || (streamed.clone(), handed_over.clone());
        let (one, other) = both();
        prop_assert_eq!(heard::<Rep>(one), heard::<Rep>(other));
        let (one, other) = both();
        prop_assert_eq!(heard::<RawRep>(one), heard::<RawRep>(other));
        let (one, other) = both();
        prop_assert_eq!(heard::<RawReq>(one), heard::<RawReq>(other));
    }
}
