//! A receiver is dropped after each number of polls, with the message before, between and after
//! them, alone and with somebody before or behind it in the line.

use std::task::Poll;

use super::book::Book;
use super::lane::Lane;
use super::{Case, Others};
use crate::by_hand::{Counted, poll};

/// Every case on a lane.
pub(super) fn sweep(lane: &Lane<'_>) {
    let mut book = Book::default();
    let mut cases = 0;
    for case in Case::all() {
        play(case, lane, &mut book);
        cases += 1;
    }
    book.judge(&format!("{}, {cases} receivers dropped", lane.name));
}

/// Drops one receiver.
fn play(case: Case, lane: &Lane<'_>, book: &mut Book) {
    lane.begin();
    let (called, other_called) = (Counted::new(), Counted::new());
    let (mut swept, mut other) = (lane.receiving(), lane.receiving());
    // Who stands in the line, the first first.
    let mut line = Vec::new();
    if case.others == Others::Before {
        assert!(poll(&mut other, &other_called).is_pending());
        line.push(&other_called);
    }
    let mut is_taken = false;
    for step in 0..=case.polls {
        if step == case.at {
            lane.deliver(book, 1);
            line.first().inspect(|first| first.await_count(1));
        }
        if step == case.polls || is_taken {
            continue;
        }
        match poll(&mut swept, &called) {
            Poll::Ready(message) => {
                book.delivered(message.unwrap().body());
                is_taken = true;
            }
            Poll::Pending if step == 0 => line.push(&called),
            Poll::Pending => {}
        }
        if step == 0 && case.others == Others::Behind && !is_taken {
            assert!(poll(&mut other, &other_called).is_pending());
            line.push(&other_called);
        }
    }
    let was_called = called.count() > 0;
    drop(swept);
    let waits = line.iter().any(|it| std::ptr::eq(*it, &other_called));
    if was_called && waits && !is_taken {
        // Who dropped it has told the next, and nobody had to wait for that.
        assert!(other_called.count() > 0, "{}: the call is lost", lane.name);
    }
    if case.at > case.polls {
        lane.deliver(book, 1);
    }
    if waits && !is_taken {
        other_called.await_count(1);
        let Poll::Ready(message) = poll(&mut other, &other_called) else {
            panic!("{}: it was called for nothing", lane.name);
        };
        book.delivered(message.unwrap().body());
    } else if let Poll::Ready(Ok(twice)) = poll(&mut other, &other_called) {
        // Nobody waits, and the message is there; or there is one too many.
        book.delivered(twice.body());
    }
    drop(other);
    lane.receive_all(book);
}
