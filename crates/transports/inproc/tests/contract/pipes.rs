//! What flows through a pipe, whom it wakes, and how it ends. See `rfc/sp-inproc.md` sections 5
//! to 7.

use std::ops::Range;

use speedwell_transport::{Message, PipeId};

use crate::driver::{Pipe, World, number, numbered};

// rfc: sp-inproc I-15
#[test]
fn the_body_is_not_copied() {
    let (mut left, mut right) = World::new().pipe(None);
    let mut message = Message::from(vec![7; 4 * 1024 * 1024]);
    message.set_header(b"head");
    message.set_origin(PipeId::new(1, 1));
    let body = message.body().as_ptr();
    left.sends(message);
    let (messages, _) = right.receives();
    assert_eq!(messages[0].body().as_ptr(), body);
    assert_eq!(messages[0].header(), b"head");
    assert_eq!(messages[0].origin(), None);
}

// rfc: sp-inproc I-17
#[test]
fn a_message_of_any_size_passes() {
    let (mut left, mut right) = World::new().pipe(Some(1));
    for octets in [0, 1, 72, 73, 1024 * 1024 + 1] {
        assert!(!left.sends(vec![7; octets]));
        assert_eq!(right.receives().0[0].body().len(), octets);
        assert!(left.tx().flow().is_open());
    }
}

// rfc: sp-inproc I-19
#[test]
fn each_direction_has_the_limit_of_its_receiver() {
    let (mut left, mut right) = World::new().pipe(Some(1_000));
    assert!(!left.sends(vec![7; 1_000]));
    assert!(right.sends(vec![7; 1_000]));
}

// rfc: sp-inproc I-20
#[test]
fn the_sender_is_rung_when_there_is_room_again() {
    let (mut left, mut right) = World::new().pipe(Some(800));
    let mut pushed = 1;
    while left.sends(numbered(pushed)) {
        pushed += 1;
    }
    assert_eq!(pushed, 800 / 16);
    left.bell.was_rung();
    assert!(right.reads(24, usize::MAX).1.more);
    assert!(!left.bell.was_rung() && !left.tx().flow().is_open());
    assert!(right.reads(1, usize::MAX).1.more);
    assert!(left.bell.was_rung() && left.tx().flow().is_open());
    right.receives();
    assert!(!left.bell.was_rung());
}

// rfc: sp-inproc I-21
#[test]
fn the_receiver_is_rung_once_for_a_batch() {
    let (mut left, mut right) = World::new().pipe(None);
    right.bell.was_rung();
    let before = right.bell.rings();
    for batch in 1..=3 {
        for this in 0..100 {
            left.sends(numbered(this));
        }
        assert_eq!(right.bell.rings(), before + batch);
        let (mut inbox, state) = right.reads(10, usize::MAX);
        assert!(inbox.len() == 10 && state.more);
        left.sends("while it reads");
        inbox.clear();
        assert_eq!(right.receives().0.len(), 91);
        assert_eq!(right.bell.rings(), before + batch);
    }
}

#[test]
fn the_budget_is_kept() {
    let (mut left, mut right) = World::new().pipe(None);
    for _ in 0..10 {
        left.sends(vec![7; 100]);
    }
    let (mut inbox, state) = right.reads(64, 250);
    assert!(inbox.len() == 3 && state.more);
    // A full inbox gets nothing, and no promise is broken.
    assert!(right.reads_into(&mut inbox, 3, 250).more);
    assert_eq!(inbox.len(), 3);
    // An empty one gets a message even of a budget of nothing.
    let (inbox, state) = right.reads(0, 0);
    assert!(inbox.len() == 1 && state.more);
    assert_eq!(right.receives().0.len(), 6);
}

/// Sends the messages of a range and counts the rings that the peer heard meanwhile.
fn sends_all(left: &mut Pipe, numbers: Range<u64>, right: &Pipe) -> u64 {
    let before = right.bell.rings();
    for number in numbers {
        assert!(left.sends(numbered(number)));
    }
    right.bell.rings() - before
}

// rfc: sp-inproc I-29
#[test]
fn what_is_kept_back_is_handed_over_when_it_is_waited_for() {
    let (mut left, mut right) = World::new().pipe(None);
    right.bell.was_rung();
    // The receiver is two chunks behind, and a part of the third is kept back.
    sends_all(&mut left, 0..150, &right);
    left.bell.was_rung();
    assert_eq!(right.receives().0.len(), 128);
    assert!(left.bell.was_rung(), "the receiver waits for the rest");
    assert!(!left.tx().is_drained());
    assert!(right.bell.was_rung());
    left.visits();
    assert!(right.bell.was_rung());
    let rest = right.receives().0;
    assert!(rest.iter().map(number).eq(128..150));
    assert!(left.tx().is_drained());
    // It waits again, and nothing is kept from it now.
    assert_eq!(sends_all(&mut left, 150..151, &right), 1);
    assert!(right.receives().0.iter().map(number).eq(150..151));
}

// rfc: sp-inproc I-29
#[test]
fn the_next_message_takes_along_what_is_kept_back() {
    let (mut left, mut right) = World::new().pipe(None);
    sends_all(&mut left, 0..150, &right);
    assert_eq!(right.receives().0.len(), 128);
    assert_eq!(sends_all(&mut left, 150..151, &right), 1);
    assert!(right.receives().0.iter().map(number).eq(128..151));
}

