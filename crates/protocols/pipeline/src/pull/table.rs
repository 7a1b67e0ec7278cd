//! Every state of PULL against every event: `tests/table_pull.txt`.
//! Obeys `rfc/sp-pipeline.md` section 7.

use speedwell_pipeset::DEPARTED_MAX;
use speedwell_testkit::table::{self, Bench, Event, State};

use super::*;

fn job() -> Message {
    Message::from("job")
}

/// A pipe that is there, and of which so many messages are held.
fn held(bench: &mut Bench<Pull>, n: u32, messages: usize) {
    bench.attach(n, 9);
    bench.batch(n, vec![job(); messages]);
}

/// A pipe that is gone, and of which a message is held.
fn gone(bench: &mut Bench<Pull>, n: u32) {
    held(bench, n, 1);
    bench.detach(n, vec![]);
}

/// As many of them as are held.
fn shortage(bench: &mut Bench<Pull>) {
    (100..).take(DEPARTED_MAX).for_each(|n| gone(bench, n));
}

const STATES: [State<Pull>; 9] = [
    ("no pipe", |_| {}),
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
const EVENTS: [Event<Pull>; 17] = [
    ("attach p3", |bench| bench.attach(3, 9)),
    ("detach p1", |bench| bench.detach(1, vec![])),
    ("detach p1, 1 unsent", |bench| bench.detach(1, vec![job()])),
    ("detach p9", |bench| bench.detach(9, vec![])),
    ("send", |bench| bench.send(0, job())),
    ("send on context 1", |bench| bench.send(1, job())),
    ("recv", |bench| bench.recv(0)),
    ("recv on context 1", |bench| bench.recv(1)),
    ("2 messages p1", |bench| bench.batch(1, vec![job(), job()])),
    ("no message p1", |bench| bench.batch(1, vec![])),
    ("message p9", |bench| bench.batch(9, vec![job()])),
    ("writable p1", |bench| bench.writable(1)),
    ("writable p9", |bench| bench.writable(9)),
    ("priority p1", |bench| bench.priority(1)),
    ("priority p9", |bench| bench.priority(9)),
    ("close", |bench| bench.close(0)),
    ("close context 1", |bench| bench.close(1)),
];

fn state_of(pull: &Pull) -> String {
    let state = if pull.pipes.is_empty() {
        "empty"
    } else {
        "ready"
    };
    format!("{state}, pipes {}", pull.pipes.pipes_len())
}

#[test]
fn the_table_is_the_reviewed_one() {
    let root = env!("CARGO_MANIFEST_DIR");
    table::check(root, "table_pull", &STATES, &EVENTS, &[], state_of);
}
