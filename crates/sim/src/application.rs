//! Scripted applications: each makes its calls at its pace, and waits where a real one would block.
//! Knows no fault. See `rfc/sp-simulation.md` sections 6 and 9.

mod answerer;
mod asker;
mod reader;
mod relay;
mod talker;

use std::fmt::Debug;
use std::time::{Duration, Instant};

use speedwell_message::CtxId;
use speedwell_testkit::accounting::PartyId;

use crate::{Bench, SimSocket};
use answerer::Answerer;
use asker::Asker;
use reader::Reader;
use relay::Relay;
use talker::Talker;

pub use answerer::Answers;
pub use asker::Questions;
pub use reader::{TOPICS, Wishes};
pub use relay::Passing;
pub use talker::Script;

/// What an application does with its socket.
#[derive(Clone, Debug)]
pub enum Job {
    /// It sends messages and receives messages, which have nothing to do with each other.
    Talk(Script),
    /// It asks questions.
    Ask(Questions),
    /// It answers questions.
    Answer(Answers),
    /// It is one of the two sockets of a device.
    Pass(Passing),
    /// It subscribes to topics and receives.
    Read(Wishes),
}

impl Job {
    /// An application with this job, which begins now.
    #[must_use]
    pub(crate) fn begin(
        &self,
        party: PartyId,
        socket: &mut SimSocket,
        bench: &mut Bench,
    ) -> Box<dyn Application> {
        match self {
            Self::Talk(script) => Box::new(Talker::new(script.clone(), party, bench.now())),
            Self::Ask(questions) => Box::new(Asker::new(questions, party, socket, bench)),
            Self::Answer(answers) => Box::new(Answerer::new(answers, party, socket, bench)),
            Self::Pass(passing) => Box::new(Relay::new(*passing, party, bench)),
            Self::Read(wishes) => Box::new(Reader::new(wishes, party, socket, bench)),
        }
    }

    /// From when on it does what it is there for.
    #[must_use]
    pub fn calm(&self) -> Duration {
        match self {
            Self::Talk(_) | Self::Ask(_) | Self::Pass(_) | Self::Read(_) => Duration::ZERO,
            Self::Answer(answers) => answers.moody_until,
        }
    }
}

/// An application on one socket.
pub(crate) trait Application: Debug {
    /// True when everything was sent that was to be, and whatever must come of it has come.
    fn has_sent_all(&self) -> bool;

    /// True when everything that is there to be received was received, and what it led to was sent.
    fn has_received_all(&self, socket: &SimSocket, bench: &Bench) -> bool;

    /// Messages that the socket took so far.
    fn sent(&self) -> u64;

    /// Messages received so far.
    fn received(&self) -> u64;

    /// Does not receive until then, whatever comes.
    fn stop_receiving(&mut self, until: Instant);

    /// The socket has woken a context.
    fn wake(&mut self, ctx: CtxId);

    /// When it makes its next call, if nobody wakes it before.
    fn next_time(&self, bench: &Bench) -> Option<Instant>;

    /// Makes one call that is due.
    fn step(&mut self, socket: &mut SimSocket, bench: &mut Bench);

    /// True when it makes a call now.
    fn is_due(&self, bench: &Bench) -> bool {
        self.next_time(bench).is_some_and(|at| at <= bench.now())
    }
}

/// The contexts of a socket, so many, each a party of its own; the first is that of the socket.
fn contexts(
    count: u32,
    of: PartyId,
    socket: &mut SimSocket,
    bench: &mut Bench,
) -> Vec<(CtxId, PartyId)> {
    let mut contexts = vec![(CtxId::MAIN, of)];
    for number in 1..count {
        let ctx = CtxId(number);
        socket.open(ctx, bench);
        contexts.push((ctx, bench.draw_party()));
    }
    contexts
}

/// When an application makes its next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// At this time.
    Until(Instant),
    /// When it is woken, and not before this time.
    Woken(Instant),
}

impl Waiting {
    fn is_due(self, now: Instant) -> bool {
        matches!(self, Self::Until(at) if at <= now)
    }

    fn time(self) -> Option<Instant> {
        match self {
            Self::Until(at) => Some(at),
            Self::Woken(_) => None,
        }
    }

    fn wake(&mut self) {
        if let Self::Woken(at) = *self {
            *self = Self::Until(at);
        }
    }

    fn put_off(&mut self, until: Instant) {
        let (Self::Until(at) | Self::Woken(at)) = self;
        *at = (*at).max(until);
    }
}
