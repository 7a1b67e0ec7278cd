//! Every state of a raw SURVEYOR against every event: `tests/table_raw_surveyor.txt`.
//! Obeys `rfc/sp-survey.md` section 7.

use speedwell_protocol::{CtxId, Protocol};
use speedwell_testkit::table::{self, Event, State};

use super::*;

fn survey() -> Message {
    Message::with_header(b"hop.\x80\0\0\x07", "survey".into())
}

fn answer() -> Message {
    Message::from(b"hop.\x80\0\0\x07answer")
}

const STATES: [State<RawSurveyor>; 5] = [
    ("no pipe", |_| {}),
    ("p1", |bench| {
        bench.attach(1, 9);
    }),
    ("p1 full, p2", |bench| {
        bench.attach(1, 1);
        bench.attach(2, 9);
        bench.send(0, survey());
    }),
    ("p1, 2 answers", |bench| {
        bench.attach(1, 9);
        bench.batch(1, vec![answer(), answer()]);
    }),
    ("p1 gone, 1 answer", |bench| {
        bench.attach(1, 9);
        bench.batch(1, vec![answer()]);
        bench.detach(1, vec![]);
    }),
];

/// p1 may be there, p3 is new, p9 was never here.
const EVENTS: [Event<RawSurveyor>; 16] = [
    ("attach p3", |bench| bench.attach(3, 9)),
    ("detach p1", |bench| bench.detach(1, vec![])),
    ("detach p1, 1 unsent", |bench| {
        bench.detach(1, vec![survey()])
    }),
    ("detach p9", |bench| bench.detach(9, vec![])),
    ("send", |bench| bench.send(0, survey())),
    ("send on context 1", |bench| bench.send(1, survey())),
    ("recv", |bench| bench.recv(0)),
    ("recv on context 1", |bench| bench.recv(1)),
    ("2 answers p1", |bench| {
        bench.batch(1, vec![answer(), answer()])
    }),
    ("3 octets p1, and an answer", |bench| {
        bench.batch(1, vec![Message::from("abc"), answer()])
    }),
    ("answer p9", |bench| bench.batch(9, vec![answer()])),
    ("writable p1", |bench| bench.writable(1)),
    ("writable p9", |bench| bench.writable(9)),
    ("priority p1", |bench| bench.priority(1)),
    ("close", |bench| bench.close(0)),
    ("close context 1", |bench| bench.close(1)),
];

fn state_of(surveyor: &RawSurveyor) -> String {
    let ready = surveyor.ready(CtxId::MAIN);
    let answers = if ready.recv { "ready" } else { "empty" };
    let sends = if ready.send { "open" } else { "blocked" };
    let (pipes, held) = (surveyor.pipes_len(), surveyor.held().messages);
    format!("{answers}, {sends}, pipes {pipes}, held {held}")
}

#[test]
fn the_table_is_the_reviewed_one() {
    let (root, words) = (env!("CARGO_MANIFEST_DIR"), [("#", *b"\x80\0\0\x07")]);
    table::check(
        root,
        "table_raw_surveyor",
        &STATES,
        &EVENTS,
        &words,
        state_of,
    );
}
