//! Every state of PAIR against every event, as a reviewed text: `tests/table.txt`.
//! Obeys `rfc/sp-pair.md` section 7. `UPDATE_TABLE=1` writes the text anew.

use std::fmt::Write as _;

use speedwell_protocol::Priority;
use speedwell_testkit::effects::{self, Effect, RecordingEffects, pipe};

use super::*;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/table.txt");

#[derive(Clone, Copy, PartialEq)]
enum Link {
    Alone,
    Open,
    Full,
}

/// The link, whether returned messages wait, whether received ones wait.
type Start = (Link, bool, bool);

const STATES: [Start; 10] = [
    (Link::Alone, false, false),
    (Link::Alone, false, true),
    (Link::Alone, true, false),
    (Link::Alone, true, true),
    (Link::Open, false, false),
    (Link::Open, false, true),
    (Link::Full, false, false),
    (Link::Full, false, true),
    (Link::Full, true, false),
    (Link::Full, true, true),
];

type Case = (&'static str, fn(&mut Pair, &mut RecordingEffects) -> String);

/// The peer, if any, is p2. p1 came before it, p3 is the next, p9 was never here.
const EVENTS: [Case; 16] = [
    ("attach p3", |pair, world| attach(pair, world, 3)),
    ("detach p2, \"x\" unsent", |pair, world| {
        detach(pair, world, 2, &["x"])
    }),
    ("detach p9", |pair, world| detach(pair, world, 9, &[])),
    ("send \"m\"", |pair, world| {
        send(pair, world, CtxId::MAIN, Message::from("m"))
    }),
    ("send with a header", |pair, world| {
        send(
            pair,
            world,
            CtxId::MAIN,
            Message::with_header(b"h", "m".into()),
        )
    }),
    ("send on context 1", |pair, world| {
        send(pair, world, CtxId(1), Message::from("m"))
    }),
    ("recv", |pair, world| recv(pair, world, CtxId::MAIN)),
    ("recv on context 1", |pair, world| {
        recv(pair, world, CtxId(1))
    }),
    ("batch p2, 2 messages", |pair, world| {
        batch(pair, world, 2, 2)
    }),
    ("batch p2, empty", |pair, world| batch(pair, world, 2, 0)),
    ("batch p9, 2 messages", |pair, world| {
        batch(pair, world, 9, 2)
    }),
    ("writable p2", |pair, world| writable(pair, world, 2)),
    ("writable p9", |pair, world| writable(pair, world, 9)),
    ("priority p2", |pair, world| {
        pair.on_priority(pipe(2), &info(), &mut world.cx());
        "ok".to_owned()
    }),
    ("close", |pair, world| close(pair, world, CtxId::MAIN)),
    ("close context 1", |pair, world| {
        close(pair, world, CtxId(1))
    }),
];

fn info() -> PipeInfo {
    effects::info(ProtocolId::PAIR, Priority::default())
}

fn attach(pair: &mut Pair, world: &mut RecordingEffects, n: u32) -> String {
    let attached = pair.attach(pipe(n), &info(), &mut world.cx());
    attached.map_or_else(|reject| format!("{reject:?}"), |()| "ok".to_owned())
}

fn detach(pair: &mut Pair, world: &mut RecordingEffects, n: u32, unsent: &[&str]) -> String {
    let mut unsent = unsent.iter().map(|body| Message::from(*body));
    pair.detach(pipe(n), &mut Unsent::new(&mut unsent), &mut world.cx());
    format!("left {}", unsent.len())
}

fn send(pair: &mut Pair, world: &mut RecordingEffects, ctx: CtxId, message: Message) -> String {
    let mut message = Some(message);
    let sent = pair.send(ctx, &mut message, &mut world.cx());
    assert_eq!(sent.is_ok(), message.is_none());
    sent.map_or_else(|verdict| format!("{verdict:?}"), |()| "ok".to_owned())
}

fn recv(pair: &mut Pair, world: &mut RecordingEffects, ctx: CtxId) -> String {
    match pair.recv(ctx, &mut world.cx()) {
        Ok(message) => format!("\"{}\"", message.body().escape_ascii()),
        Err(verdict) => format!("{verdict:?}"),
    }
}

fn batch(pair: &mut Pair, world: &mut RecordingEffects, n: u32, messages: usize) -> String {
    let mut inbox = Inbox::new();
    inbox.set_origin(Some(pipe(n)));
    let bodies = ["b1", "b2"].into_iter().take(messages);
    inbox.extend(bodies.map(Message::from));
    pair.on_batch(pipe(n), &mut inbox, &mut world.cx());
    format!("left {}", inbox.len())
}

fn writable(pair: &mut Pair, world: &mut RecordingEffects, n: u32) -> String {
    world.set_room(pipe(n), 9);
    pair.on_writable(pipe(n), &mut world.cx());
    "ok".to_owned()
}

fn close(pair: &mut Pair, world: &mut RecordingEffects, ctx: CtxId) -> String {
    pair.close(ctx, &mut world.cx());
    "ok".to_owned()
}

/// A machine brought into a state by way of the public calls.
fn machine((link, returned, received): Start) -> (Pair, RecordingEffects) {
    let (mut pair, mut world) = (Pair::new(), RecordingEffects::new());
    attach(&mut pair, &mut world, 1);
    if received {
        batch(&mut pair, &mut world, 1, 1);
    }
    detach(
        &mut pair,
        &mut world,
        1,
        if returned { &["r1", "r2"] } else { &[] },
    );
    match link {
        Link::Alone => {}
        Link::Open => {
            attach(&mut pair, &mut world, 2);
        }
        Link::Full => {
            world.set_room(pipe(2), 1);
            attach(&mut pair, &mut world, 2);
            if !returned {
                send(&mut pair, &mut world, CtxId::MAIN, Message::from("s"));
            }
        }
    }
    world.take();
    (pair, world)
}

fn shown(pair: &Pair) -> String {
    let link = match (pair.peer.pipe(), pair.peer.is_writable()) {
        (None, _) => "alone".to_owned(),
        (Some(pipe), true) => format!("open p{}", pipe.slot()),
        (Some(pipe), false) => format!("full p{}", pipe.slot()),
    };
    let returned = pair.peer.held().messages;
    format!(
        "{link}, returned {returned}, received {}",
        pair.received.len()
    )
}

fn print_table() -> String {
    let mut table = String::from("PAIR: state, event -> result | effects | next state\n");
    for state in STATES {
        let (pair, _) = machine(state);
        writeln!(table, "\n{}", shown(&pair)).unwrap();
        for (name, event) in EVENTS {
            let (mut pair, mut world) = machine(state);
            let result = event(&mut pair, &mut world);
            let effects: Vec<_> = world.take().iter().map(Effect::to_string).collect();
            let effects = if effects.is_empty() {
                "-".to_owned()
            } else {
                effects.join("; ")
            };
            let after = shown(&pair);
            writeln!(table, "  {name:<22} -> {result} | {effects} | {after}").unwrap();
        }
    }
    table
}

#[test]
fn the_table_is_the_reviewed_one() {
    let table = print_table();
    if std::env::var_os("UPDATE_TABLE").is_some() {
        std::fs::write(TABLE, &table).unwrap();
    }
    let reviewed = std::fs::read_to_string(TABLE).unwrap_or_default();
    let reviewed = reviewed.replace("\r\n", "\n");
    assert!(
        table == reviewed,
        "tests/table.txt differs; the machine now does\n\n{table}"
    );
}
