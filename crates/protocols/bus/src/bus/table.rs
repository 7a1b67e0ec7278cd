//! Every state of BUS, cooked and raw, against every event: `tests/table_*.txt`.
//! Obeys `rfc/sp-bus.md` section 6.

use speedwell_pipeset::Overflow;
use speedwell_protocol::{CtxId, Protocol};
use speedwell_testkit::effects::pipe;
use speedwell_testkit::table::{self, Bench, Event, State};

use super::*;

/// A message whose header names a pipe.
fn from(n: u32) -> Message {
    Message::with_header(&pipe(n).word().to_be_bytes(), "m".into())
}

fn policy<S: Speech>(bench: &mut Bench<Assembly<S>>, overflow: Overflow) -> String {
    bench.tells(|bus, cx| bus.set_overflow(overflow, cx))
}

fn states<S: Speech>() -> [State<Assembly<S>>; 8] {
    [
        ("no pipe", |_| {}),
        ("p1", |bench| {
            bench.attach(1, 9);
        }),
        ("p1, p2", |bench| {
            bench.attach(1, 9);
            bench.attach(2, 9);
        }),
        ("p1 full, p2", |bench| {
            bench.attach(1, 1);
            bench.attach(2, 9);
            bench.send(0, Message::from("first"));
        }),
        ("p1 full, 1 held, p2", |bench| {
            policy(bench, Overflow::DropOldest);
            bench.attach(1, 1);
            bench.attach(2, 9);
            bench.send(0, Message::from("first"));
            bench.send(0, Message::from("held"));
        }),
        ("p1 full, p2, blocks", |bench| {
            policy(bench, Overflow::Block);
            bench.attach(1, 1);
            bench.attach(2, 9);
            bench.send(0, Message::from("first"));
        }),
        ("p1, 2 messages", |bench| {
            bench.attach(1, 9);
            bench.batch(1, vec![Message::from("a"), Message::from("b")]);
        }),
        ("p1 gone, 1 message", |bench| {
            bench.attach(1, 9);
            bench.batch(1, vec![Message::from("a")]);
            bench.detach(1, vec![]);
        }),
    ]
}

/// p1 and p2 may be there, p3 is new, p9 was never here.
fn events<S: Speech>() -> [Event<Assembly<S>>; 22] {
    fn batch<S: Speech>(bench: &mut Bench<Assembly<S>>, n: u32) -> String {
        bench.batch(n, vec![Message::with_header(b"h", "m".into())])
    }
    [
        ("attach p3", |bench| bench.attach(3, 9)),
        ("detach p1", |bench| bench.detach(1, vec![])),
        ("detach p1, 1 unsent", |bench| {
            bench.detach(1, vec![Message::from("m")])
        }),
        ("detach p9", |bench| bench.detach(9, vec![])),
        ("send", |bench| bench.send(0, Message::from("m"))),
        ("send, from p1", |bench| bench.send(0, from(1))),
        ("send, from p9", |bench| bench.send(0, from(9))),
        ("send, 3 octets of header", |bench| {
            bench.send(0, Message::with_header(b"abc", "m".into()))
        }),
        ("send on context 1", |bench| {
            bench.send(1, Message::from("m"))
        }),
        ("recv", |bench| bench.recv(0)),
        ("recv on context 1", |bench| bench.recv(1)),
        ("message p1", |bench| batch(bench, 1)),
        ("message p2", |bench| batch(bench, 2)),
        ("message p9", |bench| batch(bench, 9)),
        ("writable p1", |bench| bench.writable(1)),
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
    ]
}

fn state_of<S: Speech>(bus: &Assembly<S>) -> String {
    let ready = bus.ready(CtxId::MAIN);
    let hears = if ready.recv { "ready" } else { "empty" };
    let sends = if ready.send { "open" } else { "blocked" };
    let (pipes, held) = (bus.pipes_len(), bus.held().messages);
    format!("{hears}, {sends}, pipes {pipes}, held {held}")
}

#[test]
fn the_table_is_the_reviewed_one() {
    fn check<S: Speech>(file: &str) {
        let root = env!("CARGO_MANIFEST_DIR");
        table::check(root, file, &states::<S>(), &events::<S>(), &[], state_of);
    }
    check::<Talk>("table_bus");
    check::<RawTalk>("table_raw_bus");
}
