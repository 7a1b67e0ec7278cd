//! Every state of PAIR, of both versions and forms, against every event: `tests/table_*.txt`.
//! Obeys `rfc/sp-pair.md` sections 7 and 9.

use speedwell_testkit::table::{self, Bench, Event, State};

use super::*;

/// What an application hands to a form of PAIR, and what its peers put on the wire.
trait Sample: Form {
    const SENT_HEADER: &'static [u8] = b"";
    const WIRE_HEADER: &'static [u8] = b"";

    fn sent(body: &'static str) -> Message {
        Message::with_header(Self::SENT_HEADER, body.into())
    }

    fn arrives(body: &'static str) -> Message {
        Message::from([Self::WIRE_HEADER, body.as_bytes()].concat())
    }
}

impl Sample for Plain<Cooked> {}

impl Sample for Plain<Raw> {}

impl Sample for Hops<Cooked> {
    const WIRE_HEADER: &'static [u8] = b"\0\0\0\x01";
}

impl Sample for Hops<Raw> {
    const SENT_HEADER: &'static [u8] = b"\0\0\0\x01";
    const WIRE_HEADER: &'static [u8] = b"\0\0\0\x01";
}

/// What p1 left: a message that was received of it, and two that it gave back.
fn left<F: Sample>(bench: &mut Bench<PairMachine<F>>, received: bool, returned: bool) {
    let pick = |is_there: bool, bodies: &[&'static str]| {
        let bodies = bodies.iter().filter(|_| is_there);
        bodies.map(|body| F::arrives(body)).collect()
    };
    bench.attach(1, 9);
    bench.batch(1, pick(received, &["r"]));
    bench.detach(1, pick(returned, &["r1", "r2"]));
}

/// p2 has come, and is full; if nothing was returned to it, by a message of its own.
fn full<F: Sample>(bench: &mut Bench<PairMachine<F>>) {
    bench.attach(2, 1);
    bench.send(0, F::sent("s"));
}

fn states<F: Sample>() -> [State<PairMachine<F>>; 10] {
    [
        ("no peer", |_| {}),
        ("no peer, 1 received", |bench| left(bench, true, false)),
        ("no peer, 2 returned", |bench| left(bench, false, true)),
        ("no peer, 1 received, 2 returned", |bench| {
            left(bench, true, true);
        }),
        ("p2", |bench| {
            bench.attach(2, 9);
        }),
        ("p2, 1 received", |bench| {
            left(bench, true, false);
            bench.attach(2, 9);
        }),
        ("p2 full", full),
        ("p2 full, 1 received", |bench| {
            left(bench, true, false);
            full(bench);
        }),
        ("p2 full, 1 returned", |bench| {
            left(bench, false, true);
            full(bench);
        }),
        ("p2 full, 1 received, 1 returned", |bench| {
            left(bench, true, true);
            full(bench);
        }),
    ]
}

/// The peer, if any, is p2. p1 came before it, p3 is the next, p9 was never here.
fn events<F: Sample>() -> [Event<PairMachine<F>>; 24] {
    fn wire(word: &[u8]) -> Message {
        Message::from([word, b"b"].concat())
    }
    fn headed(header: &[u8]) -> Message {
        Message::with_header(header, "m".into())
    }
    [
        ("attach p3", |bench| bench.attach(3, 9)),
        ("detach p2, 1 unsent", |bench| {
            bench.detach(2, vec![F::arrives("x")])
        }),
        ("detach p9", |bench| bench.detach(9, vec![])),
        ("send", |bench| bench.send(0, F::sent("m"))),
        ("send without a header", |bench| bench.send(0, headed(b""))),
        ("send, 1 octet of header", |bench| {
            bench.send(0, headed(b"h"))
        }),
        ("send, 0 hops", |bench| bench.send(0, headed(&[0, 0, 0, 0]))),
        ("send, 254 hops", |bench| {
            bench.send(0, headed(&[0, 0, 0, 254]))
        }),
        ("send, 255 hops", |bench| {
            bench.send(0, headed(&[0, 0, 0, 255]))
        }),
        ("send on context 1", |bench| bench.send(1, F::sent("m"))),
        ("recv", |bench| bench.recv(0)),
        ("recv on context 1", |bench| bench.recv(1)),
        ("2 messages p2", |bench| {
            bench.batch(2, vec![F::arrives("b1"), F::arrives("b2")])
        }),
        ("no message p2", |bench| bench.batch(2, vec![])),
        ("0 and 8 hops p2", |bench| {
            bench.batch(2, vec![wire(&[0; 4]), wire(&[0, 0, 0, 8])])
        }),
        ("9 and 255 hops p2", |bench| {
            bench.batch(2, vec![wire(&[0, 0, 0, 9]), wire(&[0, 0, 0, 255])])
        }),
        ("malformed p2", |bench| {
            bench.batch(2, vec![wire(&[1, 0, 0, 1]), wire(&[0])])
        }),
        ("message p9", |bench| bench.batch(9, vec![F::arrives("b")])),
        ("9 hops p9", |bench| {
            bench.batch(9, vec![wire(&[0, 0, 0, 9])])
        }),
        ("writable p2", |bench| bench.writable(2)),
        ("writable p9", |bench| bench.writable(9)),
        ("priority p2", |bench| bench.priority(2)),
        ("close", |bench| bench.close(0)),
        ("close context 1", |bench| bench.close(1)),
    ]
}

fn state_of<F: Form>(pair: &PairMachine<F>) -> String {
    let link = match (pair.peer.pipe(), pair.peer.is_writable()) {
        (None, _) => "alone".to_owned(),
        (Some(pipe), true) => format!("open p{}", pipe.slot()),
        (Some(pipe), false) => format!("full p{}", pipe.slot()),
    };
    let (returned, received) = (pair.peer.held().messages, pair.received.len());
    format!("{link}, returned {returned}, received {received}")
}

#[test]
fn the_tables_are_the_reviewed_ones() {
    fn check<F: Sample>(file: &str) {
        let root = env!("CARGO_MANIFEST_DIR");
        table::check(root, file, &states::<F>(), &events::<F>(), &[], state_of);
    }
    check::<Plain<Cooked>>("table_pair");
    check::<Plain<Raw>>("table_raw_pair");
    check::<Hops<Cooked>>("table_pair1");
    check::<Hops<Raw>>("table_raw_pair1");
}
