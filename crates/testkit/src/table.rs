//! How the tables of machines are made: every state against every event, as a reviewed text in
//! `tests/` of the machine's crate. Never decides what is right: a reviewer does. `UPDATE_TABLE=1`
//! writes the texts anew. See `rfc/0001-contracts.md`.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "these are the steps of tests, which fail by panicking"
)]

use std::fmt::Write as _;
use std::time::Duration;

use crate::effects::{Effect, RecordingEffects, info, pipe};
use speedwell_protocol::{CtxId, Inbox, Message, Priority, Protocol, TimerKey, Unsent, Verdict};

/// A machine and its world, and the calls that make a table: each says what it returned.
#[derive(Debug, Default)]
pub struct Bench<P> {
    /// The machine.
    pub machine: P,
    /// What it acts on.
    pub world: RecordingEffects,
}

fn shown(result: Result<(), Verdict>) -> String {
    result.map_or_else(|verdict| format!("{verdict:?}"), |()| "ok".to_owned())
}

impl<P: Protocol> Bench<P> {
    /// A pipe of the default level with room for so many messages is attached.
    pub fn attach(&mut self, n: u32, room: usize) -> String {
        self.world.set_room(pipe(n), room);
        let info = info(self.machine.ids().peer, Priority::default());
        self.machine
            .attach(pipe(n), &info, &mut self.world.cx())
            .unwrap();
        "ok".to_owned()
    }

    /// A pipe ends with these messages unsent; says how many the machine left.
    pub fn detach(&mut self, n: u32, unsent: Vec<Message>) -> String {
        let mut unsent = unsent.into_iter();
        self.machine
            .detach(pipe(n), &mut Unsent::new(&mut unsent), &mut self.world.cx());
        format!("left {}", unsent.len())
    }

    /// The application sends.
    pub fn send(&mut self, ctx: u32, message: Message) -> String {
        let mut message = Some(message);
        let sent = self
            .machine
            .send(CtxId(ctx), &mut message, &mut self.world.cx());
        assert_eq!(sent.is_ok(), message.is_none());
        shown(sent)
    }

    /// The application receives: the header and body, or the verdict.
    pub fn recv(&mut self, ctx: u32) -> String {
        match self.machine.recv(CtxId(ctx), &mut self.world.cx()) {
            Ok(message) => {
                let (header, body) = (message.header(), message.body());
                format!("\"{}|{}\"", header.escape_ascii(), body.escape_ascii())
            }
            Err(verdict) => format!("{verdict:?}"),
        }
    }

    /// These messages arrive; says how many the machine left.
    pub fn batch(&mut self, n: u32, messages: Vec<Message>) -> String {
        let mut inbox = Inbox::new();
        inbox.set_origin(Some(pipe(n)));
        inbox.extend(messages);
        self.machine
            .on_batch(pipe(n), &mut inbox, &mut self.world.cx());
        format!("left {}", inbox.len())
    }

    /// A pipe has room for 9 messages again.
    pub fn writable(&mut self, n: u32) -> String {
        self.world.set_room(pipe(n), 9);
        self.machine.on_writable(pipe(n), &mut self.world.cx());
        "ok".to_owned()
    }

    /// A pipe gets the highest level.
    pub fn priority(&mut self, n: u32) -> String {
        let info = info(self.machine.ids().peer, Priority::HIGHEST);
        self.machine
            .on_priority(pipe(n), &info, &mut self.world.cx());
        "ok".to_owned()
    }

    /// The time moves on, and a timer fires.
    pub fn timer(&mut self, key: u64, after: Duration) -> String {
        self.world.advance(after);
        self.machine.on_timer(TimerKey(key), &mut self.world.cx());
        "ok".to_owned()
    }

    /// A context is opened.
    pub fn open(&mut self, ctx: u32) -> String {
        self.machine.open(CtxId(ctx), &mut self.world.cx());
        "ok".to_owned()
    }

    /// A context is closed.
    pub fn close(&mut self, ctx: u32) -> String {
        self.machine.close(CtxId(ctx), &mut self.world.cx());
        "ok".to_owned()
    }
}

/// The name of a state, and how a fresh machine gets there.
pub type State<P> = (&'static str, fn(&mut Bench<P>));
/// The name of an event, and the call that it is.
pub type Event<P> = (&'static str, fn(&mut Bench<P>) -> String);

/// Compares what a machine does with the text in `tests/` of the crate at `root`, which is the
/// caller's `env!("CARGO_MANIFEST_DIR")`. `words` are names for header words.
pub fn check<P: Protocol + Default>(
    root: &str,
    file: &str,
    states: &[State<P>],
    events: &[Event<P>],
    words: &[(&str, [u8; 4])],
    state_of: fn(&P) -> String,
) {
    let mut table = format!("{file}: state, event -> result | effects | next state\n");
    for (name, reach) in states {
        let machine = || {
            let mut bench = Bench::<P>::default();
            reach(&mut bench);
            bench.world.take();
            bench
        };
        writeln!(table, "\n{name}: {}", state_of(&machine().machine)).unwrap();
        for (name, event) in events {
            let mut bench = machine();
            let result = event(&mut bench);
            let effects: Vec<_> = bench.world.take().iter().map(Effect::to_string).collect();
            let effects = if effects.is_empty() {
                "-".to_owned()
            } else {
                effects.join("; ")
            };
            let after = state_of(&bench.machine);
            writeln!(table, "  {name:<24} -> {result} | {effects} | {after}").unwrap();
        }
    }
    for (name, word) in words {
        table = table.replace(&word.escape_ascii().to_string(), name);
    }
    let path = format!("{root}/tests/{file}.txt");
    if std::env::var_os("UPDATE_TABLE").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
    let reviewed = reviewed.replace("\r\n", "\n");
    assert!(
        table == reviewed,
        "tests/{file}.txt differs; the machine now does\n\n{table}"
    );
}
