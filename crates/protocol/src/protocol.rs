//! The protocol trait: an object-safe state machine without I/O, threads, clocks or locks.
//! See `rfc/0001-contracts.md`.

use std::any::Any;

use crate::{
    CtxId, Cx, Inbox, Message, Passage, PipeId, PipeInfo, ProtocolIds, Reject, TimerKey, Unsent,
    Verdict,
};

/// Whether a context could send or receive without waiting.
///
/// What is [`Verdict::Unsupported`], be it a direction that the protocol does not have or a context
/// that it does not know, is never ready: to poll for it is a mistake, and must not spin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// `send` would take a message, or fail otherwise than by [`Verdict::Wait`].
    pub send: bool,
    /// `recv` would give a message, or fail otherwise than by [`Verdict::Wait`].
    pub recv: bool,
}

/// Where an exchange stands, for a socket that drains: what has begun is brought to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engagement {
    /// The protocol has no exchanges: each message is one by itself.
    #[default]
    None,
    /// Nothing has begun.
    Idle,
    /// A peer waits for an answer of the application.
    Owes,
    /// The application waits for an answer of a peer, or has not received it yet.
    Awaits,
}

/// Messages that a machine has accepted from the application and given to no pipe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How many.
    pub messages: u64,
    /// Their octets, header and body.
    pub octets: u64,
}

/// A scalability protocol: one socket's half of a distributed algorithm.
///
/// # Implementing
///
/// The crate's front page has the order of calls and a complete small machine. Every method
/// returns without waiting. Effects go to [`Cx`].
pub trait Protocol: Any + Send {
    /// What this socket announces, and the only peers it links to. Never changes.
    fn ids(&self) -> ProtocolIds;

    /// How a device passes messages through this machine. Never changes. `None` says that it is
    /// cooked: for applications, and not for devices.
    // rfc: sp-device D-01
    fn passage(&self) -> Option<Passage> {
        None
    }

    /// A new exchange begins. [`CtxId::MAIN`] exists from the start and is not announced.
    fn open(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        let _ = (ctx, cx);
    }

    /// An exchange ends. Whatever it held is dropped.
    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        let _ = (ctx, cx);
    }

    /// A pipe to a fitting peer is up, and takes at least one message.
    ///
    /// # Errors
    ///
    /// A [`Reject`] closes the pipe; `detach` is not called for it.
    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, cx: &mut Cx<'_>) -> Result<(), Reject>;

    /// A pipe is gone. All that was received on it has been offered before. `unsent` holds what
    /// was pushed to it and never left; a machine that must not lose it sends it on before
    /// anything new.
    fn detach(&mut self, pipe: PipeId, unsent: &mut Unsent<'_>, cx: &mut Cx<'_>);

    /// The application sends. The machine takes the message out of `message`, or leaves it there
    /// and says why.
    ///
    /// # Errors
    ///
    /// A [`Verdict`]; then `message` is still there.
    fn send(
        &mut self,
        ctx: CtxId,
        message: &mut Option<Message>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict>;

    /// The application receives: the machine puts the message into `place`. A message is large for
    /// a value that is handed from call to call, and wrapped and unwrapped on its way: this way it
    /// moves once.
    ///
    /// # Errors
    ///
    /// A [`Verdict`]; then `place` is as it was.
    fn recv_into(
        &mut self,
        ctx: CtxId,
        place: &mut Message,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict>;

    /// As [`Protocol::recv_into`], for tests and whoever prefers a value.
    ///
    /// # Errors
    ///
    /// A [`Verdict`].
    fn recv(&mut self, ctx: CtxId, cx: &mut Cx<'_>) -> Result<Message, Verdict> {
        let mut message = Message::new();
        self.recv_into(ctx, &mut message, cx).map(|()| message)
    }

    /// Messages have arrived, oldest first, each with its origin set. The machine takes all, some
    /// or none. What it leaves pauses the pipe until [`Cx::resume`]; then the same messages are
    /// offered again. An inbox may be taken whole, by swapping it for an empty one. The border
    /// between header and body means nothing yet: see [`Message::set_border`].
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>);

    /// A pipe that answered [`Flow::Full`](crate::Flow::Full) has room again: it sank to half of
    /// its limit.
    fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>);

    /// A timer fires. It is no longer armed.
    fn on_timer(&mut self, key: TimerKey, cx: &mut Cx<'_>) {
        let _ = (key, cx);
    }

    /// The priorities of a live pipe have changed.
    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, cx: &mut Cx<'_>) {
        let _ = (pipe, info, cx);
    }

    /// What `send` and `recv` of a context would do now.
    fn ready(&self, ctx: CtxId) -> Readiness;

    /// Where the exchange of a context stands. Of [`CtxId::ANY`]: [`Engagement::Idle`] when each is
    /// idle, else what one is that is not. A protocol whose sends are answered says so; others need
    /// not.
    fn engagement(&self, ctx: CtxId) -> Engagement {
        let _ = ctx;
        Engagement::None
    }

    /// What would be lost, were the socket closed now, beside what its pipes still hold.
    fn held(&self) -> Held {
        Held::default()
    }
}

/// Marks a protocol whose sockets have `send`.
pub trait CanSend: Protocol {}

/// Marks a protocol whose sockets have `recv`.
pub trait CanReceive: Protocol {}

/// Marks a protocol whose sockets have contexts: several exchanges at a time, beside
/// [`CtxId::MAIN`].
///
/// # Implementing
///
/// `open` announces each before anything else is said of it, and `close` ends it. `send`, `recv`
/// and `ready` are told which one is meant; one that is not open is a matter of
/// [`Verdict::State`]. When [`CtxId::MAIN`] is closed, so is every other.
pub trait HasContexts: Protocol {}
