//! Peers that do not read: sending stops at the limits that were set, and goes on in order.

use std::time::Duration;

use speedwell::{AnySocket, Bytes, ErrorKind, Message, Pair, Pull, Push};

use crate::raw_peer::{PAIR, PULL, RawPeer};
use crate::watch::{SOON, timed, until};

const SHORT: Duration = Duration::from_millis(50);
/// Octets of each message.
const MESSAGE: usize = 1000;
/// `SNDBUF` and `RCVBUF` as set.
const SNDBUF: usize = 50_000;
const RCVBUF: usize = 40_000;
/// The system may give twice what it was asked for, and says so, to pay for its own.
const KERNEL: usize = 2 * (SNDBUF + RCVBUF);

/// A message that says where it belongs.
fn numbered(number: u64) -> Message {
    let mut body = number.to_be_bytes().to_vec();
    body.resize(MESSAGE, 0);
    Message::from(body)
}

fn number_of(body: &[u8]) -> u64 {
    assert_eq!(body.len(), MESSAGE);
    u64::from_be_bytes(*body.first_chunk().unwrap())
}

fn set_buffers(socket: &AnySocket) {
    socket.set_send_buffer(SNDBUF).unwrap();
    socket.set_recv_buffer(RCVBUF).unwrap();
}

/// Sends until a time-out, and says how many messages were accepted. The last one is not lost.
fn fill(mut send: impl FnMut(Message) -> Result<(), speedwell::SendError>) -> u64 {
    for number in 0.. {
        let (sent, took) = timed(|| send(numbered(number)));
        let Err(error) = sent else { continue };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(
            took >= SHORT && took < 10 * SHORT.max(Duration::from_secs(1)),
            "{took:?}"
        );
        assert_eq!(number_of(error.into_message().body()), number);
        return number;
    }
    unreachable!("there are enough numbers")
}

/// What was accepted is below a bound.
fn bounded(what: &str, accepted: u64, octets_max: usize) {
    let octets = usize::try_from(accepted).unwrap() * MESSAGE;
    println!("{what}: {accepted} messages, {octets} octets accepted, of {octets_max} at most");
    assert!(octets <= octets_max, "{what}: {octets}");
    assert!(octets >= SNDBUF, "{what}: {octets}");
}

// rfc: sp-endpoint E-20 E-30
#[test]
fn fault_81_a_push_to_a_pull_that_does_not_read_stops_at_the_limits() {
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    set_buffers(&push);
    set_buffers(&pull);
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    push.connect(endpoint.address()).unwrap();
    push.send_timeout(numbered(u64::MAX), SOON).unwrap();
    pull.recv_timeout(SOON).unwrap();

    push.set_send_timeout(Some(SHORT));
    let accepted = fill(|message| push.send(message));
    bounded("PUSH to PULL", accepted, SNDBUF + KERNEL + RCVBUF + MESSAGE);
    let refused = push.try_send(numbered(0)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WouldBlock);
    for number in 0..accepted {
        assert_eq!(number_of(pull.recv_timeout(SOON).unwrap().body()), number);
    }
    assert_eq!(pull.try_recv().unwrap_err().kind(), ErrorKind::WouldBlock);
    push.send_timeout(numbered(7), SOON).unwrap();
    assert_eq!(number_of(pull.recv_timeout(SOON).unwrap().body()), 7);
}

// rfc: sp-inproc I-19
#[test]
fn fault_81_inproc_stops_at_the_limits_too() {
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    set_buffers(&push);
    set_buffers(&pull);
    pull.bind("inproc://fault 81").unwrap();
    push.connect("inproc://fault 81").unwrap();
    push.send_timeout(numbered(u64::MAX), SOON).unwrap();
    pull.recv_timeout(SOON).unwrap();
    push.set_send_timeout(Some(SHORT));
    let accepted = fill(|message| push.send(message));
    let octets = usize::try_from(accepted).unwrap() * MESSAGE;
    println!("inproc: {octets} octets accepted");
    assert!((RCVBUF..=SNDBUF + 3 * RCVBUF).contains(&octets), "{octets}");
    for number in 0..accepted {
        assert_eq!(number_of(pull.recv_timeout(SOON).unwrap().body()), number);
    }
}

// rfc: sp-endpoint E-20
#[test]
fn fault_81_a_push_to_a_stranger_that_never_reads_stops_at_the_limits() {
    let push = Push::new().unwrap();
    set_buffers(&push);
    push.set_send_timeout(Some(SHORT));
    let endpoint = push.bind("tcp://127.0.0.1:0").unwrap();
    let mut stranger = RawPeer::greets_with_recv_buffer(endpoint.address(), PULL, RCVBUF);
    until("the stranger is there", || push.pipes() == 1);
    let accepted = fill(|message| push.send(message));
    bounded("PUSH to a stranger", accepted, SNDBUF + KERNEL + MESSAGE);
    // Every push after it fails at once, and nothing grows.
    for _ in 0..1000 {
        let refused = push.try_send(numbered(0)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::WouldBlock);
    }
    for number in 0..accepted {
        assert_eq!(number_of(&stranger.receives().unwrap()), number);
    }
    push.send_timeout(numbered(accepted), SOON).unwrap();
    assert_eq!(number_of(&stranger.receives().unwrap()), accepted);
}

// rfc: sp-endpoint E-20 E-30 sp-pair P-09 P-16
#[test]
fn fault_84_two_pairs_that_do_not_read_both_stop_and_both_go_on() {
    let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
    for pair in [&left, &right] {
        set_buffers(pair);
        pair.set_send_timeout(Some(SHORT));
    }
    let endpoint = left.bind("tcp://127.0.0.1:0").unwrap();
    right.connect(endpoint.address()).unwrap();
    right.send_timeout("hello", SOON).unwrap();
    left.recv_timeout(SOON).unwrap();

    let (to_right, to_left) = std::thread::scope(|scope| {
        let to_left = scope.spawn(|| fill(|message| right.send(message)));
        (fill(|message| left.send(message)), to_left.join().unwrap())
    });
    for (what, accepted) in [("to the right", to_right), ("to the left", to_left)] {
        bounded(what, accepted, SNDBUF + KERNEL + RCVBUF + MESSAGE);
    }
    for number in 0..to_right {
        assert_eq!(number_of(right.recv_timeout(SOON).unwrap().body()), number);
    }
    for number in 0..to_left {
        assert_eq!(number_of(left.recv_timeout(SOON).unwrap().body()), number);
    }
    assert_eq!(
        (left.stats().connected + left.stats().accepted, left.pipes()),
        (1, 1)
    );
}

// rfc: sp-endpoint E-20
#[test]
fn fault_84_a_sender_that_waits_goes_on_when_its_peer_reads() {
    let pair = Pair::new().unwrap();
    set_buffers(&pair);
    let endpoint = pair.bind("tcp://127.0.0.1:0").unwrap();
    let mut peer = RawPeer::greets_with_recv_buffer(endpoint.address(), PAIR, RCVBUF);
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            for number in 0..2000 {
                pair.send_timeout(numbered(number), SOON).unwrap();
            }
        });
        let stuck = || pair.try_send(Message::from(Bytes::new())).is_err();
        until("there is a peer", || pair.pipes() == 1);
        until("it is full", stuck);
        let mut number = 0;
        while number < 2000 {
            let body = peer.receives().unwrap();
            if !body.is_empty() {
                assert_eq!(number_of(&body), number);
                number += 1;
            }
        }
        sender.join().unwrap();
    });
}
