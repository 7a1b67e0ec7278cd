//! The PUB machine. Never receives, never holds a message, and never lets a slow peer cost another
//! one anything, unless told to wait for it. Obeys `rfc/sp-pubsub.md` section 3.

use std::marker::PhantomData;

use speedwell_pipeset::{Cooked, Distribute, Mode, Raw};
use speedwell_protocol::{
    CanSend, CtxId, Cx, DropCause, EndCause, Inbox, Message, PipeId, PipeInfo, Protocol,
    ProtocolId, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};

/// PUB for applications: each message goes to all peers. It has no header.
pub type Pub = PubMachine<Cooked>;

/// PUB for devices and inspection: as [`Pub`], but a header is sent as it is, before the body.
pub type RawPub = PubMachine<Raw>;

/// What a PUB does with a message while a peer is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// That peer does not get it, which is counted; the others do.
    #[default]
    DropNewest,
    /// `send` waits until no peer is full.
    Block,
}

/// The machine behind [`Pub`] and [`RawPub`]; they differ in whether a header may be sent.
#[derive(Debug, Default)]
pub struct PubMachine<M: Mode> {
    pipes: Distribute,
    overflow: Overflow,
    state: State,
    mode: PhantomData<M>,
}

/// ```text
///           attach                    a pipe is full,      rfc/sp-pubsub.md section 6
///                                     and the policy is to block
///   Alone ──────────────────► Heard ─────────────────────────► Blocked
///   drops ◄────────────────── sends ◄───────────────────────── waits
///     ▲    the last pipe is    to all  no pipe is full any more, │
///     │    gone or was ended           or the policy is to drop  │
///     └──────────────────────────────────────────────────────────┘
///                     the last pipe is gone or was ended
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// There is no pipe.
    #[default]
    Alone,
    /// There are pipes, and none has to be waited for.
    Heard,
    /// A pipe is full, and the policy is [`Overflow::Block`].
    Blocked,
}

enum Event<'a> {
    Attach(PipeId),
    Detach(PipeId),
    Writable(PipeId),
    Batch(PipeId, &'a mut Inbox),
    Send(&'a mut Option<Message>),
    Overflow(Overflow),
}

impl<M: Mode> PubMachine<M> {
    /// A machine without peers; allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what becomes of a message while a peer is full, from the next one on.
    // rfc: sp-pubsub B-09
    pub fn set_overflow(&mut self, overflow: Overflow, cx: &mut Cx<'_>) {
        self.step(Event::Overflow(overflow), cx);
    }

    /// What becomes of a message while a peer is full.
    #[must_use]
    pub fn overflow(&self) -> Overflow {
        self.overflow
    }

    /// False when a send has to wait; then the message is where it was.
    #[inline]
    fn step(&mut self, event: Event<'_>, cx: &mut Cx<'_>) -> bool {
        match (self.state, event) {
            // rfc: sp-pubsub B-05
            (State::Alone | State::Heard | State::Blocked, Event::Attach(pipe)) => {
                self.pipes.insert(pipe);
            }
            // rfc: sp-pubsub B-08, B-12, B-30
            (State::Alone | State::Heard | State::Blocked, Event::Detach(pipe)) => {
                self.pipes.remove(pipe);
            }
            // rfc: sp-pubsub B-06, B-08, B-30
            (State::Alone | State::Heard | State::Blocked, Event::Writable(pipe)) => {
                self.pipes.on_writable(pipe);
            }
            // rfc: sp-pubsub B-13, B-30
            (State::Alone | State::Heard | State::Blocked, Event::Batch(pipe, inbox)) => {
                self.condemn(pipe, inbox, cx);
            }
            // rfc: sp-pubsub B-09
            (State::Alone | State::Heard | State::Blocked, Event::Overflow(overflow)) => {
                self.overflow = overflow;
            }

            // rfc: sp-pubsub B-10
            (State::Alone, Event::Send(message)) => {
                if message.take().is_some() {
                    cx.drop_counted(None, DropCause::NoPeer, 1);
                }
            }
            // rfc: sp-pubsub B-05, B-06, B-07, B-11
            (State::Heard, Event::Send(message)) => {
                if let Some(message) = message.take() {
                    self.pipes.push_all(&message, None, cx);
                }
            }
            // rfc: sp-pubsub B-08
            (State::Blocked, Event::Send(_)) => return false,
        }
        self.settle(cx);
        true
    }

    /// The pipes or the policy may have changed: finds the state that follows.
    #[inline]
    fn settle(&mut self, cx: &mut Cx<'_>) {
        let waits = self.overflow == Overflow::Block && self.pipes.is_any_full();
        let next = match (self.pipes.is_empty(), waits) {
            (true, _) => State::Alone,
            (false, false) => State::Heard,
            (false, true) => State::Blocked,
        };
        // rfc: sp-pubsub B-27
        if let (State::Blocked, State::Alone | State::Heard) = (self.state, next) {
            cx.wake(CtxId::MAIN);
        }
        self.state = next;
    }

    /// Ends a pipe whose peer has sent, and gives it nothing more.
    fn condemn(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        if inbox.is_empty() || !self.pipes.remove(pipe) {
            return;
        }
        let dropped = u64::try_from(inbox.clear()).unwrap_or(u64::MAX);
        cx.drop_counted(Some(pipe), DropCause::Unsolicited, dropped);
        cx.close(pipe, EndCause::Violation);
    }
}

impl<M: Mode> Protocol for PubMachine<M> {
    // rfc: sp-pubsub B-01
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: ProtocolId::PUB,
            peer: ProtocolId::SUB,
        }
    }

    fn attach(&mut self, pipe: PipeId, _: &PipeInfo, cx: &mut Cx<'_>) -> Result<(), Reject> {
        self.step(Event::Attach(pipe), cx);
        Ok(())
    }

    /// What was not sent is left to the driver: each peer had its own copy.
    fn detach(&mut self, pipe: PipeId, _: &mut Unsent<'_>, cx: &mut Cx<'_>) {
        self.step(Event::Detach(pipe), cx);
    }

    #[inline]
    fn send(
        &mut self,
        ctx: CtxId,
        message: &mut Option<Message>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-pubsub B-29
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-pubsub B-04, sp-wire W-31
        message.as_ref().map_or(Ok(()), M::check)?;
        if self.step(Event::Send(message), cx) {
            Ok(())
        } else {
            Err(Verdict::Wait)
        }
    }

    // rfc: sp-pubsub B-14
    fn recv(&mut self, _: CtxId, _: &mut Cx<'_>) -> Result<Message, Verdict> {
        Err(Verdict::Unsupported)
    }

    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        self.step(Event::Batch(pipe, inbox), cx);
    }

    fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) {
        self.step(Event::Writable(pipe), cx);
    }

    // rfc: sp-pubsub B-14, B-29
    fn ready(&self, ctx: CtxId) -> Readiness {
        let send = match self.state {
            State::Alone | State::Heard => ctx == CtxId::MAIN,
            State::Blocked => false,
        };
        Readiness { send, recv: false }
    }
}

impl<M: Mode> CanSend for PubMachine<M> {}

#[cfg(test)]
mod table;
