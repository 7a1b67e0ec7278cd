//! Every state of PUSH against every event, as a reviewed text: `tests/table_push.txt`.
//! Obeys `rfc/sp-pipeline.md` section 7. `UPDATE_TABLE=1` writes the text anew.

use std::fmt::Write as _;

use speedwell_testkit::effects::{self, Effect, RecordingEffects, pipe};

use super::*;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/table_push.txt");

/// The rooms of p1 and p2, if they are there, and whether returned messages wait.
type Start = (&'static [usize], bool);

const STATES: [Start; 7] = [
    (&[], false),
    (&[], true),
    (&[0], false),
    (&[0], true),
    (&[9], false),
    (&[0, 9], false),
    (&[9, 9], false),
];

type Case = (&'static str, fn(&mut Push, &mut RecordingEffects) -> String);

/// p1 and p2 may be there, p3 is new, p9 was never here.
const EVENTS: [Case; 20] = [
    ("attach p3", |push, world| attach(push, world, 3, 9)),
    ("attach p3, room 1", |push, world| attach(push, world, 3, 1)),
    ("detach p1", |push, world| detach(push, world, 1, &[])),
    ("detach p1, \"x\" unsent", |push, world| {
        detach(push, world, 1, &["x"])
    }),
    ("detach p9", |push, world| detach(push, world, 9, &[])),
    ("detach p9, \"x\" unsent", |push, world| {
        detach(push, world, 9, &["x"])
    }),
    ("send \"m\"", |push, world| {
        send(push, world, CtxId::MAIN, Message::from("m"))
    }),
    ("send with a header", |push, world| {
        send(
            push,
            world,
            CtxId::MAIN,
            Message::with_header(b"h", "m".into()),
        )
    }),
    ("send on context 1", |push, world| {
        send(push, world, CtxId(1), Message::from("m"))
    }),
    ("recv", |push, world| recv(push, world, CtxId::MAIN)),
    ("recv on context 1", |push, world| {
        recv(push, world, CtxId(1))
    }),
    ("batch p1, 2 messages", |push, world| {
        batch(push, world, 1, 2)
    }),
    ("batch p1, empty", |push, world| batch(push, world, 1, 0)),
    ("batch p9, 2 messages", |push, world| {
        batch(push, world, 9, 2)
    }),
    ("writable p1", |push, world| writable(push, world, 1)),
    ("writable p9", |push, world| writable(push, world, 9)),
    ("priority p1", |push, world| priority(push, world, 1)),
    ("priority p9", |push, world| priority(push, world, 9)),
    ("close", |push, world| close(push, world, CtxId::MAIN)),
    ("close context 1", |push, world| {
        close(push, world, CtxId(1))
    }),
];

fn attach(push: &mut Push, world: &mut RecordingEffects, n: u32, room: usize) -> String {
    world.set_room(pipe(n), room);
    let info = effects::info(ProtocolId::PULL, Priority::default());
    let attached = push.attach(pipe(n), &info, &mut world.cx());
    attached.map_or_else(|reject| format!("{reject:?}"), |()| "ok".to_owned())
}

fn detach(push: &mut Push, world: &mut RecordingEffects, n: u32, unsent: &[&str]) -> String {
    let mut unsent = unsent.iter().map(|body| Message::from(*body));
    push.detach(pipe(n), &mut Unsent::new(&mut unsent), &mut world.cx());
    format!("left {}", unsent.len())
}

fn send(push: &mut Push, world: &mut RecordingEffects, ctx: CtxId, message: Message) -> String {
    let mut message = Some(message);
    let sent = push.send(ctx, &mut message, &mut world.cx());
    assert_eq!(sent.is_ok(), message.is_none());
    sent.map_or_else(|verdict| format!("{verdict:?}"), |()| "ok".to_owned())
}

fn recv(push: &mut Push, world: &mut RecordingEffects, ctx: CtxId) -> String {
    format!("{:?}", push.recv(ctx, &mut world.cx()).unwrap_err())
}

fn batch(push: &mut Push, world: &mut RecordingEffects, n: u32, messages: usize) -> String {
    let mut inbox = Inbox::new();
    inbox.extend((0..messages).map(|_| Message::from("b")));
    push.on_batch(pipe(n), &mut inbox, &mut world.cx());
    format!("left {}", inbox.len())
}

fn writable(push: &mut Push, world: &mut RecordingEffects, n: u32) -> String {
    world.set_room(pipe(n), 9);
    push.on_writable(pipe(n), &mut world.cx());
    "ok".to_owned()
}

fn priority(push: &mut Push, world: &mut RecordingEffects, n: u32) -> String {
    let info = effects::info(ProtocolId::PULL, Priority::HIGHEST);
    push.on_priority(pipe(n), &info, &mut world.cx());
    "ok".to_owned()
}

fn close(push: &mut Push, world: &mut RecordingEffects, ctx: CtxId) -> String {
    push.close(ctx, &mut world.cx());
    "ok".to_owned()
}

/// A machine brought into a state by way of the public calls.
fn machine((rooms, returned): Start) -> (Push, RecordingEffects) {
    let (mut push, mut world) = (Push::new(), RecordingEffects::new());
    if returned {
        attach(&mut push, &mut world, 8, 9);
        detach(&mut push, &mut world, 8, &["r1", "r2"]);
    }
    for (n, room) in (1..).zip(rooms) {
        // A pipe without room has one until its first message.
        attach(&mut push, &mut world, n, (*room).max(1));
        if *room == 0 && !returned {
            send(&mut push, &mut world, CtxId::MAIN, Message::from("s"));
        }
    }
    world.take();
    (push, world)
}

fn shown(push: &Push) -> String {
    let state = match push.state {
        State::Blocked { .. } => "blocked",
        State::Ready => "ready",
    };
    let returned = push.held().messages;
    format!("{state}, pipes {}, returned {returned}", push.pipes.len())
}

fn print_table() -> String {
    let mut table = String::from("PUSH: state, event -> result | effects | next state\n");
    for state in STATES {
        let (push, _) = machine(state);
        let rooms = state
            .0
            .iter()
            .map(|room| if *room > 0 { "open" } else { "full" });
        let rooms = rooms.collect::<Vec<_>>().join(" ");
        writeln!(table, "\n{} [{rooms}]", shown(&push)).unwrap();
        for (name, event) in EVENTS {
            let (mut push, mut world) = machine(state);
            let result = event(&mut push, &mut world);
            let effects: Vec<_> = world.take().iter().map(Effect::to_string).collect();
            let effects = if effects.is_empty() {
                "-".to_owned()
            } else {
                effects.join("; ")
            };
            let after = shown(&push);
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
        "tests/table_push.txt differs; the machine now does\n\n{table}"
    );
}
