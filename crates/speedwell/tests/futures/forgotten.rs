//! Futures that were called and do not come: held by a loop that is busy elsewhere, or leaked. Who
//! waits behind them goes on all the same.

use std::mem;
use std::task::Poll;
use std::time::Instant;

use speedwell::{Pair, Pull, Push, Rep, Req};

use crate::by_hand::{Counted, SOON, block_on, pipeline, poll};

// rfc: sp-waiting W-37
#[test]
fn fault_86_a_future_that_is_held_and_not_polled_does_not_starve_the_others() {
    let (push, pull) = pipeline("held");
    let held = Counted::new();
    let mut busy_elsewhere = [pull.recv_async(), pull.recv_async()];
    for future in &mut busy_elsewhere {
        assert!(poll(future, &held).is_pending());
    }
    let waiting = Counted::new();
    let mut behind = pull.recv_async();
    assert!(poll(&mut behind, &waiting).is_pending());
    let start = Instant::now();
    push.send("for whoever comes").unwrap();
    waiting.await_count(1);
    println!(
        "called after two that did not come, in {:?}",
        start.elapsed()
    );
    assert_eq!(held.count(), 2);
    assert_eq!(block_on(behind).unwrap().body(), b"for whoever comes");
    // From here on those two stand in nobody's way, and when they come, they come to wait.
    assert!(poll(&mut busy_elsewhere[0], &held).is_pending());
    push.send("for the first").unwrap();
    held.await_count(3);
    let Poll::Ready(Ok(message)) = poll(&mut busy_elsewhere[0], &held) else {
        panic!("it waits like anybody");
    };
    assert_eq!(message.body(), b"for the first");
}

// rfc: sp-waiting W-37
#[test]
fn fault_86_a_future_that_is_leaked_costs_no_message_and_no_waiter() {
    let (push, pull) = pipeline("leaked");
    for round in 0..3_u32 {
        let (leaked, waiting) = (Counted::new(), Counted::new());
        let mut future = pull.recv_async();
        assert!(poll(&mut future, &leaked).is_pending());
        mem::forget(future);
        std::thread::scope(|scope| {
            // A thread waits behind it, or comes when the message is there already.
            let thread = scope.spawn(|| pull.recv_timeout(SOON).unwrap());
            push.send(round.to_be_bytes()).unwrap();
            leaked.await_count(1);
            assert_eq!(thread.join().unwrap().body(), round.to_be_bytes());
        });
        let mut next = pull.recv_async();
        assert!(poll(&mut next, &waiting).is_pending());
    }
}

// rfc: sp-waiting W-37
#[test]
fn fault_86_room_that_a_held_sender_was_told_of_is_told_to_the_next() {
    let pair = Pair::new().unwrap();
    let (held, waiting) = (Counted::new(), Counted::new());
    let mut first = pair.send_async("of one who is busy");
    let mut second = pair.send_async("of one who waits");
    assert!(poll(&mut first, &held).is_pending());
    assert!(poll(&mut second, &waiting).is_pending());
    let bound = pair.bind("inproc://forgotten/room").unwrap();
    let peer = Pair::new().unwrap();
    peer.connect(bound.address()).unwrap();
    block_on(second).unwrap();
    assert_eq!(peer.recv_timeout(SOON).unwrap().body(), b"of one who waits");
    block_on(first).unwrap();
    assert_eq!(
        peer.recv_timeout(SOON).unwrap().body(),
        b"of one who is busy"
    );
}

// rfc: sp-waiting W-37
#[test]
fn fault_86_a_request_for_any_context_passes_one_that_is_busy() {
    let (req, rep) = (Req::new().unwrap(), Rep::new().unwrap());
    let bound = rep.bind("inproc://forgotten/contexts").unwrap();
    req.connect(bound.address()).unwrap();
    let (busy, idle) = (rep.context().unwrap(), rep.context().unwrap());
    let (held, waiting) = (Counted::new(), Counted::new());
    let mut of_busy = busy.recv_async();
    let mut of_idle = idle.recv_async();
    assert!(poll(&mut of_busy, &held).is_pending());
    assert!(poll(&mut of_idle, &waiting).is_pending());
    req.send("is anybody there?").unwrap();
    assert_eq!(block_on(of_idle).unwrap().body(), b"is anybody there?");
    idle.send("I am").unwrap();
    assert_eq!(req.recv_timeout(SOON).unwrap().body(), b"I am");
    assert_eq!(held.count(), 1);
}

// rfc: sp-waiting W-37
#[test]
fn fault_86_an_event_passes_one_who_does_not_take_it() {
    let pull = Pull::new().unwrap();
    let events = pull.events();
    let (held, waiting) = (Counted::new(), Counted::new());
    let mut first = events.next_async();
    let mut second = events.next_async();
    assert!(poll(&mut first, &held).is_pending());
    assert!(poll(&mut second, &waiting).is_pending());
    let bound = pull.bind("inproc://forgotten/events").unwrap();
    let push = Push::new().unwrap();
    push.connect(bound.address()).unwrap();
    block_on(second).unwrap();
    assert_eq!(held.count(), 1);
}
