//! The rows of the fault catalogue that BUS owns, and its rules one by one, as transcripts.
//! Obeys `rfc/sp-bus.md`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use speedwell_bus::{Bus, Overflow, RawBus};
use speedwell_protocol::{CtxId, DropCause, Message, Protocol, ProtocolId, ProtocolIds, Verdict};
use speedwell_testkit::bench::Bench;
use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};

const MAIN: CtxId = CtxId::MAIN;

fn push(n: u32, body: &'static str) -> Effect {
    Effect::Push(pipe(n), Message::from(body))
}

fn dropped(n: u32, cause: DropCause) -> Effect {
    Effect::Drop(Some(pipe(n)), cause, 1)
}

#[test]
fn fault_15_raw_and_cooked_announce_the_same() {
    // rfc: sp-bus B-01
    let ids = ProtocolIds {
        me: ProtocolId(112),
        peer: ProtocolId(112),
    };
    assert_eq!((Bus::new().ids(), RawBus::new().ids()), (ids, ids));
}

#[test]
fn fault_82_a_slow_peer_costs_only_itself() {
    // rfc: sp-bus B-05
    fn holds<P: Protocol + Default>() {
        let mut bench = Bench::<P>::with(&[1, 2]);
        bench.world.set_room(pipe(1), 1);
        bench.send("a").unwrap();
        assert_eq!(bench.world.take(), [push(1, "a"), push(2, "a")]);
        bench.send("b").unwrap();
        let effects = [dropped(1, DropCause::Overflow), push(2, "b")];
        assert_eq!(bench.world.take(), effects);
        assert!(bench.socket.ready(MAIN).send);
        bench.writable(1, 1);
        bench.send("c").unwrap();
        assert_eq!(bench.world.take(), [push(1, "c"), push(2, "c")]);
    }
    holds::<Bus>();
    holds::<RawBus>();
}

#[test]
fn row_82_or_a_slow_peer_misses_the_oldest() {
    // rfc: sp-bus B-05, B-10, B-15
    let mut bench = Bench {
        socket: Bus::new().with_overflow(Overflow::DropOldest),
        world: RecordingEffects::new(),
    };
    bench.attach_with_room(1, 1);
    bench.attach(2);
    (0..=65).for_each(|_| bench.send("m").unwrap());
    let effects = bench.world.take();
    let drops = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Drop(..)));
    assert!(drops.eq([&dropped(1, DropCause::Overflow)]));
    assert_eq!(bench.socket.held().messages, 64);
    bench.writable(1, 64);
    assert_eq!(
        (bench.pushed().len(), bench.socket.held().messages),
        (64, 0)
    );
    bench.send("m").unwrap();
    bench.world.take();
    bench.close();
    assert_eq!(bench.world.take(), [dropped(1, DropCause::Closed)]);
}

#[test]
fn row_82_or_the_bus_waits_for_the_slowest_its_source_too() {
    // rfc: sp-bus B-15
    let woken = [Effect::Wake(MAIN)];
    let mut bench = Bench::<RawBus>::default();
    let cx = &mut bench.world.cx();
    bench.socket.set_overflow(Overflow::Block, cx);
    bench.attach_with_room(1, 1);
    bench.attach(2);
    bench.send("a").unwrap();
    bench.world.take();
    let from_slow = Message::with_header(&pipe(1).word().to_be_bytes(), "b".into());
    for message in [from_slow.clone(), Message::from("b")] {
        assert_eq!(bench.send(message), Err(Verdict::Wait));
    }
    assert!(!bench.socket.ready(MAIN).send && bench.world.take().is_empty());
    // A message with a header that cannot be is refused when there is room.
    bench.writable(1, 1);
    assert_eq!(bench.world.take(), woken);
    bench.send(from_slow).unwrap();
    assert_eq!(bench.world.take(), [push(2, "b")]);
    bench.send("c").unwrap();
    bench.world.take();
    bench.ends(1);
    assert_eq!(bench.world.take(), woken);
    bench.attach_with_room(3, 1);
    bench.send("d").unwrap();
    assert_eq!(
        bench.send("e"),
        Err(Verdict::Wait),
        "who comes is waited for, too"
    );
    bench.world.take();
    let cx = &mut bench.world.cx();
    bench.socket.set_overflow(Overflow::DropNewest, cx);
    assert_eq!(bench.world.take(), woken);
}

