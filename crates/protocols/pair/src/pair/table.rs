//! Every state of PAIR against every event: `tests/table_pair.txt`.
//! Obeys `rfc/sp-pair.md` section 7.

use speedwell_testkit::table::{self, Bench, Event, State};

use super::*;

/// What p1 left: messages that were received of it, and such as it gave back.
fn left(bench: &mut Bench<Pair>, received: &[&'static str], returned: &[&'static str]) {
    let messages = |bodies: &[&'static str]| bodies.iter().copied().map(Message::from).collect();
    bench.attach(1, 9);
    bench.batch(1, messages(received));
    bench.detach(1, messages(returned));
}

/// p2 has come, and is full; if nothing was returned to it, by a message of its own.
fn full(bench: &mut Bench<Pair>) {
    bench.attach(2, 1);
    bench.send(0, Message::from("s"));
}

const STATES: [State<Pair>; 10] = [
    ("no peer", |_| {}),
    ("no peer, 1 received", |bench| left(bench, &["r"], &[])),
    ("no peer, 2 returned", |bench| {
        left(bench, &[], &["r1", "r2"]);
    }),
    ("no peer, 1 received, 2 returned", |bench| {
        left(bench, &["r"], &["r1", "r2"]);
    }),
    ("p2", |bench| {
        bench.attach(2, 9);
    }),
    ("p2, 1 received", |bench| {
        left(bench, &["r"], &[]);
        bench.attach(2, 9);
    }),
    ("p2 full", full),
    ("p2 full, 1 received", |bench| {
        left(bench, &["r"], &[]);
        full(bench);
    }),
    ("p2 full, 1 returned", |bench| {
        left(bench, &[], &["r1", "r2"]);
        full(bench);
    }),
    ("p2 full, 1 received, 1 returned", |bench| {
        left(bench, &["r"], &["r1", "r2"]);
        full(bench);
    }),
];

/// The peer, if any, is p2. p1 came before it, p3 is the next, p9 was never here.
const EVENTS: [Event<Pair>; 16] = [
    ("attach p3", |bench| bench.attach(3, 9)),
    ("detach p2, 1 unsent", |bench| {
        bench.detach(2, vec![Message::from("x")])
    }),
    ("detach p9", |bench| bench.detach(9, vec![])),
    ("send", |bench| bench.send(0, Message::from("m"))),
    ("send with a header", |bench| {
        bench.send(0, Message::with_header(b"h", "m".into()))
    }),
    ("send on context 1", |bench| {
        bench.send(1, Message::from("m"))
    }),
    ("recv", |bench| bench.recv(0)),
    ("recv on context 1", |bench| bench.recv(1)),
    ("2 messages p2", |bench| {
        bench.batch(2, vec![Message::from("b1"), Message::from("b2")])
    }),
    ("no message p2", |bench| bench.batch(2, vec![])),
    ("message p9", |bench| {
        bench.batch(9, vec![Message::from("b")])
    }),
    ("writable p2", |bench| bench.writable(2)),
    ("writable p9", |bench| bench.writable(9)),
    ("priority p2", |bench| bench.priority(2)),
    ("close", |bench| bench.close(0)),
    ("close context 1", |bench| bench.close(1)),
];

fn state_of(pair: &Pair) -> String {
    let link = match (pair.peer.pipe(), pair.peer.is_writable()) {
        (None, _) => "alone".to_owned(),
        (Some(pipe), true) => format!("open p{}", pipe.slot()),
        (Some(pipe), false) => format!("full p{}", pipe.slot()),
    };
    let (returned, received) = (pair.peer.held().messages, pair.received.len());
    format!("{link}, returned {returned}, received {received}")
}

#[test]
fn the_table_is_the_reviewed_one() {
    let root = env!("CARGO_MANIFEST_DIR");
    table::check(root, "table_pair", &STATES, &EVENTS, &[], state_of);
}
