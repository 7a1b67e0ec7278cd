//! How the tables of the machines are made: every state against every event, as a reviewed text in
//! `tests/`. Obeys `rfc/sp-reqrep.md` section 10. `UPDATE_TABLE=1` writes the texts anew.

use std::fmt::Write as _;
use std::time::Duration;

use speedwell_protocol::{CtxId, Inbox, Message, Priority, Protocol, TimerKey, Unsent, Verdict};
use speedwell_testkit::effects::{Effect, RecordingEffects, info, pipe};

/// A machine and its world, and the calls that make a table: each says what it returned.
#[derive(Default)]
pub(crate) struct Bench<P> {
    pub(crate) machine: P,
    pub(crate) world: RecordingEffects,
}

fn shown(result: Result<(), Verdict>) -> String {
    result.map_or_else(|verdict| format!("{verdict:?}"), |()| "ok".to_owned())
}

impl<P: Protocol> Bench<P> {
    pub(crate) fn attach(&mut self, n: u32, room: usize) -> String {
        self.world.set_room(pipe(n), room);
        let info = info(self.machine.ids().peer, Priority::default());
        self.machine
            .attach(pipe(n), &info, &mut self.world.cx())
            .unwrap();
        "ok".to_owned()
    }

    pub(crate) fn detach(&mut self, n: u32, unsent: Vec<Message>) -> String {
        let mut unsent = unsent.into_iter();
        self.machine
            .detach(pipe(n), &mut Unsent::new(&mut unsent), &mut self.world.cx());
        format!("left {}", unsent.len())
    }

    pub(crate) fn send(&mut self, ctx: u32, message: Message) -> String {
        let mut message = Some(message);
        let sent = self
            .machine
            .send(CtxId(ctx), &mut message, &mut self.world.cx());
        assert_eq!(sent.is_ok(), message.is_none());
        shown(sent)
    }

    pub(crate) fn recv(&mut self, ctx: u32) -> String {
        match self.machine.recv(CtxId(ctx), &mut self.world.cx()) {
            Ok(message) => {
                let (header, body) = (message.header(), message.body());
                format!("\"{}|{}\"", header.escape_ascii(), body.escape_ascii())
            }
            Err(verdict) => format!("{verdict:?}"),
        }
    }

    pub(crate) fn batch(&mut self, n: u32, messages: Vec<Message>) -> String {
        let mut inbox = Inbox::new();
        inbox.extend(messages);
        self.machine
            .on_batch(pipe(n), &mut inbox, &mut self.world.cx());
        format!("left {}", inbox.len())
    }

    pub(crate) fn writable(&mut self, n: u32) -> String {
        self.world.set_room(pipe(n), 9);
        self.machine.on_writable(pipe(n), &mut self.world.cx());
        "ok".to_owned()
    }

    pub(crate) fn priority(&mut self, n: u32) -> String {
        let info = info(self.machine.ids().peer, Priority::HIGHEST);
        self.machine
            .on_priority(pipe(n), &info, &mut self.world.cx());
        "ok".to_owned()
    }

    pub(crate) fn timer(&mut self, key: u64, after: Duration) -> String {
        self.world.advance(after);
        self.machine.on_timer(TimerKey(key), &mut self.world.cx());
        "ok".to_owned()
    }

    pub(crate) fn open(&mut self, ctx: u32) -> String {
        self.machine.open(CtxId(ctx), &mut self.world.cx());
        "ok".to_owned()
    }

    pub(crate) fn close(&mut self, ctx: u32) -> String {
        self.machine.close(CtxId(ctx), &mut self.world.cx());
        "ok".to_owned()
    }
}

pub(crate) type State<P> = (&'static str, fn(&mut Bench<P>));
pub(crate) type Event<P> = (&'static str, fn(&mut Bench<P>) -> String);

/// Compares what a machine does with the text in `tests/`. `words` are names for header words.
pub(crate) fn check<P: Protocol + Default>(
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
    let path = format!("{}/tests/{file}.txt", env!("CARGO_MANIFEST_DIR"));
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
