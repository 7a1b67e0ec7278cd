//! Every state of PUB against every event, as a reviewed text: `tests/table_pub.txt`.
//! Obeys `rfc/sp-pubsub.md` section 7. `UPDATE_TABLE=1` writes the text anew.

use std::fmt::Write as _;

use speedwell_protocol::Priority;
use speedwell_testkit::effects::{self, Effect, RecordingEffects, pipe};

use super::*;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/table_pub.txt");

/// The rooms of p1 and p2, if they are there, and the policy.
type Start = (&'static [usize], Overflow);

const STATES: [Start; 9] = [
    (&[], Overflow::DropNewest),
    (&[0], Overflow::DropNewest),
    (&[9], Overflow::DropNewest),
    (&[0, 9], Overflow::DropNewest),
    (&[], Overflow::Block),
    (&[9, 9], Overflow::Block),
    (&[0], Overflow::Block),
    (&[0, 9], Overflow::Block),
    (&[0, 0], Overflow::Block),
];

type Case = (&'static str, fn(&mut Pub, &mut RecordingEffects) -> String);

/// p1 and p2 may be there, p3 is new, p9 was never here.
const EVENTS: [Case; 20] = [
    ("attach p3", |publisher, world| {
        attach(publisher, world, 3, 9)
    }),
    ("attach p3, room 1", |publisher, world| {
        attach(publisher, world, 3, 1)
    }),
    ("detach p1", |publisher, world| {
        detach(publisher, world, 1, &[])
    }),
    ("detach p1, \"x\" unsent", |publisher, world| {
        detach(publisher, world, 1, &["x"])
    }),
    ("detach p9", |publisher, world| {
        detach(publisher, world, 9, &[])
    }),
    ("send \"m\"", |publisher, world| {
        send(publisher, world, CtxId::MAIN, Message::from("m"))
    }),
    ("send with a header", |publisher, world| {
        send(
            publisher,
            world,
            CtxId::MAIN,
            Message::with_header(b"h", "m".into()),
        )
    }),
    ("send on context 1", |publisher, world| {
        send(publisher, world, CtxId(1), Message::from("m"))
    }),
    ("recv", |publisher, world| {
        recv(publisher, world, CtxId::MAIN)
    }),
    ("recv on context 1", |publisher, world| {
        recv(publisher, world, CtxId(1))
    }),
    ("batch p1, 2 messages", |publisher, world| {
        batch(publisher, world, 1, 2)
    }),
    ("batch p1, empty", |publisher, world| {
        batch(publisher, world, 1, 0)
    }),
    ("batch p9, 2 messages", |publisher, world| {
        batch(publisher, world, 9, 2)
    }),
    ("writable p1", |publisher, world| {
        writable(publisher, world, 1)
    }),
    ("writable p9", |publisher, world| {
        writable(publisher, world, 9)
    }),
    ("priority p1", |publisher, world| {
        priority(publisher, world, 1)
    }),
    ("policy drop newest", |publisher, world| {
        policy(publisher, world, Overflow::DropNewest)
    }),
    ("policy block", |publisher, world| {
        policy(publisher, world, Overflow::Block)
    }),
    ("close", |publisher, world| {
        close(publisher, world, CtxId::MAIN)
    }),
    ("close context 1", |publisher, world| {
        close(publisher, world, CtxId(1))
    }),
];

fn attach(publisher: &mut Pub, world: &mut RecordingEffects, n: u32, room: usize) -> String {
    world.set_room(pipe(n), room);
    let info = effects::info(ProtocolId::SUB, Priority::default());
    let attached = publisher.attach(pipe(n), &info, &mut world.cx());
    attached.map_or_else(|reject| format!("{reject:?}"), |()| "ok".to_owned())
}

fn detach(publisher: &mut Pub, world: &mut RecordingEffects, n: u32, unsent: &[&str]) -> String {
    let mut unsent = unsent.iter().map(|body| Message::from(*body));
    publisher.detach(pipe(n), &mut Unsent::new(&mut unsent), &mut world.cx());
    format!("left {}", unsent.len())
}

fn send(publisher: &mut Pub, world: &mut RecordingEffects, ctx: CtxId, message: Message) -> String {
    let mut message = Some(message);
    let sent = publisher.send(ctx, &mut message, &mut world.cx());
    assert_eq!(sent.is_ok(), message.is_none());
    sent.map_or_else(|verdict| format!("{verdict:?}"), |()| "ok".to_owned())
}

fn recv(publisher: &mut Pub, world: &mut RecordingEffects, ctx: CtxId) -> String {
    format!("{:?}", publisher.recv(ctx, &mut world.cx()).unwrap_err())
}

fn batch(publisher: &mut Pub, world: &mut RecordingEffects, n: u32, messages: usize) -> String {
    let mut inbox = Inbox::new();
    inbox.extend((0..messages).map(|_| Message::from("b")));
    publisher.on_batch(pipe(n), &mut inbox, &mut world.cx());
    format!("left {}", inbox.len())
}

fn writable(publisher: &mut Pub, world: &mut RecordingEffects, n: u32) -> String {
    world.set_room(pipe(n), 9);
    publisher.on_writable(pipe(n), &mut world.cx());
    "ok".to_owned()
}

fn priority(publisher: &mut Pub, world: &mut RecordingEffects, n: u32) -> String {
    let info = effects::info(ProtocolId::SUB, Priority::HIGHEST);
    publisher.on_priority(pipe(n), &info, &mut world.cx());
    "ok".to_owned()
}

fn policy(publisher: &mut Pub, world: &mut RecordingEffects, overflow: Overflow) -> String {
    publisher.set_overflow(overflow, &mut world.cx());
    "ok".to_owned()
}

fn close(publisher: &mut Pub, world: &mut RecordingEffects, ctx: CtxId) -> String {
    publisher.close(ctx, &mut world.cx());
    "ok".to_owned()
}

/// A machine brought into a state by way of the public calls.
fn machine((rooms, overflow): Start) -> (Pub, RecordingEffects) {
    let (mut publisher, mut world) = (Pub::new(), RecordingEffects::new());
    policy(&mut publisher, &mut world, overflow);
    for (n, room) in (1..).zip(rooms) {
        // A pipe without room has one until its first message.
        attach(&mut publisher, &mut world, n, (*room).max(1));
    }
    if rooms.contains(&0) {
        let message = Message::from("s");
        send(&mut publisher, &mut world, CtxId::MAIN, message);
    }
    world.take();
    (publisher, world)
}

fn shown(publisher: &Pub) -> String {
    let state = match publisher.state {
        State::Alone => "alone",
        State::Heard => "heard",
        State::Blocked => "blocked",
    };
    format!("{state}, pipes {}", publisher.pipes.len())
}

fn print_table() -> String {
    let mut table = String::from("PUB: state, event -> result | effects | next state\n");
    for state in STATES {
        let (publisher, _) = machine(state);
        let rooms = state
            .0
            .iter()
            .map(|room| if *room > 0 { "open" } else { "full" });
        let rooms = rooms.collect::<Vec<_>>().join(" ");
        writeln!(table, "\n{}, {:?} [{rooms}]", shown(&publisher), state.1).unwrap();
        for (name, event) in EVENTS {
            let (mut publisher, mut world) = machine(state);
            let result = event(&mut publisher, &mut world);
            let effects: Vec<_> = world.take().iter().map(Effect::to_string).collect();
            let effects = if effects.is_empty() {
                "-".to_owned()
            } else {
                effects.join("; ")
            };
            let after = shown(&publisher);
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
        "tests/table_pub.txt differs; the machine now does\n\n{table}"
    );
}