// rfc: sp-inproc I-24 I-26 I-29
#[test]
fn what_is_kept_back_has_the_fate_of_all_others() {
    let (mut left, mut right) = World::new().pipe(None);
    sends_all(&mut left, 0..150, &right);
    left.tx = None;
    assert!(right.receives().0.iter().map(number).eq(0..150));

    let (mut left, right) = World::new().pipe(None);
    sends_all(&mut left, 0..150, &right);
    assert!(left.takes_unsent().iter().map(number).eq(0..150));

    let (mut left, mut right) = World::new().pipe(None);
    sends_all(&mut left, 0..150, &right);
    right.rx = None;
    assert!(!left.sends(numbered(150)), "nobody reads it");
    assert!(left.takes_unsent().iter().map(number).eq(0..151));
}

// rfc: sp-inproc I-19 I-29
#[test]
fn what_is_kept_back_counts() {
    let (mut left, mut right) = World::new().pipe(Some(200 * 16));
    let mut pushed = 1;
    while left.sends(numbered(pushed)) {
        pushed += 1;
    }
    assert_eq!(pushed, 200);
    assert_eq!(right.receives().0.len(), 200);
}

// rfc: sp-inproc I-24
#[test]
fn what_was_sent_before_closing_is_delivered() {
    let (mut left, mut right) = World::new().pipe(None);
    right.receives();
    for this in 0..100 {
        left.sends(numbered(this));
    }
    right.bell.was_rung();
    left.tx = None;
    assert!(right.bell.was_rung());
    let (messages, closed) = right.receives();
    assert!(closed && messages.iter().map(number).eq(0..100));
    // The other direction is open as before.
    assert!(right.tx().is_alive());
    right.sends("answer");
    assert_eq!(left.receives().0.len(), 1);
}

// rfc: sp-inproc I-25 I-16
#[test]
fn what_was_not_delivered_comes_back_oldest_first() {
    let (mut left, mut right) = World::new().pipe(None);
    for this in 0..50 {
        left.sends(numbered(this));
    }
    let delivered = right.reads(20, usize::MAX).0.len();
    for this in 50..100 {
        left.sends(numbered(this));
    }
    left.bell.was_rung();
    right.rx = None;
    assert!(left.bell.was_rung() && !left.tx().is_alive());
    // rfc: sp-inproc I-28
    assert!(!left.tx().flow().is_open() && !left.sends(numbered(100)));
    let unsent = left.takes_unsent();
    assert_eq!(delivered, 20);
    assert!(unsent.iter().map(number).eq(20..=100));
}

// rfc: sp-inproc I-26
#[test]
fn nothing_is_delivered_after_the_sender_took_it_back() {
    let (mut left, mut right) = World::new().pipe(None);
    for this in 0..50 {
        left.sends(numbered(this));
    }
    assert_eq!(right.reads(20, usize::MAX).0.len(), 20);
    assert_eq!(left.tx().take_unsent().as_ref().map(number), Some(20));
    assert!(left.tx().is_alive());
    let (messages, closed) = right.receives();
    assert!(messages.is_empty() && closed);
    left.sends(numbered(50));
    assert!(left.takes_unsent().iter().map(number).eq(21..=50));
    left.tx = None;
    assert!(right.receives().0.is_empty());
}

/// What an earlier taking-back left is the sender's to lose, not the receiver's to find.
#[test]
fn what_the_sender_leaves_is_not_delivered() {
    let (mut left, mut right) = World::new().pipe(None);
    let body = Message::from(vec![7; 100_000]).into_body();
    left.sends("first");
    left.sends(body.clone());
    assert!(left.tx().take_unsent().is_some());
    left.tx = None;
    assert!(right.receives().0.is_empty());
    assert!(body.is_unique());
}

// rfc: sp-inproc I-30
#[test]
fn who_waits_until_everything_is_taken_is_rung_then() {
    let (mut left, mut right) = World::new().pipe(None);
    sends_all(&mut left, 0..3, &right);
    let _ = right.reads(3, usize::MAX);
    left.bell.was_rung();
    assert!(left.tx().is_drained());
    sends_all(&mut left, 3..6, &right);
    assert!(!left.tx().is_drained());
    let _ = right.reads(2, usize::MAX);
    assert!(!left.bell.was_rung(), "one is left");
    let _ = right.reads(2, usize::MAX);
    assert!(left.bell.was_rung() && left.tx().is_drained());
    sends_all(&mut left, 6..7, &right);
    let _ = right.reads(1, usize::MAX);
    assert!(!left.bell.was_rung(), "it did not ask");
}

// rfc: sp-inproc I-31
#[test]
fn what_one_side_leaves_is_the_others() {
    let (mut left, mut right) = World::new().pipe(None);
    sends_all(&mut left, 0..150, &right);
    assert!(left.tx().leave());
    assert!(!right.rx.as_mut().unwrap().give_back(), "nobody wants it");
    left.tx = None;
    let (messages, closed) = right.receives();
    assert!(closed && messages.iter().map(number).eq(0..150));

    let (mut left, mut right) = World::new().pipe(None);
    sends_all(&mut left, 0..150, &right);
    assert!(right.rx.as_mut().unwrap().give_back());
    assert!(!left.tx().leave(), "nobody reads it");
    assert!(left.takes_unsent().iter().map(number).eq(0..150));
    assert!(right.receives().0.is_empty());
}
