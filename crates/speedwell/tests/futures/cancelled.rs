//! Futures that are dropped: nothing is lost, nothing is sent in part, and no call is swallowed.

use std::task::Poll;
use std::time::{Duration, Instant};

use speedwell::{ErrorKind, Pair};

use crate::by_hand::{Counted, SOON, assert_asleep, block_on, pipeline, poll};

// rfc: sp-waiting W-31
#[test]
fn fault_86_a_receiver_that_is_dropped_has_taken_nothing() {
    let (push, pull) = pipeline("dropped receiver");
    let counted = Counted::new();
    drop(pull.recv_async());
    let mut waits = pull.recv_async();
    assert!(poll(&mut waits, &counted).is_pending());
    push.send("kept").unwrap();
    counted.await_count(1);
    drop(waits);
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"kept");
}

// rfc: sp-waiting W-32
#[test]
fn fault_86_who_is_called_and_dropped_leaves_the_call_to_the_next() {
    let (push, pull) = pipeline("passed on");
    let (first, second) = (Counted::new(), Counted::new());
    let (mut one, mut other) = (pull.recv_async(), pull.recv_async());
    assert!(poll(&mut one, &first).is_pending());
    assert!(poll(&mut other, &second).is_pending());
    let start = Instant::now();
    push.send("for whoever is left").unwrap();
    first.await_count(1);
    // A message wakes one.
    assert_asleep(&second, start);
    drop(one);
    second.await_count(1);
    let Poll::Ready(received) = poll(&mut other, &second) else {
        panic!("it was called");
    };
    assert_eq!(received.unwrap().body(), b"for whoever is left");
}

// rfc: sp-waiting W-32
#[test]
fn fault_86_the_call_goes_to_a_thread_too() {
    let (push, pull) = pipeline("passed to a thread");
    let counted = Counted::new();
    let mut future = pull.recv_async();
    assert!(poll(&mut future, &counted).is_pending());
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| pull.recv_timeout(SOON).unwrap());
        // It may come to its wait before or after the message; it must hear of it in both cases.
        std::thread::sleep(Duration::from_millis(50));
        push.send("x").unwrap();
        counted.await_count(1);
        drop(future);
        assert_eq!(thread.join().unwrap().body(), b"x");
    });
}

// rfc: sp-waiting W-31
#[test]
fn fault_86_a_sender_that_is_dropped_has_sent_nothing() {
    let pair = Pair::new().unwrap();
    let counted = Counted::new();
    let mut dropped = pair.send_async("dropped");
    assert!(poll(&mut dropped, &counted).is_pending());
    let mut given_back = pair.send_async("given back");
    assert!(poll(&mut given_back, &counted).is_pending());
    let mut sent = pair.send_async("sent");
    assert!(poll(&mut sent, &counted).is_pending());
    drop(dropped);
    assert_eq!(given_back.into_message().unwrap().body(), b"given back");
    let peer = Pair::new().unwrap();
    let bound = pair.bind("tcp://127.0.0.1:0").unwrap();
    peer.connect(bound.address()).unwrap();
    block_on(sent).unwrap();
    pair.send("last").unwrap();
    assert_eq!(peer.recv_timeout(SOON).unwrap().body(), b"sent");
    assert_eq!(peer.recv_timeout(SOON).unwrap().body(), b"last");
}

// rfc: sp-waiting W-31
#[test]
fn a_message_that_cannot_be_sent_comes_back() {
    let pair = Pair::new().unwrap();
    let counted = Counted::new();
    let mut future = pair.send_async("back to me");
    assert!(poll(&mut future, &counted).is_pending());
    pair.close();
    counted.await_count(1);
    let Poll::Ready(Err(error)) = poll(&mut future, &counted) else {
        panic!("the socket is closed");
    };
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert_eq!(error.into_message().body(), b"back to me");
    // Once more: there is nothing left to send.
    let Poll::Ready(Err(error)) = poll(&mut future, &counted) else {
        panic!("it has ended");
    };
    assert_eq!(error.kind(), ErrorKind::State);
}

// rfc: sp-waiting W-30, sp-contexts C-04
#[test]
fn a_context_that_is_closed_ends_its_futures_and_no_others() {
    let req = speedwell::Req::new().unwrap();
    let (one, other) = (req.context().unwrap(), req.context().unwrap());
    let counted = [Counted::new(), Counted::new()];
    one.send("nobody hears this").unwrap();
    other.send("nor this").unwrap();
    let mut futures = [one.recv_async(), other.recv_async()];
    for (future, counted) in futures.iter_mut().zip(&counted) {
        assert!(poll(future, counted).is_pending());
    }
    one.close();
    counted[0].await_count(1);
    let [ended, going_on] = &mut futures;
    let Poll::Ready(Err(error)) = poll(ended, &counted[0]) else {
        panic!("its context is closed");
    };
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(poll(going_on, &counted[1]).is_pending() && counted[1].count() == 0);
}
