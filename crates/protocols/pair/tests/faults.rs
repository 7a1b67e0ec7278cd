//! The rows of the fault catalogue that PAIR owns, and its rules one by one, as transcripts.
//! Obeys `rfc/sp-pair.md`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use speedwell_pair::{Pair, RawPair};
use speedwell_protocol::{
    CtxId, DropCause, Held, Message, Protocol, ProtocolId, ProtocolIds, Readiness, Reject, Verdict,
};
use speedwell_testkit::bench::{Bench, to};
use speedwell_testkit::effects::{Effect, pipe};

#[test]
fn fault_24_a_second_peer_is_refused_and_the_first_undisturbed() {
    // rfc: sp-pair P-06, P-07, P-08
    let mut bench = Bench::<Pair>::default();
    assert_eq!(bench.tries(1), Ok(()));
    bench.peer_sends(1, &["from one"]);
    bench.world.take();
    for _ in 0..100 {
        assert_eq!(bench.tries(2), Err(Reject::Occupied));
    }
    assert_eq!(bench.world.take(), [], "a refusal has no effect");
    assert_eq!(bench.send("to one"), Ok(()));
    assert_eq!(bench.pushed(), [to(1, "to one")]);
    assert_eq!(bench.receives(), Ok(Message::from("from one")));
    bench.ends(1);
    assert_eq!(bench.tries(2), Ok(()));
    assert_eq!(bench.send("to two"), Ok(()));
    assert_eq!(bench.pushed(), [to(2, "to two")]);
}

#[test]
fn fault_26_what_a_refused_peer_sends_is_not_heard() {
    // rfc: sp-pair P-22; PAIR has no role that may not send, so this is all there is of the row
    let mut bench = Bench::<Pair>::default();
    bench.attach(1);
    assert_eq!(bench.tries(2), Err(Reject::Occupied));
    bench.world.take();
    assert_eq!(bench.peer_sends(2, &["intruder"]), 1);
    bench.writable(2, 5);
    bench.ends(2);
    assert_eq!(bench.receives(), Err(Verdict::Wait));
    assert_eq!(bench.world.take(), []);
    assert_eq!(bench.send("still here"), Ok(()));
}

#[test]
fn fault_15_raw_and_cooked_announce_the_same() {
    // rfc: sp-pair P-01, P-02
    let pair = ProtocolIds {
        me: ProtocolId(0x10),
        peer: ProtocolId(0x10),
    };
    assert_eq!((Pair::new().ids(), RawPair::new().ids()), (pair, pair));
}

#[test]
fn fault_81_and_84_a_slow_peer_holds_the_sender_back() {
    // rfc: sp-pair P-09, P-11
    let mut bench = Bench::<Pair>::default();
    assert_eq!(bench.send("nobody"), Err(Verdict::Wait));
    bench.world.set_room(pipe(1), 2);
    bench.attach(1);
    assert_eq!((bench.send("1"), bench.send("2")), (Ok(()), Ok(())));
    for _ in 0..1000 {
        assert_eq!(bench.send("3"), Err(Verdict::Wait));
    }
    assert_eq!(
        bench.socket.held(),
        Held::default(),
        "what was not accepted is not kept"
    );
    bench.world.take();
    bench.writable(1, 1);
    assert_eq!(bench.world.take(), [Effect::Wake(CtxId::MAIN)]);
    assert_eq!(bench.send("3"), Ok(()));
}

#[test]
fn fault_84_a_socket_that_is_not_read_holds_its_peer_back() {
    // rfc: sp-pair P-16, P-17
    let mut bench = Bench::<Pair>::default();
    bench.attach(1);
    assert_eq!(bench.peer_sends(1, &["a", "b"]), 0);
    for _ in 0..1000 {
        assert_eq!(bench.peer_sends(1, &["c"]), 1, "one inbox and no more");
    }
    bench.world.take();
    bench.receives().unwrap();
    assert_eq!(bench.world.take(), []);
    bench.receives().unwrap();
    assert_eq!(bench.world.take(), [Effect::Resume(pipe(1))]);
    assert_eq!(bench.peer_sends(1, &["c"]), 0);
}

#[test]
fn a_dead_pipe_loses_nothing_and_the_order_stays() {
    // rfc: sp-pair P-10, P-12, P-13, P-14, P-19
    let mut bench = Bench::<Pair>::default();
    bench.attach(1);
    ["1", "2", "3", "4"]
        .into_iter()
        .for_each(|body| bench.send(body).unwrap());
    bench.detach(1, &["2", "3", "4"]);
    assert_eq!(
        bench.socket.held(),
        Held {
            messages: 3,
            octets: 3
        }
    );
    assert_eq!(bench.send("5"), Err(Verdict::Wait));
    bench.world.set_room(pipe(2), 2);
    bench.pushed();
    bench.attach(2);
    assert_eq!(bench.pushed(), [to(2, "2"), to(2, "3")]);
    assert_eq!(bench.send("5"), Err(Verdict::Wait), "4 comes first");
    // The second peer dies with 3 unsent: it belongs before 4.
    bench.detach(2, &["3"]);
    bench.attach(3);
    assert_eq!(bench.send("5"), Ok(()));
    assert_eq!(bench.pushed(), [to(3, "3"), to(3, "4"), to(3, "5")]);
}

