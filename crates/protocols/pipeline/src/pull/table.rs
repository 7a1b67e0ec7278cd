//! Every state of PULL against every event, as a reviewed text: `tests/table_pull.txt`.
//! Obeys `rfc/sp-pipeline.md` section 7. `UPDATE_TABLE=1` writes the text anew.

use std::fmt::Write as _;

use speedwell_protocol::Priority;
use speedwell_testkit::effects::{self, Effect, RecordingEffects, pipe};

use super::*;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/table_pull.txt");

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

type Case = (&'static str, fn(&mut Pull, &mut RecordingEffects) -> String);

/// p1 and p2 may be there, p3 is new, p9 was never here.
const EVENTS: [Case; 17] = [
    ("attach p3", |pull, world| attach(pull, world, 3)),
    ("detach p1", |pull, world| detach(pull, world, 1, &[])),
    ("detach p1, \"x\" unsent", |pull, world| {
        detach(pull, world, 1, &["x"])
    }),
    ("detach p9", |pull, world| detach(pull, world, 9, &[])),
    ("send \"m\"", |pull, world| send(pull, world, CtxId::MAIN)),
    ("send on context 1", |pull, world| {
        send(pull, world, CtxId(1))
    }),
    ("recv", |pull, world| recv(pull, world, CtxId::MAIN)),
    ("recv on context 1", |pull, world| {
        recv(pull, world, CtxId(1))
    }),
    ("batch p1, 2 messages", |pull, world| {
        batch(pull, world, 1, 2)
    }),
    ("batch p1, empty", |pull, world| batch(pull, world, 1, 0)),
    ("batch p9, 2 messages", |pull, world| {
        batch(pull, world, 9, 2)
    }),
    ("writable p1", |pull, world| writable(pull, world, 1)),
    ("writable p9", |pull, world| writable(pull, world, 9)),
    ("priority p1", |pull, world| priority(pull, world, 1)),
    ("priority p9", |pull, world| priority(pull, world, 9)),
    ("close", |pull, world| close(pull, world, CtxId::MAIN)),
    ("close context 1", |pull, world| {
        close(pull, world, CtxId(1))
    }),
];

fn attach(pull: &mut Pull, world: &mut RecordingEffects, n: u32) -> String {
    let info = effects::info(ProtocolId::PUSH, Priority::default());
    let attached = pull.attach(pipe(n), &info, &mut world.cx());
    attached.map_or_else(|reject| format!("{reject:?}"), |()| "ok".to_owned())
}

fn detach(pull: &mut Pull, world: &mut RecordingEffects, n: u32, unsent: &[&str]) -> String {
    let mut unsent = unsent.iter().map(|body| Message::from(*body));
    pull.detach(pipe(n), &mut Unsent::new(&mut unsent), &mut world.cx());
    format!("left {}", unsent.len())
}

fn send(pull: &mut Pull, world: &mut RecordingEffects, ctx: CtxId) -> String {
    let mut message = Some(Message::from("m"));
    let verdict = pull.send(ctx, &mut message, &mut world.cx()).unwrap_err();
    assert!(message.is_some());
    format!("{verdict:?}")
}

fn recv(pull: &mut Pull, world: &mut RecordingEffects, ctx: CtxId) -> String {
    match pull.recv(ctx, &mut world.cx()) {
        Ok(message) => format!("\"{}\"", message.body().escape_ascii()),
        Err(verdict) => format!("{verdict:?}"),
    }
}

fn batch(pull: &mut Pull, world: &mut RecordingEffects, n: u32, messages: usize) -> String {
    let mut inbox = Inbox::new();
    inbox.extend((1..=messages).map(|at| Message::from(format!("p{n}.{at}"))));
    pull.on_batch(pipe(n), &mut inbox, &mut world.cx());
    format!("left {}", inbox.len())
}

fn writable(pull: &mut Pull, world: &mut RecordingEffects, n: u32) -> String {
    pull.on_writable(pipe(n), &mut world.cx());
    "ok".to_owned()
}

fn priority(pull: &mut Pull, world: &mut RecordingEffects, n: u32) -> String {
    let info = effects::info(ProtocolId::PUSH, Priority::LOWEST);
    pull.on_priority(pipe(n), &info, &mut world.cx());
    "ok".to_owned()
}

fn close(pull: &mut Pull, world: &mut RecordingEffects, ctx: CtxId) -> String {
    pull.close(ctx, &mut world.cx());
    "ok".to_owned()
}

/// A machine brought into a state by way of the public calls.
fn machine((_, first, departed, second, ended): Start) -> (Pull, RecordingEffects) {
    let (mut pull, mut world) = (Pull::new(), RecordingEffects::new());
    for n in 100..100 + ended {
        attach(&mut pull, &mut world, n);
        batch(&mut pull, &mut world, n, 1);
        detach(&mut pull, &mut world, n, &[]);
    }
    if let Some(held) = first {
        attach(&mut pull, &mut world, 1);
        batch(&mut pull, &mut world, 1, held);
    }
    if departed {
        detach(&mut pull, &mut world, 1, &[]);
    }
    if second > 0 {
        attach(&mut pull, &mut world, 2);
        batch(&mut pull, &mut world, 2, second);
    }
    world.take();
    (pull, world)
}

fn shown(pull: &Pull) -> String {
    let state = if pull.pipes.is_empty() {
        "empty"
    } else {
        "ready"
    };
    format!("{state}, pipes {}", pull.pipes.pipes_len())
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
    let mut table = String::from("PULL: state, event -> result | effects | next state\n");
    for state in STATES {
        let (pull, _) = machine(state);
        writeln!(table, "\n{} [{}]", shown(&pull), state.0).unwrap();
        for (name, event) in EVENTS {
            let (mut pull, mut world) = machine(state);
            let result = event(&mut pull, &mut world);
            let effects = in_short(&world.take());
            let after = shown(&pull);
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
        "tests/table_pull.txt differs; the machine now does\n\n{table}"
    );
}
