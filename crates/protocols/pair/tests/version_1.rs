//! What version 1 adds to PAIR, and its row of the fault catalogue, as transcripts. Obeys
//! `rfc/sp-pair.md` section 9.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroU8;

use speedwell_pair::{Pair, Pair1, PairMachine, RawPair1};
use speedwell_protocol::{DropCause, Message, Protocol, ProtocolId, ProtocolIds, Reject, Verdict};
use speedwell_testkit::bench::{Bench, dropped, to};
use speedwell_testkit::effects::Effect;

/// A message as it is on the wire.
fn wire(word: u32, body: &str) -> Vec<u8> {
    [&word.to_be_bytes(), body.as_bytes()].concat()
}

#[test]
fn fault_15_raw_and_cooked_announce_the_same_and_not_version_0() {
    // rfc: sp-pair P-24
    let (me, peer) = (ProtocolId(0x11), ProtocolId(0x11));
    let ids = ProtocolIds { me, peer };
    assert_eq!((Pair1::new().ids(), RawPair1::new().ids()), (ids, ids));
    assert_ne!(Pair::new().ids(), ids);
}

#[test]
fn row_29_hops_0_and_255_reserved_bits_and_no_word() {
    // rfc: sp-pair P-28, P-29, P-30, sp-wire W-39
    fn holds<F: speedwell_pair::Form>() {
        let mut bench = Bench::<PairMachine<F>>::with(&[1]);
        for hops in [0, 1, 8] {
            assert_eq!(bench.peer_sends(1, &[wire(hops, "good")]), 0);
            assert_eq!(bench.receives().unwrap().body(), b"good");
            bench.world.take();
        }
        let malformed = [0x100, 0xffff_ff01, 0x8000_0001, u32::MAX].map(|word| wire(word, "bad"));
        let short = [vec![], vec![0], vec![0, 0, 0]];
        let too_far = [9, 10, 254, 255].map(|hops| wire(hops, "far"));
        let causes = [
            (DropCause::Malformed, &malformed[..]),
            (DropCause::Malformed, &short[..]),
            (DropCause::TooManyHops, &too_far[..]),
        ];
        // Whether the application reads or not, and nobody is woken, paused or ended.
        for held in [0, 1] {
            for (cause, messages) in causes {
                assert_eq!(bench.peer_sends(1, messages), 0);
                let counted = dropped(1, cause, messages.len() as u64);
                assert_eq!(bench.world.take(), [counted]);
            }
            assert_eq!(bench.peer_sends(1, &[wire(1, "held")]), held);
            bench.world.take();
        }
        assert_eq!(bench.receives().unwrap().body(), b"held");
    }
    holds::<speedwell_pair::Hops<speedwell_pipeset::Cooked>>();
    holds::<speedwell_pair::Hops<speedwell_pipeset::Raw>>();
}

#[test]
fn the_count_is_the_machines_and_not_the_applications() {
    // rfc: sp-pair P-25, P-26, P-27
    let mut bench = Bench::<Pair1>::default();
    let headed = Message::with_header(b"\0\0\0\x01", "m".into());
    assert_eq!(bench.send(headed.clone()), Err(Verdict::BadHeader));
    assert_eq!(
        bench.send("m"),
        Err(Verdict::Wait),
        "and it is the caller's as it was"
    );
    bench.attach(1);
    bench.send("m").unwrap();
    assert_eq!(bench.pushed(), [to(1, wire(1, "m"))]);
    // Off a stream, handed over in this process, and with a border in the middle of the word.
    let odd = Message::with_header(b"\0\0", b"\0\x01m".to_vec().into());
    bench.peer_sends(1, &[Message::from(wire(1, "m")), headed, odd]);
    for _ in 0..3 {
        let message = bench.receives().unwrap();
        assert_eq!((message.header(), message.body()), (&b""[..], &b"m"[..]));
    }
}

#[test]
fn what_a_dead_pipe_returns_has_its_count_already() {
    // rfc: sp-pair P-12, P-26
    let mut bench = Bench::<Pair1>::with(&[1]);
    bench.send("m").unwrap();
    bench.world.take();
    assert_eq!(bench.detach(1, &[wire(1, "m")]), 0);
    bench.attach(2);
    assert_eq!(bench.pushed(), [to(2, wire(1, "m"))]);
}

#[test]
fn the_ttl_holds_for_what_comes_next() {
    // rfc: sp-pair P-29
    let mut bench = Bench::<Pair1>::with(&[1]);
    for (ttl, hops, passes) in [(1, 1, true), (1, 2, false), (255, 255, true)] {
        bench.socket.set_ttl(NonZeroU8::new(ttl).unwrap());
        bench.peer_sends(1, &[wire(hops, "m")]);
        assert_eq!(bench.receives().is_ok(), passes, "{hops} of {ttl}");
    }
}

#[test]
fn row_23_a_message_in_a_circle_of_devices_dies_at_the_ttl() {
    // rfc: sp-pair P-29, P-31, P-32
    let mut device = Bench::<RawPair1>::with(&[1]);
    let mut octets = wire(1, "round and round");
    let mut rounds = 0;
    while device.peer_sends(1, &[octets.clone()]) == 0 {
        let Ok(message) = device.receives() else {
            break;
        };
        assert_eq!(message.header(), &octets[..4]);
        rounds += 1;
        device.world.take();
        device.send(message).unwrap();
        octets = device.pushed().pop().unwrap().1;
    }
    assert_eq!(rounds, 8);
    assert_eq!(device.world.take(), [dropped(1, DropCause::TooManyHops, 1)]);
}

#[test]
fn a_raw_socket_sends_a_count_that_can_grow_and_nothing_else() {
    // rfc: sp-pair P-32
    let mut bench = Bench::<RawPair1>::with(&[1]);
    bench.world.take();
    for word in [255, 256, u32::MAX] {
        let message = Message::with_header(&word.to_be_bytes(), "m".into());
        assert_eq!(bench.send(message), Err(Verdict::BadHeader));
    }
    for header in [&b""[..], b"\0\0\x01", b"\0\0\0\0\x01"] {
        let message = Message::with_header(header, "m".into());
        assert_eq!(bench.send(message), Err(Verdict::BadHeader));
    }
    assert_eq!(bench.world.take(), []);
    for hops in [0, 1, 254] {
        let message = Message::with_header(&[0, 0, 0, hops], "m".into());
        bench.send(message).unwrap();
        assert_eq!(bench.pushed(), [to(1, wire(u32::from(hops) + 1, "m"))]);
    }
}

#[test]
fn fault_24_there_is_one_peer_here_too() {
    // rfc: sp-pair P-07, P-08
    let mut bench = Bench::<Pair1>::with(&[1]);
    assert_eq!(bench.tries(2), Err(Reject::Occupied));
    bench.ends(1);
    bench.world.take();
    assert_eq!(bench.tries(2), Ok(()));
    assert!(matches!(bench.world.take()[..], [Effect::Wake(_)]));
}
