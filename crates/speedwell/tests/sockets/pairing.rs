//! A PAIR has one peer: others are refused until it leaves.

use std::time::Duration;

use speedwell::{DropCause, Pair, Pair1, RawPair1};

use crate::raw_peer::{PAIR, PAIR1, RawPeer};
use crate::watch::{SOON, until};

const REDIAL: Duration = Duration::from_millis(5);

// rfc: sp-pair P-07 P-08 sp-endpoint E-11
#[test]
fn fault_24_a_second_peer_is_refused_until_the_first_leaves() {
    for address in ["tcp://127.0.0.1:0", "inproc://fault 24"] {
        let pair = Pair::new().unwrap();
        let endpoint = pair.bind(address).unwrap();
        let first = Pair::new().unwrap();
        first.connect(endpoint.address()).unwrap();
        first.send_timeout("first", SOON).unwrap();
        assert_eq!(pair.recv_timeout(SOON).unwrap().body(), b"first");

        let second = Pair::new().unwrap();
        second.set_reconnect(REDIAL, Duration::ZERO);
        second.connect(endpoint.address()).unwrap();
        until("refused, and again", || pair.stats().rejected >= 3);
        for number in 0..100_u32 {
            pair.send_timeout(number.to_be_bytes(), SOON).unwrap();
            let heard = first.recv_timeout(SOON).unwrap();
            assert_eq!(heard.body(), number.to_be_bytes(), "{address}");
        }
        assert_eq!((pair.pipes(), first.stats().connected), (1, 1));
        assert!(second.try_recv().is_err());

        assert!(first.close().is_clean());
        until("the second is admitted", || pair.stats().accepted == 2);
        pair.send_timeout("now you", SOON).unwrap();
        assert_eq!(second.recv_timeout(SOON).unwrap().body(), b"now you");
        println!("{address}: refused {} times", pair.stats().rejected);
    }
}

// rfc: sp-pair P-07
#[test]
fn fault_24_a_second_peer_that_talks_at_once_disturbs_nobody() {
    let pair = Pair::new().unwrap();
    let endpoint = pair.bind("tcp://127.0.0.1:0").unwrap();
    let mut first = RawPeer::greets(endpoint.address(), PAIR);
    until("the first is there", || pair.pipes() == 1);
    for count in 1..=20 {
        let mut second = RawPeer::greets(endpoint.address(), PAIR);
        second.sends(b"me too");
        second.is_dropped();
        until("it is counted", || pair.stats().rejected == count);
    }
    first.sends(b"still me");
    assert_eq!(pair.recv_timeout(SOON).unwrap().body(), b"still me");
    pair.send_timeout("you", SOON).unwrap();
    assert_eq!(first.receives().unwrap(), b"you");
    assert_eq!(pair.stats().messages_in, 1);
}

/// A message of version 1 as it is on the wire.
fn counted(hops: u32, body: &str) -> Vec<u8> {
    [&hops.to_be_bytes(), body.as_bytes()].concat()
}

// rfc: sp-pair P-24 P-25 P-26 P-28 P-29 P-31 P-32
#[test]
fn row_29_version_1_counts_hops_and_drops_what_makes_no_sense() {
    let pair = Pair1::new().unwrap();
    let endpoint = pair.bind("tcp://127.0.0.1:0").unwrap();
    RawPeer::greets(endpoint.address(), PAIR).is_dropped();
    let mut peer = RawPeer::greets(endpoint.address(), PAIR1);
    until("it is there", || pair.pipes() == 1);
    pair.send("direct").unwrap();
    assert_eq!(peer.receives().unwrap(), counted(1, "direct"));
    for octets in [
        counted(255, "far"),
        counted(9, "far"),
        counted(256, "bad"),
        vec![0, 0, 0],
        counted(0, "mangos"),
        counted(1, "NNG"),
        counted(8, "seven devices"),
    ] {
        assert!(peer.sends(&octets));
    }
    for body in ["mangos", "NNG", "seven devices"] {
        let message = pair.recv_timeout(SOON).unwrap();
        assert_eq!(
            (message.header(), message.body()),
            (&b""[..], body.as_bytes())
        );
    }
    let stats = pair.stats();
    let dropped = [DropCause::TooManyHops, DropCause::Malformed].map(|cause| stats.dropped(cause));
    assert_eq!((dropped, pair.pipes()), ([2, 2], 1));
}

// rfc: sp-pair P-31 P-32
#[test]
fn a_device_of_version_1_passes_on_what_it_received_as_it_is() {
    for address in ["tcp://127.0.0.1:0", "inproc://pair1 device"] {
        let (left, right) = (RawPair1::new().unwrap(), RawPair1::new().unwrap());
        let endpoint = left.bind(address).unwrap();
        let from = Pair1::new().unwrap();
        from.connect(endpoint.address()).unwrap();
        let far = RawPair1::new().unwrap();
        right
            .connect(far.bind("tcp://127.0.0.1:0").unwrap().address())
            .unwrap();
        from.send_timeout("news", SOON).unwrap();
        let message = left.recv_timeout(SOON).unwrap();
        assert_eq!(
            (message.header(), message.body()),
            (&[0, 0, 0, 1][..], &b"news"[..])
        );
        right.send_timeout(message, SOON).unwrap();
        let message = far.recv_timeout(SOON).unwrap();
        assert_eq!(
            (message.header(), message.body()),
            (&[0, 0, 0, 2][..], &b"news"[..])
        );
    }
}
