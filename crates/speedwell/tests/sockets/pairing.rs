//! A PAIR has one peer: others are refused until it leaves.

use std::time::Duration;

use speedwell::Pair;

use crate::raw_peer::{PAIR, RawPeer};
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