#[test]
fn a_message_for_nobody_is_counted_once() {
    // rfc: sp-bus B-06, B-07
    let nobody = Effect::Drop(None, DropCause::NoPeer, 1);
    let mut bench = Bench::<Bus>::default();
    bench.send("m").unwrap();
    assert_eq!(bench.world.take(), std::slice::from_ref(&nobody));
    bench.attach(1);
    assert_eq!(bench.world.take(), [], "who comes later gets nothing");
    let mut device = Bench::<RawBus>::with(&[1]);
    device.peer_sends(1, &["m"]);
    let message = device.receives().unwrap();
    device.world.take();
    device.send(message).unwrap();
    assert_eq!(device.world.take(), [nobody]);
}

#[test]
fn what_a_dead_pipe_gives_back_is_left_and_what_it_left_is_heard() {
    // rfc: sp-bus B-07, B-08, B-14
    let mut bench = Bench::<Bus>::with(&[1, 2]);
    assert_eq!(bench.peer_sends(9, &["stranger"]), 1);
    assert_eq!(bench.peer_sends(1, &["last words"]), 0);
    assert_eq!(bench.world.take(), [Effect::Wake(MAIN)]);
    assert_eq!(bench.detach(1, &[Message::new(), Message::new()]), 2);
    assert_eq!(bench.world.take(), []);
    assert_eq!(bench.receives().unwrap().body(), b"last words");
    assert_eq!(bench.receives(), Err(Verdict::Wait));
    // Nothing of it was passed on.
    assert_eq!(bench.world.take(), []);
}

#[test]
fn headers_are_for_raw_sockets_and_never_leave() {
    // rfc: sp-bus B-02, B-03, B-04, B-11, B-12, B-13
    let divided = || Message::with_header(b"he", "llo".into());
    let mut bus = Bench::<Bus>::with(&[1]);
    assert_eq!(bus.send(divided()), Err(Verdict::BadHeader));
    bus.peer_sends(1, &[divided()]);
    let heard = bus.receives().unwrap();
    assert_eq!((heard.header(), heard.body()), (&b""[..], &b"hello"[..]));

    let mut raw = Bench::<RawBus>::with(&[1, 2, 3]);
    assert_eq!(raw.send(divided()), Err(Verdict::BadHeader));
    raw.peer_sends(2, &[divided()]);
    let heard = raw.receives().unwrap();
    let word = pipe(2).word().to_be_bytes();
    assert_eq!((heard.header(), heard.body()), (&word[..], &b"hello"[..]));
    raw.world.take();
    raw.send(heard.clone()).unwrap();
    assert_eq!(raw.world.take(), [push(1, "hello"), push(3, "hello")]);
    raw.ends(2);
    raw.send(heard).unwrap();
    assert_eq!(raw.world.take().len(), 2, "its source is gone");
}

#[test]
fn a_raw_header_is_the_word_of_a_pipe_in_4_octets_and_no_pointer_in_8() {
    // rfc: sp-bus B-11, B-12, B-13
    let mut raw = Bench::<RawBus>::with(&[1, 2]);
    raw.peer_sends(2, &["m"]);
    let heard = raw.receives().unwrap();
    assert_eq!(heard.header(), pipe(2).word().to_be_bytes());
    raw.world.take();
    let word = heard.header();
    for header in [
        &word[..3],
        &[word, &[0]].concat(),
        &[&[0; 4], word].concat(),
    ] {
        let message = Message::with_header(header, "m".into());
        assert_eq!(raw.send(message), Err(Verdict::BadHeader));
    }
    assert_eq!(raw.world.take(), []);
    // The word of a pipe that is not there leaves nobody out.
    let message = Message::with_header(&pipe(9).word().to_be_bytes(), "m".into());
    raw.send(message).unwrap();
    assert_eq!(raw.world.take(), [push(1, "m"), push(2, "m")]);
}

#[test]
fn only_main_is_a_bus_and_closing_it_counts_what_waits() {
    // rfc: sp-bus B-09, B-10
    let mut bench = Bench::<Bus>::with(&[1]);
    let other = CtxId(1);
    let sent = bench.send_in(other, "m");
    assert_eq!(sent, Err(Verdict::Unsupported));
    let heard = bench.receives_in(other);
    assert_eq!(heard, Err(Verdict::Unsupported));
    bench.peer_sends(1, &["m"]);
    bench.world.take();
    bench.close();
    assert_eq!(bench.world.take(), [dropped(1, DropCause::Closed)]);
}
