//! How a protocol acts on the world: effects go into a sink. Nothing calls back from here.
//! See `rfc/0001-contracts.md`.

use std::fmt;
use std::time::Instant;

use crate::{CtxId, DropCause, EndCause, Flow, Message, PipeId};

/// A timer of a machine, named by the machine. Arming a key again moves its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerKey(pub u64);

/// What a driver does on behalf of a machine.
///
/// # Implementing
///
/// Only drivers implement this. No method may call the machine back; what follows from an effect
/// comes to the machine later, as a call of its own.
pub trait Effects {
    /// See [`Cx::now`].
    fn now(&mut self) -> Instant;
    /// See [`Cx::random`].
    fn random(&mut self) -> u64;
    /// See [`Cx::push`]. The driver takes the message; what it leaves in its place means nothing.
    fn push(&mut self, pipe: PipeId, message: &mut Message) -> Flow;
    /// See [`Cx::is_drained`]. A driver that cannot tell says true.
    fn is_drained(&mut self, pipe: PipeId) -> bool {
        let _ = pipe;
        true
    }
    /// See [`Cx::arm`].
    fn arm(&mut self, key: TimerKey, at: Instant);
    /// See [`Cx::cancel`].
    fn cancel(&mut self, key: TimerKey);
    /// See [`Cx::wake`].
    fn wake(&mut self, ctx: CtxId);
    /// See [`Cx::resume`].
    fn resume(&mut self, pipe: PipeId);
    /// See [`Cx::close`].
    fn close(&mut self, pipe: PipeId, cause: EndCause);
    /// See [`Cx::drop_counted`].
    fn drop_counted(&mut self, pipe: Option<PipeId>, cause: DropCause, messages: u64);
}

/// The sink of effects that each call of a machine is given.
pub struct Cx<'a> {
    effects: &'a mut dyn Effects,
}

impl<'a> Cx<'a> {
    /// Wraps a driver's effects. Drivers and tests do this.
    pub fn new(effects: &'a mut dyn Effects) -> Self {
        Self { effects }
    }

    /// The time of this call. It does not move within the call, and never backwards.
    #[must_use]
    pub fn now(&mut self) -> Instant {
        self.effects.now()
    }

    /// A random number, all 64 bits alike.
    #[must_use]
    pub fn random(&mut self) -> u64 {
        self.effects.random()
    }

    /// Gives a message to a pipe. It is always accepted.
    ///
    /// After [`Flow::Full`] the machine gives nothing more to this pipe until `on_writable`. A
    /// message pushed to a pipe that is dying comes back through `detach`.
    pub fn push(&mut self, pipe: PipeId, mut message: Message) -> Flow {
        self.effects.push(pipe, &mut message)
    }

    /// As [`Cx::push`], out of a place, without moving the message. `None` when nothing is there.
    #[inline]
    pub fn push_from(&mut self, pipe: PipeId, place: &mut Option<Message>) -> Option<Flow> {
        let flow = self.effects.push(pipe, place.as_mut()?);
        *place = None;
        Some(flow)
    }

    /// False while something that was pushed to a pipe waits on this side of it: a machine that
    /// sends again, such as REQ, then knows that a second copy would only wait behind the first.
    #[must_use]
    pub fn is_drained(&mut self, pipe: PipeId) -> bool {
        self.effects.is_drained(pipe)
    }

    /// Calls `on_timer(key)` once, at `at` or soon after. A timer that is armed is moved.
    pub fn arm(&mut self, key: TimerKey, at: Instant) {
        self.effects.arm(key, at);
    }

    /// Forgets a timer; nothing happens when it is not armed.
    pub fn cancel(&mut self, key: TimerKey) {
        self.effects.cancel(key);
    }

    /// Says that `ready(ctx)` may have become true for sending or receiving. [`CtxId::ANY`] says so
    /// of every context that waits, where what came is for the first to ask: a driver then wakes
    /// one, and after that call another, as long as contexts are ready.
    pub fn wake(&mut self, ctx: CtxId) {
        self.effects.wake(ctx);
    }

    /// Lets a pipe go on whose inbox was not taken whole. Harmless when it is not paused.
    pub fn resume(&mut self, pipe: PipeId) {
        self.effects.resume(pipe);
    }

    /// Ends a pipe. `detach` follows, in a later call.
    pub fn close(&mut self, pipe: PipeId, cause: EndCause) {
        self.effects.close(pipe, cause);
    }

    /// Counts messages that the machine dropped, under the pipe they came on or were meant for.
    pub fn drop_counted(&mut self, pipe: Option<PipeId>, cause: DropCause, messages: u64) {
        self.effects.drop_counted(pipe, cause, messages);
    }
}

impl fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cx")
    }
}
