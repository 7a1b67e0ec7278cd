//! Every state of a raw REQ against every event: `tests/table_raw_req.txt`.
//! Obeys `rfc/sp-reqrep.md` section 10.

use speedwell_testkit::table::{self, Bench, Event, State};

use super::*;

fn request() -> Message {
    Message::with_header(b"hop.\x80\0\0\x07", "req".into())
}

fn reply() -> Message {
    Message::from(b"hop.\x80\0\0\x07reply")
}

fn returned(bench: &mut Bench<RawReq>) {
    bench.attach(8, 9);
    bench.detach(8, vec![request(), request()]);
}

const STATES: [State<RawReq>; 7] = [
    ("no pipe", |_| {}),
    ("no pipe, 2 returned", returned),
    ("p1", |bench| {
        bench.attach(1, 9);
    }),
    ("p1 full", |bench| {
        bench.attach(1, 1);
        bench.send(0, request());
    }),
    ("p1 full, 1 returned", |bench| {
        returned(bench);
        bench.attach(1, 1);
    }),
    ("p1, 2 replies", |bench| {
        bench.attach(1, 9);
        bench.batch(1, vec![reply(), reply()]);
    }),
    ("p1 gone, 1 reply", |bench| {
        bench.attach(1, 9);
        bench.batch(1, vec![reply()]);
        bench.detach(1, vec![]);
    }),
];

/// p1 may be there, p3 is new, p9 was never here.
const EVENTS: [Event<RawReq>; 18] = [
    ("attach p3", |bench| bench.attach(3, 9)),
    ("attach p3, room 1", |bench| bench.attach(3, 1)),
    ("detach p1", |bench| bench.detach(1, vec![])),
    ("detach p1, 1 unsent", |bench| {
        bench.detach(1, vec![request()])
    }),
    ("detach p9, 1 unsent", |bench| {
        bench.detach(9, vec![request()])
    }),
    ("send", |bench| bench.send(0, request())),
    ("send without a header", |bench| {
        bench.send(0, Message::from("m"))
    }),
    ("send on context 1", |bench| bench.send(1, request())),
    ("recv", |bench| bench.recv(0)),
    ("recv on context 1", |bench| bench.recv(1)),
    ("2 replies p1", |bench| {
        bench.batch(1, vec![reply(), reply()])
    }),
    ("3 octets p1, and a reply", |bench| {
        bench.batch(1, vec![Message::from("abc"), reply()])
    }),
    ("reply p9", |bench| bench.batch(9, vec![reply()])),
    ("writable p1", |bench| bench.writable(1)),
    ("writable p9", |bench| bench.writable(9)),
    ("priority p1", |bench| bench.priority(1)),
    ("close", |bench| bench.close(0)),
    ("close context 1", |bench| bench.close(1)),
];

fn state_of(req: &RawReq) -> String {
    let sends = if req.pipes.is_writable() {
        "ready"
    } else {
        "blocked"
    };
    let returned = req.returned.held().messages;
    let waits = if req.replies.is_empty() {
        ""
    } else {
        ", replies"
    };
    format!(
        "{sends}, pipes {}, returned {returned}{waits}",
        req.pipes.len()
    )
}

#[test]
fn the_table_is_the_reviewed_one() {
    table::check(
        env!("CARGO_MANIFEST_DIR"),
        "table_raw_req",
        &STATES,
        &EVENTS,
        &[("#", *b"\x80\0\0\x07")],
        state_of,
    );
}
