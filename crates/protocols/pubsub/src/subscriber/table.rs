//! Every state of SUB against every event: `tests/table_sub.txt`.
//! Obeys `rfc/sp-pubsub.md` section 7.

use speedwell_pipeset::DEPARTED_MAX;
use speedwell_testkit::table::{self, Bench, Event, State};

use super::*;

fn news() -> Message {
    Message::from("news")
}

fn other() -> Message {
    Message::from("other")
}

/// A pipe that is there, and of which so many messages are held.
fn held(bench: &mut Bench<Sub>, n: u32, messages: usize) {
    if bench.socket.topics.is_empty() {
        bench.tells(|sub, _| sub.subscribe(b"news"));
    }
    bench.attach(n, 9);
    bench.batch(n, vec![news(); messages]);
}

/// A pipe that is gone, and of which a message is held.
fn gone(bench: &mut Bench<Sub>, n: u32) {
    held(bench, n, 1);
    bench.detach(n, vec![]);
}

/// As many of them as are held.
fn shortage(bench: &mut Bench<Sub>) {
    (100..).take(DEPARTED_MAX).for_each(|n| gone(bench, n));
}

const STATES: [State<Sub>; 10] = [
    ("no pipe, no topic", |_| {}),
    ("p1, no topic", |bench| {
        bench.attach(1, 9);
    }),
    ("p1 gone, 1 held", |bench| gone(bench, 1)),
    ("p1", |bench| held(bench, 1, 0)),
    ("p1, 1 held", |bench| held(bench, 1, 1)),
    ("p1, 2 held", |bench| held(bench, 1, 2)),
    ("p1, 1 held; p2, 1 held", |bench| {
        held(bench, 1, 1);
        held(bench, 2, 1);
    }),
    ("p1 gone, 1 held; p2, 1 held", |bench| {
        gone(bench, 1);
        held(bench, 2, 1);
    }),
    ("64 gone; p1", |bench| {
        shortage(bench);
        held(bench, 1, 0);
    }),
    ("64 gone; p1 waits", |bench| {
        shortage(bench);
        held(bench, 1, 1);
    }),
];

/// p1 and p2 may be there, p3 is new, p9 was never here.
const EVENTS: [Event<Sub>; 23] = [
    ("attach p3", |bench| bench.attach(3, 9)),
    ("detach p1", |bench| bench.detach(1, vec![])),
    ("detach p1, 1 unsent", |bench| bench.detach(1, vec![news()])),
    ("detach p9", |bench| bench.detach(9, vec![])),
    ("send", |bench| bench.send(0, news())),
    ("send on context 1", |bench| bench.send(1, news())),
    ("recv", |bench| bench.recv(0)),
    ("recv on context 1", |bench| bench.recv(1)),
    ("2 wanted p1", |bench| bench.batch(1, vec![news(), news()])),
    ("no message p1", |bench| bench.batch(1, vec![])),
    ("1 wanted of 2 p1", |bench| {
        bench.batch(1, vec![news(), other()])
    }),
    ("2 unwanted p1", |bench| {
        bench.batch(1, vec![other(), Message::new()])
    }),
    ("1 wanted of 2 p9", |bench| {
        bench.batch(9, vec![news(), other()])
    }),
    ("writable p1", |bench| bench.writable(1)),
    ("writable p9", |bench| bench.writable(9)),
    ("priority p1", |bench| bench.priority(1)),
    ("priority p9", |bench| bench.priority(9)),
    ("subscribe \"news\"", |bench| {
        bench.tells(|sub, _| sub.subscribe(b"news"))
    }),
    ("subscribe \"q\"", |bench| {
        bench.tells(|sub, _| sub.subscribe(b"q"))
    }),
    ("unsubscribe \"news\"", |bench| {
        bench.tells(|sub, _| sub.unsubscribe(b"news"))
    }),
    ("unsubscribe \"q\"", |bench| {
        bench.tells(|sub, _| sub.unsubscribe(b"q"))
    }),
    ("close", |bench| bench.close(0)),
    ("close context 1", |bench| bench.close(1)),
];

fn state_of(sub: &Sub) -> String {
    let state = if sub.pipes.is_empty() {
        "empty"
    } else {
        "ready"
    };
    let (pipes, topics) = (sub.pipes.pipes_len(), sub.topics.len());
    format!("{state}, pipes {pipes}, topics {topics}")
}

#[test]
fn the_table_is_the_reviewed_one() {
    let root = env!("CARGO_MANIFEST_DIR");
    table::check(root, "table_sub", &STATES, &EVENTS, &[], state_of);
}
