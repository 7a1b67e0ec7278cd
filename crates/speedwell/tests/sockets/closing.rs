//! Closing sends what was accepted, for as long as it may, and tells what was left.

use std::net::Shutdown;
use std::time::Duration;

use speedwell::{ErrorKind, Pair, Pull, Push};

use crate::raw_peer::{PAIR, PULL, RawPeer};
use crate::watch::{SOON, timed, until};

const LINGER: Duration = Duration::from_millis(200);

/// A PUSH that has filled everything towards a peer that does not read.
fn stuck() -> (Push, RawPeer, u64) {
    let push = Push::new().unwrap();
    push.set_send_buffer(40_000).unwrap();
    push.set_linger(LINGER);
    let endpoint = push.bind("tcp://127.0.0.1:0").unwrap();
    let peer = RawPeer::greets_with_recv_buffer(endpoint.address(), PULL, 20_000);
    until("the peer is there", || push.pipes() == 1);
    let mut accepted = 0;
    while push.send_timeout([7; 1000], LINGER / 4).is_ok() {
        accepted += 1;
    }
    (push, peer, accepted)
}

// rfc: sp-endpoint E-42 E-43
#[test]
fn a_close_reports_what_was_left_and_the_rest_has_arrived() {
    let (push, mut peer, accepted) = stuck();
    let (report, took) = timed(|| push.close());
    println!("closed in {took:?} for {LINGER:?}: {report:?} of {accepted}");
    assert!(took >= LINGER && took < 10 * LINGER, "{took:?}");
    assert!(!report.is_clean() && report.cut <= 1);
    assert_eq!(report.unsent_octets, 1000 * report.unsent);
    let mut arrived = 0;
    while peer.receives().is_some_and(|body| body == [7; 1000]) {
        arrived += 1;
    }
    assert_eq!(accepted, arrived + report.unsent + report.cut);
}

// rfc: sp-endpoint E-42
#[test]
fn a_linger_of_nothing_closes_at_once() {
    let (push, _peer, _) = stuck();
    push.set_linger(Duration::ZERO);
    let (report, took) = timed(|| push.close());
    println!("closed in {took:?}");
    assert!(!report.is_clean() && took < SOON / 10, "{took:?}");
}

// rfc: sp-endpoint E-41
#[test]
fn a_close_sends_everything_to_a_peer_that_reads_within_the_linger() {
    let (push, mut peer, accepted) = stuck();
    push.set_linger(SOON);
    std::thread::scope(|scope| {
        let closing = scope.spawn(|| push.close());
        for _ in 0..accepted {
            assert_eq!(peer.receives().unwrap(), [7; 1000]);
        }
        assert!(peer.receives().is_none());
        assert!(closing.join().unwrap().is_clean());
    });
}

// rfc: sp-endpoint E-41
#[test]
fn dropping_a_socket_sends_what_it_accepted() {
    for address in ["tcp://127.0.0.1:0", "inproc://dropped"] {
        let pull = Pull::new().unwrap();
        let endpoint = pull.bind(address).unwrap();
        for round in 0..20_u32 {
            let push = Push::new().unwrap();
            push.set_linger(SOON);
            push.connect(endpoint.address()).unwrap();
            for number in 0..100_u32 {
                push.send_timeout(number.to_be_bytes(), SOON).unwrap();
            }
            drop(push);
            for number in 0..100_u32 {
                let message = pull.recv_timeout(SOON);
                assert_eq!(message.unwrap().body(), number.to_be_bytes(), "{round}");
            }
        }
    }
}

// rfc: sp-endpoint E-42
#[test]
fn dropping_a_socket_waits_for_the_linger_and_no_longer() {
    let (push, _peer, _) = stuck();
    let ((), took) = timed(|| drop(push));
    println!("dropped in {took:?} for {LINGER:?}");
    assert!(took >= LINGER && took < 10 * LINGER, "{took:?}");
}

#[test]
fn fault_88_a_socket_that_is_dropped_by_a_panic_sends_what_it_accepted() {
    let pull = Pull::new().unwrap();
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let address = endpoint.address().to_owned();
    let panicking = std::thread::spawn(move || {
        let push = Push::new().unwrap();
        push.connect(address).unwrap();
        push.send_timeout("last words", SOON).unwrap();
        std::panic::resume_unwind(Box::new("unwinding"));
    });
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"last words");
    assert!(panicking.join().is_err());
    until("its pipe has ended", || pull.pipes() == 0);
}

// rfc: sp-endpoint E-44
#[test]
fn two_that_close_at_once_with_full_buffers_do_not_wait_for_each_other() {
    let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
    for pair in [&left, &right] {
        pair.set_send_buffer(40_000).unwrap();
        pair.set_recv_buffer(40_000).unwrap();
        pair.set_send_timeout(Some(LINGER / 4));
        pair.set_linger(SOON);
    }
    let endpoint = left.bind("tcp://127.0.0.1:0").unwrap();
    right.connect(endpoint.address()).unwrap();
    left.send_timeout("hello", SOON).unwrap();
    right.recv_timeout(SOON).unwrap();
    for pair in [&left, &right] {
        while pair.send([7; 1000]).is_ok() {}
    }
    let (reports, took) = timed(|| {
        std::thread::scope(|scope| {
            let closing = scope.spawn(|| left.close());
            [right.close(), closing.join().unwrap()]
        })
    });
    println!("both closed in {took:?}: {reports:?}");
    assert!(reports.iter().all(|report| report.is_clean()));
    assert!(took < SOON / 2, "{took:?}");
}

// rfc: sp-endpoint E-46
#[test]
fn what_was_accepted_arrives_though_the_peer_has_ended_its_own_side() {
    let pair = Pair::new().unwrap();
    pair.set_send_buffer(40_000).unwrap();
    pair.set_linger(SOON);
    let endpoint = pair.bind("tcp://127.0.0.1:0").unwrap();
    let mut peer = RawPeer::greets_with_recv_buffer(endpoint.address(), PAIR, 40_000);
    until("the peer is there", || pair.pipes() == 1);
    let mut accepted = 0;
    while pair.send_timeout([7; 1000], LINGER / 4).is_ok() {
        accepted += 1;
    }
    std::thread::scope(|scope| {
        let closing = scope.spawn(|| pair.close());
        until("closing has begun", || {
            let late = pair.try_send("late");
            accepted += usize::from(late.is_ok());
            late.is_err_and(|error| error.kind() == ErrorKind::Closed)
        });
        peer.ends(Shutdown::Write);
        // The end is heard of before anything more can be written.
        std::thread::sleep(LINGER / 4);
        let received = std::iter::from_fn(|| peer.receives()).count();
        assert_eq!(received, accepted);
        assert!(closing.join().unwrap().is_clean());
    });
}

// rfc: sp-endpoint E-44
#[test]
fn what_was_sent_last_arrives_though_the_peer_goes_on_talking() {
    let pair = Pair::new().unwrap();
    let endpoint = pair.bind("tcp://127.0.0.1:0").unwrap();
    let mut peer = RawPeer::greets(endpoint.address(), PAIR);
    until("the peer is there", || pair.pipes() == 1);
    for _ in 0..100 {
        peer.sends(&[1; 1000]);
    }
    pair.recv_timeout(SOON).unwrap();
    pair.send_timeout("farewell", SOON).unwrap();
    std::thread::scope(|scope| {
        let closing = scope.spawn(|| pair.close());
        assert_eq!(peer.receives().unwrap(), b"farewell");
        assert!(peer.receives().is_none());
        peer.ends(Shutdown::Both);
        assert!(closing.join().unwrap().is_clean());
    });
}
