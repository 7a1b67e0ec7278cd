//! Every state of PUSH against every event: `tests/table_push.txt`.
//! Obeys `rfc/sp-pipeline.md` section 7.

use speedwell_testkit::table::{self, Bench, Event, State as Reached};

use super::*;

fn job() -> Message {
    Message::from("job")
}

/// A pipe that was given a message, and takes no other.
fn full(bench: &mut Bench<Push>, n: u32) {
    bench.attach(n, 1);
    bench.send(0, job());
}

/// A pipe is gone, and gave two messages back.
fn returned(bench: &mut Bench<Push>) {
    bench.attach(8, 9);
    bench.detach(8, vec![Message::from("r1"), Message::from("r2")]);
}

const STATES: [Reached<Push>; 7] = [
    ("no pipe", |_| {}),
    ("no pipe, 2 returned", returned),
    ("p1 full", |bench| full(bench, 1)),
    ("p1 full, 1 returned", |bench| {
        returned(bench);
        bench.attach(1, 1);
    }),
    ("p1", |bench| {
        bench.attach(1, 9);
    }),
    ("p1 full, p2", |bench| {
        full(bench, 1);
        bench.attach(2, 9);
    }),
    ("p1, p2", |bench| {
        bench.attach(1, 9);
        bench.attach(2, 9);
    }),
];

/// p1 and p2 may be there, p3 is new, p9 was never here.
const EVENTS: [Event<Push>; 20] = [
    ("attach p3", |bench| bench.attach(3, 9)),
    ("attach p3, room 1", |bench| bench.attach(3, 1)),
    ("detach p1", |bench| bench.detach(1, vec![])),
    ("detach p1, 1 unsent", |bench| bench.detach(1, vec![job()])),
    ("detach p9", |bench| bench.detach(9, vec![])),
    ("detach p9, 1 unsent", |bench| bench.detach(9, vec![job()])),
    ("send", |bench| bench.send(0, job())),
    ("send with a header", |bench| {
        bench.send(0, Message::with_header(b"h", "m".into()))
    }),
    ("send on context 1", |bench| bench.send(1, job())),
    ("recv", |bench| bench.recv(0)),
    ("recv on context 1", |bench| bench.recv(1)),
    ("2 messages p1", |bench| bench.batch(1, vec![job(), job()])),
    ("no message p1", |bench| bench.batch(1, vec![])),
    ("2 messages p9", |bench| bench.batch(9, vec![job(), job()])),
    ("writable p1", |bench| bench.writable(1)),
    ("writable p9", |bench| bench.writable(9)),
    ("priority p1", |bench| bench.priority(1)),
    ("priority p9", |bench| bench.priority(9)),
    ("close", |bench| bench.close(0)),
    ("close context 1", |bench| bench.close(1)),
];

fn state_of(push: &Push) -> String {
    let state = match push.state {
        State::Blocked { .. } => "blocked",
        State::Ready => "ready",
    };
    let returned = push.held().messages;
    format!("{state}, pipes {}, returned {returned}", push.pipes.len())
}

#[test]
fn the_table_is_the_reviewed_one() {
    let root = env!("CARGO_MANIFEST_DIR");
    table::check(root, "table_push", &STATES, &EVENTS, &[], state_of);
}
