//! A sender is dropped after each number of polls: with room, where it sends at once or not at all;
//! and blocked, with room before, between and after the polls, alone and with somebody before or
//! behind it in the line.

use std::task::Poll;

use super::book::Book;
use super::lane::Lane;
use super::{Case, Others};
use crate::by_hand::{Counted, block_on, poll};

/// Messages that fit on a way whose buffers have the least size: one that the receiver has, one
/// that it has read, and one that its pipe holds.
pub(super) const FIT: usize = 3;

/// There is room: dropped unpolled it sends nothing, and one poll sends all.
pub(super) fn sweep(lane: &Lane<'_>) {
    let mut book = Book::default();
    for polls in [0, 1, 0, 0, 1, 1] {
        lane.begin();
        let message = book.message(1, 5);
        let body = message.body().to_vec();
        let mut swept = lane.sending(message);
        if polls == 0 {
            drop(swept);
            lane.send(&mut book, 1);
        } else {
            let Poll::Ready(sent) = poll(&mut swept, &Counted::new()) else {
                panic!("{}: there is room", lane.name);
            };
            sent.unwrap();
            book.accepted(&body);
            drop(swept);
        }
        lane.receive_all(&mut book);
    }
    book.judge(&format!("{}, with room", lane.name));
}

/// Every case on a lane that blocks.
pub(super) fn sweep_blocked(lane: &Lane<'_>) {
    let mut book = Book::default();
    let mut cases = 0;
    for case in Case::all() {
        play(case, lane, &mut book);
        cases += 1;
    }
    book.judge(&format!("{}, {cases} blocked senders dropped", lane.name));
}

/// Drops one sender, where nothing fits any more.
fn play(case: Case, lane: &Lane<'_>, book: &mut Book) {
    for _ in 0..FIT {
        lane.send(book, 3);
    }
    let (called, other_called) = (Counted::new(), Counted::new());
    let (message, others) = (book.message(1, 7), book.message(2, 9));
    let (body, other_body) = (message.body().to_vec(), others.body().to_vec());
    let (mut swept, mut other) = (lane.sending(message), lane.sending(others));
    let mut line = Vec::new();
    if case.others == Others::Before {
        assert!(
            poll(&mut other, &other_called).is_pending(),
            "{}",
            lane.name
        );
        line.push(&other_called);
    }
    let mut is_sent = false;
    for step in 0..=case.polls {
        if step == case.at {
            lane.make_room(book);
            line.first().inspect(|first| first.await_count(1));
        }
        if step == case.polls || is_sent {
            continue;
        }
        match poll(&mut swept, &called) {
            Poll::Ready(sent) => {
                assert!(case.at <= step, "{}: it is full", lane.name);
                sent.unwrap();
                book.accepted(&body);
                is_sent = true;
            }
            Poll::Pending if step == 0 => line.push(&called),
            Poll::Pending => {}
        }
        if step == 0 && case.others == Others::Behind && !is_sent {
            assert!(
                poll(&mut other, &other_called).is_pending(),
                "{}",
                lane.name
            );
            line.push(&other_called);
        }
    }
    let was_called = called.count() > 0;
    drop(swept);
    let waits = line.iter().any(|it| std::ptr::eq(*it, &other_called));
    if was_called && waits && !is_sent {
        // Who dropped it has told the next, and nobody had to wait for that.
        assert!(other_called.count() > 0, "{}: the call is lost", lane.name);
    }
    if case.at > case.polls {
        lane.make_room(book);
    }
    if waits {
        other_called.await_count(1);
        // Where another one came just then, the room may have been taken again.
        block_on(other).unwrap();
        book.accepted(&other_body);
    }
    lane.receive_all(book);
}
