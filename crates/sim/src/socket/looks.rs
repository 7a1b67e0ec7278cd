//! What can be seen of a socket from outside: whether it is done, what it holds, what it counted.
//! Changes nothing. See `rfc/sp-simulation.md` section 6.

use std::fmt;
use std::time::Instant;

use speedwell_engine::{CloseReport, Engine, Stats};
use speedwell_message::{CtxId, ProtocolId};
use speedwell_protocol::Readiness;

use super::pipe::{LivePipe, Transmit};
use super::{Form, SimSocket};
use crate::Bench;

impl SimSocket {
    /// True once everything is gone: the socket was closed, and all its commands are carried out.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.engine.is_closed() && !self.engine.has_work()
    }

    /// What is left behind by a socket that is done; `None` when nothing is.
    #[must_use]
    pub fn leak(&self) -> Option<String> {
        let (endpoints, half_open) = (self.endpoints.len(), self.half_open.len());
        let pipes = self.pipes.len().max(self.engine.live_pipes());
        let timers = usize::from(self.engine.next_deadline().is_some());
        let is_clean = endpoints + half_open + pipes + timers == 0;
        (!is_clean).then(|| {
            format!(
                "left: {endpoints} endpoints, {half_open} half-open, {pipes} pipes, {timers} timers"
            )
        })
    }

    /// True while the machine has messages that no pipe took.
    #[must_use]
    pub fn holds_messages(&self) -> bool {
        self.engine.machine().held().messages > 0
    }

    /// True of a socket that sends the same message more than once.
    #[must_use]
    pub fn sends_again(&self) -> bool {
        self.engine.ids().me == ProtocolId::REQ && self.setup.form == Form::Cooked
    }

    /// True of a socket that sends the same message to many, so that one accepted may leave often.
    #[must_use]
    pub fn sends_to_many(&self) -> bool {
        super::goes_to_many(self.engine.ids().me)
    }

    /// What its messages look like.
    #[must_use]
    pub fn form(&self) -> Form {
        self.setup.form
    }

    /// What sending and receiving in a context would do.
    #[must_use]
    pub fn ready(&self, ctx: CtxId) -> Readiness {
        self.engine.ready(ctx)
    }

    /// True when no pipe of the socket holds a message, and neither does its machine to send it.
    #[must_use]
    pub fn is_idle(&self, bench: &Bench) -> bool {
        let idle = |pipe: &LivePipe| {
            pipe.is_written(bench)
                && pipe
                    .intake
                    .as_ref()
                    .is_none_or(|intake| !intake.is_paused())
        };
        !self.holds_messages() && self.pipes.values().all(idle)
    }

    /// Octets that wait in the transmit buffers of all pipes; a pipe in memory has none.
    #[must_use]
    pub fn pending_octets(&self) -> usize {
        let pending = |pipe: &LivePipe| match &pipe.tx {
            Transmit::Stream(writer) => writer.outbox.pending(),
            Transmit::Direct(_) => 0,
        };
        self.pipes.values().map(pending).sum()
    }

    /// What closing reported.
    #[must_use]
    pub fn report(&self) -> CloseReport {
        self.engine.close_report()
    }

    /// The engine's counters.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.engine.stats()
    }

    /// The engine, for looking only.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// When each attempt to connect began.
    #[must_use]
    pub fn dials(&self) -> &[Instant] {
        &self.dials
    }
}

impl fmt::Debug for SimSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimSocket")
            .field("engine", &self.engine)
            .field("endpoints", &self.endpoints.len())
            .field("half_open", &self.half_open.len())
            .field("pipes", &self.pipes.len())
            .finish_non_exhaustive()
    }
}
