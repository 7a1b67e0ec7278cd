//! Futures that wait and take nothing: for peers, and for a call that would not wait.

use std::task::Poll;

use speedwell::{ErrorKind, Pair, Pull, Push};

use crate::by_hand::{Counted, block_on, pipeline, poll};

// rfc: sp-waiting W-30, sp-endpoint E-74
#[test]
fn peers_come_to_a_future_that_waits_for_so_many() {
    let pull = Pull::new().unwrap();
    let bound = pull.bind("inproc://futures/so many").unwrap();
    let counted = [Counted::new(), Counted::new()];
    let mut one = pull.wait_for_peers_async(1);
    let mut two = pull.wait_for_peers_async(2);
    let mut dropped = pull.wait_for_peers_async(1);
    assert!(poll(&mut one, &counted[0]).is_pending());
    assert!(poll(&mut two, &counted[1]).is_pending());
    assert!(poll(&mut dropped, &Counted::new()).is_pending());
    drop(dropped);
    let pushes = [(); 2].map(|()| Push::new().unwrap());
    pushes[0].connect(bound.address()).unwrap();
    counted[0].await_count(1);
    assert!(matches!(poll(&mut one, &counted[0]), Poll::Ready(Ok(()))));
    counted[1].await_count(1);
    assert!(poll(&mut two, &counted[1]).is_pending());
    pushes[1].connect(bound.address()).unwrap();
    counted[1].await_count(2);
    assert!(matches!(poll(&mut two, &counted[1]), Poll::Ready(Ok(()))));
    block_on(pull.wait_for_peers_async(2)).unwrap();
    let mut third = pull.wait_for_peers_async(3);
    assert!(poll(&mut third, &counted[1]).is_pending());
    pull.close();
    counted[1].await_count(3);
    let ended = block_on(third).unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::Closed);
}

// rfc: sp-waiting W-30 W-32, sp-endpoint E-64
#[test]
fn who_waits_for_a_message_without_taking_it_tells_who_is_next() {
    let (push, pull) = pipeline("looks");
    let messages = pull.messages();
    let (looks, takes) = (Counted::new(), Counted::new());
    let mut ready = messages.wait_to_recv_async();
    let mut taken = pull.recv_async();
    assert!(poll(&mut ready, &looks).is_pending());
    assert!(poll(&mut taken, &takes).is_pending());
    push.send("for both").unwrap();
    looks.await_count(1);
    assert!(matches!(poll(&mut ready, &looks), Poll::Ready(Ok(()))));
    // It has told the next when it was polled.
    assert_eq!(takes.count(), 1);
    assert_eq!(block_on(taken).unwrap().body(), b"for both");
}

// rfc: sp-waiting W-30
#[test]
fn room_comes_to_a_future_that_sends_nothing() {
    let pair = Pair::new().unwrap();
    let messages = pair.messages();
    let counted = Counted::new();
    let mut ready = messages.wait_to_send_async();
    assert!(poll(&mut ready, &counted).is_pending());
    let bound = pair.bind("inproc://futures/room").unwrap();
    let peer = Pair::new().unwrap();
    peer.connect(bound.address()).unwrap();
    counted.await_count(1);
    assert!(matches!(poll(&mut ready, &counted), Poll::Ready(Ok(()))));
    pair.try_send("at once").unwrap();
    let mut ready = messages.wait_to_recv_async();
    assert!(poll(&mut ready, &counted).is_pending());
    pair.close();
    let ended = block_on(ready).unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::Closed);
}
