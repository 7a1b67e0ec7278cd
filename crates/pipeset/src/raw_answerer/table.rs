//! Every state of a raw REP, and so of a raw RESPONDENT, against every event:
//! `tests/table_raw_answerer.txt`. Obeys `rfc/sp-reqrep.md` section 10.

use speedwell_testkit::table::{self, Event, State};
use speedwell_wire::words::word;

use super::*;
use crate::answerer::table::{AsRep, request};

type RawRep = RawAnswerer<AsRep>;

/// A reply to the pipe with this word; that of p1 is 2.
fn reply(to: u32) -> Message {
    let header = [word(to), *b"\x80\0\0\x07"].concat();
    Message::with_header(&header, "reply".into())
}

const STATES: [State<RawRep>; 5] = [
    ("no pipe", |_| {}),
    ("p1", |bench| {
        bench.attach(1, 9);
    }),
    ("p1 full", |bench| {
        bench.attach(1, 1);
        bench.send(0, reply(2));
    }),
    ("p1, 2 wait", |bench| {
        bench.attach(1, 9);
        bench.batch(1, vec![request(0), request(1)]);
    }),
    ("p1 gone, 1 waits", |bench| {
        bench.attach(1, 9);
        bench.batch(1, vec![request(0)]);
        bench.detach(1, vec![]);
    }),
];

/// p1 may be there, p3 is new, p9 was never here.
const EVENTS: [Event<RawRep>; 20] = [
    ("attach p3", |bench| bench.attach(3, 9)),
    ("detach p1", |bench| bench.detach(1, vec![])),
    ("detach p1, 1 unsent", |bench| {
        bench.detach(1, vec![reply(2)])
    }),
    ("detach p9", |bench| bench.detach(9, vec![])),
    ("send to p1", |bench| bench.send(0, reply(2))),
    ("send to p9", |bench| bench.send(0, reply(10))),
    ("send without a word", |bench| {
        bench.send(0, Message::with_header(b"abc", "reply".into()))
    }),
    ("send on context 1", |bench| bench.send(1, reply(2))),
    ("recv", |bench| bench.recv(0)),
    ("recv on context 1", |bench| bench.recv(1)),
    ("request p1", |bench| bench.batch(1, vec![request(0)])),
    ("request p1, 7 hops", |bench| {
        bench.batch(1, vec![request(7)])
    }),
    ("request p1, 8 hops", |bench| {
        bench.batch(1, vec![request(8)])
    }),
    ("3 octets p1", |bench| {
        bench.batch(1, vec![Message::from("abc")])
    }),
    ("request p9", |bench| bench.batch(9, vec![request(0)])),
    ("writable p1", |bench| bench.writable(1)),
    ("writable p9", |bench| bench.writable(9)),
    ("priority p1", |bench| bench.priority(1)),
    ("close", |bench| bench.close(0)),
    ("close context 1", |bench| bench.close(1)),
];

fn state_of(rep: &RawRep) -> String {
    let waits = if rep.ready(CtxId::MAIN).recv {
        "ready"
    } else {
        "empty"
    };
    format!("{waits}, pipes {}", rep.pipes_len())
}

#[test]
fn the_table_is_the_reviewed_one() {
    let words = [("#", *b"\x80\0\0\x07"), ("p1:", word(2))];
    table::check(
        env!("CARGO_MANIFEST_DIR"),
        "table_raw_answerer",
        &STATES,
        &EVENTS,
        &words,
        state_of,
    );
}
