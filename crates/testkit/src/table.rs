//! How the tables of machines are made: every state against every event, as a reviewed text in
//! `tests/` of the machine's crate. Never decides what is right: a reviewer does. `UPDATE_TABLE=1`
//! writes the texts anew. See `rfc/0001-contracts.md`.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "these are the steps of tests, which fail by panicking"
)]

use std::fmt::{Debug, Write as _};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use speedwell_protocol::{CtxId, Cx, Message, Protocol, TimerKey};

use crate::bench;
use crate::effects::{Effect, pipe};

/// What a table says of a call that went well.
const OK: &str = "ok";

/// How many effects of an event a table shows one by one.
const EFFECTS_SHOWN_MAX: usize = 8;

/// A [`bench::Bench`] whose calls say what they returned, and those that only a table makes.
#[derive(Debug, Default)]
pub struct Bench<P>(bench::Bench<P>);

impl<P> Deref for Bench<P> {
    type Target = bench::Bench<P>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<P> DerefMut for Bench<P> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<P: Protocol> Bench<P> {
    /// A pipe of the default level with room for so many messages comes.
    pub fn attach(&mut self, n: u32, room: usize) -> String {
        self.world.set_room(pipe(n), room);
        self.tries(n).told()
    }

    /// A pipe ends with these messages unsent; says how many the machine left.
    pub fn detach(&mut self, n: u32, unsent: Vec<Message>) -> String {
        format!("left {}", self.0.detach(n, &unsent))
    }

    /// The application sends.
    pub fn send(&mut self, ctx: u32, message: Message) -> String {
        self.send_in(CtxId(ctx), message).told()
    }

    /// The application receives: the header and body, or the verdict.
    pub fn recv(&mut self, ctx: u32) -> String {
        match self.receives_in(CtxId(ctx)) {
            Ok(message) => {
                let (header, body) = (message.header(), message.body());
                format!("\"{}|{}\"", header.escape_ascii(), body.escape_ascii())
            }
            Err(verdict) => format!("{verdict:?}"),
        }
    }

    /// These messages arrive; says how many the machine left.
    pub fn batch(&mut self, n: u32, messages: Vec<Message>) -> String {
        format!("left {}", self.peer_sends(n, &messages))
    }

    /// A pipe has room for 9 messages again.
    pub fn writable(&mut self, n: u32) -> String {
        self.writable_for(n, 9)
    }

    /// A pipe has room for so many messages again.
    pub fn writable_for(&mut self, n: u32, room: usize) -> String {
        self.0.writable(n, room);
        OK.to_owned()
    }

    /// A pipe gets the highest level.
    pub fn priority(&mut self, n: u32) -> String {
        self.set_level(n, 1);
        OK.to_owned()
    }

    /// The time moves on, and a timer fires.
    pub fn timer(&mut self, key: u64, after: Duration) -> String {
        self.world.advance(after);
        self.tells(|machine, cx| machine.on_timer(TimerKey(key), cx))
    }

    /// A context is opened.
    pub fn open(&mut self, ctx: u32) -> String {
        self.tells(|machine, cx| machine.open(CtxId(ctx), cx))
    }

    /// A context is closed.
    pub fn close(&mut self, ctx: u32) -> String {
        self.tells(|machine, cx| machine.close(CtxId(ctx), cx))
    }

    /// The machine is told something of its own, such as an option.
    pub fn tells<R: Told>(&mut self, tell: impl FnOnce(&mut P, &mut Cx<'_>) -> R) -> String {
        let bench::Bench { socket, world } = &mut self.0;
        tell(socket, &mut world.cx()).told()
    }
}

/// What a call of a machine says, for a table.
pub trait Told {
    /// A short word for it.
    fn told(self) -> String;
}

impl Told for () {
    fn told(self) -> String {
        OK.to_owned()
    }
}

impl<E: Debug> Told for Result<(), E> {
    fn told(self) -> String {
        self.map_or_else(|error| format!("{error:?}"), |()| OK.to_owned())
    }
}

/// The effects; of many, the first and their number.
fn in_short(effects: &[Effect]) -> String {
    match effects {
        [] => "-".to_owned(),
        [first, ..] if effects.len() > EFFECTS_SHOWN_MAX => {
            format!("{first}; ... {} in all", effects.len())
        }
        few => {
            let few: Vec<_> = few.iter().map(Effect::to_string).collect();
            few.join("; ")
        }
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
        writeln!(table, "\n{name}: {}", state_of(&machine().socket)).unwrap();
        for (name, event) in events {
            let mut bench = machine();
            let result = event(&mut bench);
            let effects = in_short(&bench.world.take());
            let after = state_of(&bench.socket);
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
