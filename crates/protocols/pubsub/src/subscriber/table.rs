//! Every state of SUB against every event, as a reviewed text: `tests/table_sub.txt`.
//! Obeys `rfc/sp-pubsub.md` section 7. `UPDATE_TABLE=1` writes the text anew.

use std::fmt::Write as _;

use speedwell_protocol::Priority;
use speedwell_testkit::effects::{self, Effect, RecordingEffects, pipe};

use super::*;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/table_sub.txt");

/// How many messages p1 has sent (if it ever was there), whether it left, how many p2 has sent, and
/// how many pipes have ended before and left a message each.
type Start = (&'static str, Option<usize>, bool, usize, u32);

const SHORTAGE: u32 = 64;

const STATES: [Start; 9] = [
    ("no pipe", None, false, 0, 0),
    ("p1 departed, 1 held", Some(1), true, 0, 0),
    ("p1", Some(0), false, 0, 0),
    ("p1, 1 held", Some(1), false, 0, 0),
    ("p1, 2 held", Some(2), false, 0, 0),
    ("p1, 1 held; p2, 1 held", Some(1), false, 1, 0),
    ("p1 departed, 1 held; p2, 1 held", Some(1), true, 1, 0),
    ("64 departed; p1", Some(0), false, 0, SHORTAGE),
    ("64 departed; p1 waits", Some(1), false, 0, SHORTAGE),
];

type Case = (&'static str, fn(&mut Sub, &mut RecordingEffects) -> String);

/// p1 and p2 may be there, p3 is new, p9 was never here.
const EVENTS: [Case; 24] = [
    ("attach p3", |sub, world| attach(sub, world, 3)),
    ("detach p1", |sub, world| detach(sub, world, 1, &[])),
    ("detach p1, \"x\" unsent", |sub, world| {
        detach(sub, world, 1, &["x"])
    }),
    ("detach p9", |sub, world| detach(sub, world, 9, &[])),
    ("send \"m\"", |sub, world| send(sub, world, CtxId::MAIN)),
    ("send on context 1", |sub, world| send(sub, world, CtxId(1))),
    ("recv", |sub, world| recv(sub, world, CtxId::MAIN)),
    ("recv on context 1", |sub, world| recv(sub, world, CtxId(1))),
    ("batch p1, 2 messages", |sub, world| batch(sub, world, 1, 2)),
    ("batch p1, empty", |sub, world| batch(sub, world, 1, 0)),
    ("batch p1, 1 of 2 wanted", |sub, world| {
        batch_of(sub, world, 1, &["p1.1", "other"])
    }),
    ("batch p1, none wanted", |sub, world| {
        batch_of(sub, world, 1, &["other", ""])
    }),
    ("batch p9, none wanted", |sub, world| {
        batch_of(sub, world, 9, &["other"])
    }),
    ("batch p9, 2 messages", |sub, world| batch(sub, world, 9, 2)),
    ("writable p1", |sub, world| writable(sub, world, 1)),
    ("writable p9", |sub, world| writable(sub, world, 9)),
    ("priority p1", |sub, world| priority(sub, world, 1)),
    ("priority p9", |sub, world| priority(sub, world, 9)),
    ("subscribe \"p\"", |sub, _| told(sub.subscribe(b"p"))),
    ("subscribe \"q\"", |sub, _| told(sub.subscribe(b"q"))),
    ("unsubscribe \"p\"", |sub, _| told(sub.unsubscribe(b"p"))),
    ("unsubscribe \"q\"", |sub, _| told(sub.unsubscribe(b"q"))),
    ("close", |sub, world| close(sub, world, CtxId::MAIN)),
    ("close context 1", |sub, world| close(sub, world, CtxId(1))),
];

fn attach(sub: &mut Sub, world: &mut RecordingEffects, n: u32) -> String {
    let info = effects::info(ProtocolId::PUB, Priority::default());
    let attached = sub.attach(pipe(n), &info, &mut world.cx());
    attached.map_or_else(|reject| format!("{reject:?}"), |()| "ok".to_owned())
}

fn detach(sub: &mut Sub, world: &mut RecordingEffects, n: u32, unsent: &[&str]) -> String {
    let mut unsent = unsent.iter().map(|body| Message::from(*body));
    sub.detach(pipe(n), &mut Unsent::new(&mut unsent), &mut world.cx());
    format!("left {}", unsent.len())
}

fn send(sub: &mut Sub, world: &mut RecordingEffects, ctx: CtxId) -> String {
    let mut message = Some(Message::from("m"));
    let verdict = sub.send(ctx, &mut message, &mut world.cx()).unwrap_err();
    assert!(message.is_some());
    format!("{verdict:?}")
}

fn recv(sub: &mut Sub, world: &mut RecordingEffects, ctx: CtxId) -> String {
    match sub.recv(ctx, &mut world.cx()) {
        Ok(message) => format!("\"{}\"", message.body().escape_ascii()),
        Err(verdict) => format!("{verdict:?}"),
    }
}

fn batch(sub: &mut Sub, world: &mut RecordingEffects, n: u32, messages: usize) -> String {
    let bodies: Vec<_> = (1..=messages).map(|at| format!("p{n}.{at}")).collect();
    let bodies: Vec<_> = bodies.iter().map(String::as_str).collect();
    batch_of(sub, world, n, &bodies)
}

fn batch_of(sub: &mut Sub, world: &mut RecordingEffects, n: u32, bodies: &[&str]) -> String {
    let mut inbox = Inbox::new();
    inbox.extend(bodies.iter().map(|body| Message::from(*body)));
    sub.on_batch(pipe(n), &mut inbox, &mut world.cx());
    format!("left {}", inbox.len())
}

fn told(result: Result<(), TopicError>) -> String {
    result.map_or_else(|error| format!("{error:?}"), |()| "ok".to_owned())
}

fn writable(sub: &mut Sub, world: &mut RecordingEffects, n: u32) -> String {
    sub.on_writable(pipe(n), &mut world.cx());
    "ok".to_owned()
}

fn priority(sub: &mut Sub, world: &mut RecordingEffects, n: u32) -> String {
    let info = effects::info(ProtocolId::PUB, Priority::LOWEST);
    sub.on_priority(pipe(n), &info, &mut world.cx());
    "ok".to_owned()
}

fn close(sub: &mut Sub, world: &mut RecordingEffects, ctx: CtxId) -> String {
    sub.close(ctx, &mut world.cx());
    "ok".to_owned()
}

/// A machine brought into a state by way of the public calls.
fn machine((_, first, departed, second, ended): Start) -> (Sub, RecordingEffects) {
    let (mut sub, mut world) = (Sub::new(), RecordingEffects::new());
    assert_eq!(told(sub.subscribe(b"p")), "ok");
    for n in 100..100 + ended {
        attach(&mut sub, &mut world, n);
        batch(&mut sub, &mut world, n, 1);
        detach(&mut sub, &mut world, n, &[]);
    }
    if let Some(held) = first {
        attach(&mut sub, &mut world, 1);
        batch(&mut sub, &mut world, 1, held);
    }
    if departed {
        detach(&mut sub, &mut world, 1, &[]);
    }
    if second > 0 {
        attach(&mut sub, &mut world, 2);
        batch(&mut sub, &mut world, 2, second);
    }
    world.take();
    (sub, world)
}

fn shown(sub: &Sub) -> String {
    let state = if sub.pipes.is_empty() {
        "empty"
    } else {
        "ready"
    };
    let (pipes, topics) = (sub.pipes.pipes_len(), sub.topics.len());
    format!("{state}, pipes {pipes}, topics {topics}")
}

/// The effects; of many, the first and their number.
fn in_short(effects: &[Effect]) -> String {
    match effects {
        [] => "-".to_owned(),
        [first, ..] if effects.len() > 4 => format!("{first}; ... {} in all", effects.len()),
        few => few
            .iter()
            .map(Effect::to_string)
            .collect::<Vec<_>>()
            .join("; "),
    }
}

fn print_table() -> String {
    let mut table = String::from("SUB: state, event -> result | effects | next state\n");
    for state in STATES {
        let (sub, _) = machine(state);
        writeln!(table, "\n{} [{}]", shown(&sub), state.0).unwrap();
        for (name, event) in EVENTS {
            let (mut sub, mut world) = machine(state);
            let result = event(&mut sub, &mut world);
            let effects = in_short(&world.take());
            let after = shown(&sub);
            writeln!(table, "  {name:<23} -> {result} | {effects} | {after}").unwrap();
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
        "tests/table_sub.txt differs; the machine now does\n\n{table}"
    );
}
