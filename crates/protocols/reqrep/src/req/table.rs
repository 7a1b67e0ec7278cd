//! Every state of a context of REQ against every event: `tests/table_req.txt`.
//! Obeys `rfc/sp-reqrep.md` section 10.

use speedwell_testkit::effects::RecordingEffects;
use speedwell_testkit::table::{self, Bench, Event, State};
use speedwell_wire::words::{request_id, word};

use super::*;

/// The id of the `n`th request of a machine in a fresh world.
fn id(n: u32) -> u32 {
    let first = RecordingEffects::new().cx().random() >> 32;
    request_id(u32::try_from(first).unwrap() + n - 1)
}

fn reply(n: u32) -> Message {
    Message::with_header(&word(id(n)), "reply".into())
}

fn question(bench: &mut Bench<Req>) {
    bench.send(0, Message::from("q"));
}

const STATES: [State<Req>; 9] = [
    ("no pipe", |_| {}),
    ("p1, nothing asked", |bench| {
        bench.attach(1, 9);
    }),
    ("no pipe, asked", question),
    ("p1 full, asked", |bench| {
        bench.attach(1, 1);
        bench.open(7);
        bench.send(7, Message::from("other"));
        bench.close(7);
        question(bench);
    }),
    ("p1 and p2, asked p1", |bench| {
        bench.attach(1, 9);
        question(bench);
        bench.attach(2, 9);
    }),
    ("p1 full, asked p1, due", |bench| {
        bench.attach(1, 1);
        question(bench);
        bench.timer(0, RESEND_DEFAULT);
    }),
    ("p1, asked p1, no resending", |bench| {
        bench.socket.set_resend(None);
        bench.attach(1, 9);
        question(bench);
    }),
    ("p1, replied", |bench| {
        bench.attach(1, 9);
        question(bench);
        bench.batch(1, vec![reply(1)]);
    }),
    ("lost", |bench| {
        bench.socket.set_resend(None);
        bench.attach(1, 9);
        question(bench);
        bench.detach(1, vec![]);
    }),
];

/// p1 and p2 may be there, p3 is new, p9 was never here. Context 1 was never opened.
const EVENTS: [Event<Req>; 29] = [
    ("attach p3", |bench| bench.attach(3, 9)),
    ("attach p3, room 1", |bench| bench.attach(3, 1)),
    ("detach p1", |bench| bench.detach(1, vec![])),
    ("detach p1, #1 unsent", |bench| {
        bench.detach(1, vec![reply(1)])
    }),
    ("detach p1, #9 unsent", |bench| {
        bench.detach(1, vec![reply(9)])
    }),
    ("detach p2", |bench| bench.detach(2, vec![])),
    ("detach p9", |bench| bench.detach(9, vec![])),
    ("send \"m\"", |bench| bench.send(0, Message::from("m"))),
    ("send, failing fast", |bench| {
        bench.socket.set_fail_fast(true);
        bench.send(0, Message::from("m"))
    }),
    ("send with a header", |bench| {
        bench.send(0, Message::with_header(b"h", "m".into()))
    }),
    ("send on context 1", |bench| {
        bench.send(1, Message::from("m"))
    }),
    ("recv", |bench| bench.recv(0)),
    ("recv on context 1", |bench| bench.recv(1)),
    ("reply #1 on p1", |bench| bench.batch(1, vec![reply(1)])),
    ("reply #1 on p1, twice", |bench| {
        bench.batch(1, vec![reply(1), reply(1)])
    }),
    ("reply #2 on p1", |bench| bench.batch(1, vec![reply(2)])),
    ("reply #9 on p1", |bench| bench.batch(1, vec![reply(9)])),
    ("reply #1 on p2", |bench| bench.batch(2, vec![reply(1)])),
    ("reply #1 on p9", |bench| bench.batch(9, vec![reply(1)])),
    ("3 octets on p1", |bench| {
        bench.batch(1, vec![Message::from("abc")])
    }),
    ("no id on p1", |bench| {
        bench.batch(1, vec![Message::from("abcdef")])
    }),
    ("writable p1", |bench| bench.writable(1)),
    ("writable p9", |bench| bench.writable(9)),
    ("timer, early", |bench| bench.timer(0, Duration::ZERO)),
    ("timer, due", |bench| bench.timer(0, RESEND_DEFAULT)),
    ("timer of context 1", |bench| bench.timer(1, RESEND_DEFAULT)),
    ("priority p1", |bench| bench.priority(1)),
    ("close", |bench| bench.close(0)),
    ("close context 1", |bench| bench.close(1)),
];

fn state_of(req: &Req) -> String {
    let exchange = req.contexts.get(&CtxId::MAIN).map(|main| &main.exchange);
    let (asked, out) = match exchange {
        None => ("closed", false),
        Some(Exchange::Idle) => ("idle", false),
        Some(Exchange::Queued(request)) => ("queued", request.is_out()),
        Some(Exchange::Sent { request, .. }) => ("sent", request.is_out()),
        Some(Exchange::Replied(_)) => ("replied", false),
        Some(Exchange::Lost) => ("lost", false),
    };
    let out = if out { ", out" } else { "" };
    let (awaited, queue) = (req.awaited.len(), req.queue.len());
    let waits = matches!(asked, "queued" | "sent");
    assert_eq!(
        (awaited, queue),
        (usize::from(waits), usize::from(asked == "queued"))
    );
    format!("{asked}{out}, pipes {}", req.pipes.len())
}

#[test]
fn the_table_is_the_reviewed_one() {
    let words = [1, 2, 3, 9].map(|n| (["", "#1", "#2", "#3", "", "", "", "", "", "#9"][n], n));
    let words = words.map(|(name, n)| (name, word(id(u32::try_from(n).unwrap()))));
    table::check(
        env!("CARGO_MANIFEST_DIR"),
        "table_req",
        &STATES,
        &EVENTS,
        &words,
        state_of,
    );
}
