//! Closing and draining as futures: they begin with the first poll, hold no thread, and end for
//! everybody who waits.

use std::task::Poll;
use std::thread;

use speedwell::{CloseReport, ErrorKind, Pull, Push};

use crate::by_hand::{Counted, SOON, block_on, poll};
use crate::raw_peer::{PULL, PUSH, RawPeer};

/// More than the buffers of a connection take that nobody reads.
const LEN: usize = 8 << 20;

/// A PUSH that cannot send what it has until its peer reads.
pub(crate) fn stuffed() -> (Push, RawPeer) {
    let push = Push::new().unwrap();
    push.set_linger(SOON);
    let bound = push.bind("tcp://127.0.0.1:0").unwrap();
    let peer = RawPeer::connect(&bound, PULL);
    push.send_timeout(vec![7; LEN], SOON).unwrap();
    (push, peer)
}

/// The peer reads all, and ends.
pub(crate) fn receive_all(peer: &mut RawPeer) {
    assert!(peer.receive(LEN).iter().all(|octet| *octet == 7));
    peer.end();
}

/// A PULL that has a message, and a peer that may send another.
pub(crate) fn unfinished() -> (Pull, RawPeer) {
    let pull = Pull::new().unwrap();
    let bound = pull.bind("tcp://127.0.0.1:0").unwrap();
    let mut peer = RawPeer::connect(&bound, PUSH);
    peer.send(b"to be received");
    pull.wait_for_peers(1, SOON).unwrap();
    (pull, peer)
}

// rfc: sp-waiting W-38, sp-endpoint E-60
#[test]
fn closing_waits_as_a_future_for_what_was_sent() {
    let (push, mut peer) = stuffed();
    let counted = [Counted::new(), Counted::new()];
    let mut futures = [push.close_async(), push.close_async()];
    for (future, counted) in futures.iter_mut().zip(&counted) {
        assert!(poll(future, counted).is_pending());
    }
    assert_eq!(push.try_send("late").unwrap_err().kind(), ErrorKind::Closed);
    let in_thread = thread::scope(|scope| {
        let closer = scope.spawn(|| push.close());
        receive_all(&mut peer);
        closer.join().unwrap()
    });
    assert_eq!(in_thread, CloseReport::default());
    for (future, counted) in futures.iter_mut().zip(&counted) {
        counted.await_count(1);
        for _ in ["once", "and again"] {
            assert_eq!(poll(future, counted), Poll::Ready(in_thread));
        }
    }
}

// rfc: sp-waiting W-38
#[test]
fn fault_86_closing_goes_on_when_its_future_is_dropped_and_never_begins_without_a_poll() {
    let (push, mut peer) = stuffed();
    drop(push.close_async());
    drop(push.drain_async(SOON));
    assert_eq!(
        push.try_send("x").unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    let (counted, other) = (Counted::new(), Counted::new());
    let mut dropped = push.close_async();
    let mut kept = push.close_async();
    assert!(poll(&mut dropped, &counted).is_pending());
    assert!(poll(&mut kept, &other).is_pending());
    drop(dropped);
    assert_eq!(push.try_send("x").unwrap_err().kind(), ErrorKind::Closed);
    receive_all(&mut peer);
    assert_eq!(block_on(kept), CloseReport::default());
    assert_eq!(counted.count(), 0, "nobody wakes what was dropped");
}

// rfc: sp-waiting W-38, sp-endpoint E-90
#[test]
fn draining_waits_as_a_future_while_others_receive() {
    let (pull, peer) = unfinished();
    let counted = Counted::new();
    let mut draining = pull.drain_async(SOON);
    assert!(poll(&mut draining, &counted).is_pending());
    assert_eq!(
        block_on(pull.recv_async()).unwrap().body(),
        b"to be received"
    );
    assert!(poll(&mut draining, &counted).is_pending(), "more may come");
    peer.end();
    assert_eq!(block_on(draining), CloseReport::default());
    let ended = block_on(pull.recv_async()).unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::Closed);
}