#[test]
fn a_dead_peer_is_heard_to_the_end_before_the_next() {
    // rfc: sp-pair P-15, P-18
    let mut bench = Bench::<Pair>::default();
    bench.attach(1);
    bench.peer_sends(1, &["last", "words"]);
    bench.ends(1);
    bench.attach(2);
    assert_eq!(bench.peer_sends(2, &["hello"]), 1);
    assert_eq!(bench.receives(), Ok(Message::from("last")));
    bench.world.take();
    assert_eq!(bench.receives(), Ok(Message::from("words")));
    assert_eq!(bench.world.take(), [Effect::Resume(pipe(2))]);
    assert_eq!(bench.receives(), Err(Verdict::Wait));
    bench.peer_sends(2, &["hello"]);
    assert_eq!(bench.receives(), Ok(Message::from("hello")));
}

#[test]
fn only_a_raw_socket_sends_a_header() {
    // rfc: sp-pair P-03, P-04, P-05
    let message = Message::with_header(b"head", "body".into());
    let mut cooked = Bench::<Pair>::default();
    assert_eq!(
        cooked.send(message.clone()),
        Err(Verdict::BadHeader),
        "even without a peer"
    );
    cooked.attach(1);
    assert_eq!(cooked.send(message.clone()), Err(Verdict::BadHeader));
    let mut raw = Bench::<RawPair>::default();
    assert_eq!(raw.send(message.clone()), Err(Verdict::Wait));
    raw.attach(1);
    assert_eq!(raw.send(message.clone()), Ok(()));
    assert_eq!(raw.pushed(), [to(1, "headbody")]);
    // Off a stream, and handed over in this process.
    raw.peer_sends(1, &[Message::from("headbody"), message]);
    for _ in 0..2 {
        let received = raw.receives().unwrap();
        assert_eq!(
            (received.header(), received.body()),
            (&b""[..], &b"headbody"[..])
        );
        assert_eq!(received.origin(), Some(pipe(1)));
    }
}

#[test]
fn there_is_one_context_and_no_other() {
    // rfc: sp-pair P-21
    let mut bench = Bench::<Pair>::default();
    bench.attach(1);
    bench.peer_sends(1, &["x"]);
    let other = CtxId(1);
    let mut message = Some(Message::from("kept"));
    let sent = bench
        .socket
        .send(other, &mut message, &mut bench.world.cx());
    assert_eq!((sent, message.is_some()), (Err(Verdict::Unsupported), true));
    let received = bench.socket.recv(other, &mut bench.world.cx());
    assert_eq!(received, Err(Verdict::Unsupported));
    assert_eq!(bench.socket.ready(other), Readiness::default());
}

#[test]
fn a_close_counts_what_is_left() {
    // rfc: sp-pair P-23
    let mut bench = Bench::<Pair>::default();
    bench.attach(1);
    bench.peer_sends(1, &["a", "b"]);
    bench.detach(1, &["c"]);
    bench.world.take();
    bench.close();
    let closed = |pipe, messages| Effect::Drop(pipe, DropCause::Closed, messages);
    assert_eq!(
        bench.world.take(),
        [closed(Some(pipe(1)), 2), closed(None, 1)]
    );
    assert_eq!(
        (bench.socket.held(), bench.receives()),
        (Held::default(), Err(Verdict::Wait))
    );
}

#[test]
fn fault_84_what_waits_is_what_one_peer_was_given() {
    // rfc: sp-pair P-13: peers come, take one, and die with it, again and again
    let mut bench = Bench::<Pair>::default();
    bench.attach(1);
    (0..10).for_each(|_| bench.send("m").unwrap());
    bench.detach(1, &["m"; 10]);
    for n in 2..1000 {
        bench.world.set_room(pipe(n), 1);
        bench.attach(n);
        assert_eq!(bench.send("new"), Err(Verdict::Wait));
        assert_eq!(bench.socket.held().messages, 9);
        bench.detach(n, &["m"]);
        assert_eq!(bench.socket.held().messages, 10);
    }
}

#[test]
fn fault_24_a_full_peer_is_not_given_up_for_another() {
    // rfc: sp-pair P-07, P-08
    let mut bench = Bench::<Pair>::default();
    bench.world.set_room(pipe(1), 1);
    bench.attach(1);
    bench.send("m").unwrap();
    assert_eq!(bench.tries(2), Err(Reject::Occupied));
    bench.ends(2);
    bench.writable(2, 9);
    assert_eq!(
        bench.send("n"),
        Err(Verdict::Wait),
        "the first is still full"
    );
    bench.detach(1, &["m"]);
    bench.world.take();
    bench.attach(3);
    assert_eq!(bench.pushed(), [to(3, "m")], "the redial of the second");
}
