//! Every state of PUB against every event: `tests/table_pub.txt`.
//! Obeys `rfc/sp-pubsub.md` section 7.

use speedwell_pipeset::HELD_MESSAGES_MAX;
use speedwell_testkit::table::{self, Bench, Event, State};

use super::*;

fn news() -> Message {
    Message::from("news")
}

/// p1 is full, p2 is there.
fn one_full(bench: &mut Bench<Pub>, overflow: Overflow) {
    bench.attach(1, 1);
    bench.attach(2, 9);
    bench.send(0, news());
    policy(bench, overflow);
}

/// p1 is full, and two messages are held for it.
fn two_held(bench: &mut Bench<Pub>) {
    bench.attach(1, 1);
    policy(bench, Overflow::DropOldest);
    for body in ["full", "h1", "h2"] {
        bench.send(0, Message::from(body));
    }
}

fn policy(bench: &mut Bench<Pub>, overflow: Overflow) -> String {
    bench.tells(|publisher, cx| publisher.set_overflow(overflow, cx))
}

const STATES: [State<Pub>; 13] = [
    ("no pipe", |_| {}),
    ("p1", |bench| {
        bench.attach(1, 9);
    }),
    ("p1 full", |bench| {
        bench.attach(1, 1);
        bench.send(0, news());
    }),
    ("p1 full, p2", |bench| one_full(bench, Overflow::DropNewest)),
    ("no pipe, blocks", |bench| {
        policy(bench, Overflow::Block);
    }),
    ("p1, p2, blocks", |bench| {
        bench.attach(1, 9);
        bench.attach(2, 9);
        policy(bench, Overflow::Block);
    }),
    ("p1 full, blocks", |bench| {
        bench.attach(1, 1);
        bench.send(0, news());
        policy(bench, Overflow::Block);
    }),
    ("p1 full, p2, blocks", |bench| {
        one_full(bench, Overflow::Block);
    }),
    ("p1 full, 2 held", two_held),
    ("p1 full, 64 held, p2", |bench| {
        bench.attach(1, 1);
        policy(bench, Overflow::DropOldest);
        (0..=HELD_MESSAGES_MAX).for_each(|_| drop(bench.send(0, news())));
        bench.attach(2, 9);
    }),
    ("p1 full, 2 held, drops newest", |bench| {
        two_held(bench);
        policy(bench, Overflow::DropNewest);
    }),
    ("p1 full, 2 held, blocks", |bench| {
        two_held(bench);
        policy(bench, Overflow::Block);
    }),
    ("p1 full, p2 full, blocks", |bench| {
        bench.attach(1, 1);
        bench.attach(2, 1);
        bench.send(0, news());
        policy(bench, Overflow::Block);
    }),
];

/// p1 and p2 may be there, p3 is new, p9 was never here.
const EVENTS: [Event<Pub>; 22] = [
    ("attach p3", |bench| bench.attach(3, 9)),
    ("attach p3, room 1", |bench| bench.attach(3, 1)),
    ("detach p1", |bench| bench.detach(1, vec![])),
    ("detach p1, 1 unsent", |bench| bench.detach(1, vec![news()])),
    ("detach p9", |bench| bench.detach(9, vec![])),
    ("send", |bench| bench.send(0, news())),
    ("send with a header", |bench| {
        bench.send(0, Message::with_header(b"h", "m".into()))
    }),
    ("send on context 1", |bench| bench.send(1, news())),
    ("recv", |bench| bench.recv(0)),
    ("recv on context 1", |bench| bench.recv(1)),
    ("2 messages p1", |bench| {
        bench.batch(1, vec![news(), news()])
    }),
    ("no message p1", |bench| bench.batch(1, vec![])),
    ("2 messages p9", |bench| {
        bench.batch(9, vec![news(), news()])
    }),
    ("writable p1", |bench| bench.writable(1)),
    ("writable p1, room 1", |bench| bench.writable_for(1, 1)),
    ("writable p9", |bench| bench.writable(9)),
    ("priority p1", |bench| bench.priority(1)),
    ("policy drop newest", |bench| {
        policy(bench, Overflow::DropNewest)
    }),
    ("policy drop oldest", |bench| {
        policy(bench, Overflow::DropOldest)
    }),
    ("policy block", |bench| policy(bench, Overflow::Block)),
    ("close", |bench| bench.close(0)),
    ("close context 1", |bench| bench.close(1)),
];

fn state_of(publisher: &Pub) -> String {
    let state = match (publisher.pipes.is_empty(), publisher.pipes.is_blocked()) {
        (true, _) => "alone",
        (false, false) => "heard",
        (false, true) => "blocked",
    };
    let (pipes, held) = (publisher.pipes.len(), publisher.held().messages);
    format!("{state}, pipes {pipes}, held {held}")
}

#[test]
fn the_table_is_the_reviewed_one() {
    let root = env!("CARGO_MANIFEST_DIR");
    table::check(root, "table_pub", &STATES, &EVENTS, &[], state_of);
}
