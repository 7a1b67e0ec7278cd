//! Every state of a context of REP, and so of RESPONDENT, against every event:
//! `tests/table_answerer.txt`. Obeys `rfc/sp-reqrep.md` section 10.

use speedwell_protocol::ProtocolId;
use speedwell_testkit::table::{self, Bench, Event, State};

use super::*;

/// What REP is, for this table.
#[derive(Debug)]
pub(crate) struct AsRep;

impl Answers for AsRep {
    const IDS: ProtocolIds = ProtocolIds {
        me: ProtocolId::REP,
        peer: ProtocolId::REQ,
    };
}

type Rep = Answerer<AsRep>;

/// A request that came by `hops` devices.
pub(crate) fn request(hops: usize) -> Message {
    let words = [b"hop.".repeat(hops), b"\x80\0\0\x07req".to_vec()].concat();
    Message::from(words)
}

fn asked(bench: &mut Bench<Rep>, room: usize) {
    bench.attach(1, room);
    bench.batch(1, vec![request(1)]);
    bench.recv(0);
}

const STATES: [State<Rep>; 8] = [
    ("no pipe", |_| {}),
    ("p1", |bench| {
        bench.attach(1, 9);
    }),
    ("p1, 1 waits", |bench| {
        bench.attach(1, 9);
        bench.batch(1, vec![request(0)]);
    }),
    ("p1, asked", |bench| asked(bench, 9)),
    ("p1, asked, 2 wait", |bench| {
        asked(bench, 9);
        bench.batch(1, vec![request(0), request(0)]);
    }),
    ("p1 full, asked", |bench| {
        asked(bench, 1);
        bench.send(0, Message::from("first"));
        bench.batch(1, vec![request(1)]);
        bench.recv(0);
    }),
    ("asked, p1 gone", |bench| {
        asked(bench, 9);
        bench.detach(1, vec![]);
    }),
    ("p1 gone, 1 waits", |bench| {
        bench.attach(1, 9);
        bench.batch(1, vec![request(0)]);
        bench.detach(1, vec![]);
    }),
];

/// p1 may be there, p3 is new, p9 was never here. Context 1 was never opened.
const EVENTS: [Event<Rep>; 21] = [
    ("attach p3", |bench| bench.attach(3, 9)),
    ("detach p1", |bench| bench.detach(1, vec![])),
    ("detach p1, 1 unsent", |bench| {
        bench.detach(1, vec![request(0)])
    }),
    ("detach p9", |bench| bench.detach(9, vec![])),
    ("send \"m\"", |bench| bench.send(0, Message::from("m"))),
    ("send with a header", |bench| {
        bench.send(0, Message::with_header(b"h", "m".into()))
    }),
    ("send on context 1", |bench| {
        bench.send(1, Message::from("m"))
    }),
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
    ("no id p1, and a request", |bench| {
        bench.batch(1, vec![Message::from("abcdef"), request(0)])
    }),
    ("request p9", |bench| bench.batch(9, vec![request(0)])),
    ("writable p1", |bench| bench.writable(1)),
    ("writable p9", |bench| bench.writable(9)),
    ("priority p1", |bench| bench.priority(1)),
    ("open context 1", |bench| bench.open(1)),
    ("close", |bench| bench.close(0)),
    ("close context 1", |bench| bench.close(1)),
];

fn state_of(rep: &Rep) -> String {
    let asked = match rep.asked_by(CtxId::MAIN) {
        _ if !rep.ready(CtxId::MAIN).send => "closed".to_owned(),
        None => "idle".to_owned(),
        Some(pipe) => format!("asked by p{}", pipe.slot()),
    };
    let waits = if rep.ready(CtxId::MAIN).recv {
        ", requests"
    } else {
        ""
    };
    format!("{asked}, pipes {}{waits}", rep.pipes_len())
}

#[test]
fn the_table_is_the_reviewed_one() {
    let words = [("#", *b"\x80\0\0\x07")];
    table::check(
        env!("CARGO_MANIFEST_DIR"),
        "table_answerer",
        &STATES,
        &EVENTS,
        &words,
        state_of,
    );
}
