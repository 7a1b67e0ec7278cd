//! The PUB machine. Never receives, and never lets a slow peer cost another one anything, unless
//! told to wait for it. Obeys `rfc/sp-pubsub.md` section 3.

use std::marker::PhantomData;

use speedwell_pipeset::{Cooked, Distribute, Mode, Overflow, Raw};
use speedwell_protocol::{
    CanSend, CtxId, Cx, DropCause, EndCause, Held, Inbox, Message, Passage, PipeId, PipeInfo,
    Protocol, ProtocolId, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};

/// PUB for applications: each message goes to all peers. It has no header.
pub type Pub = PubMachine<Cooked>;

/// PUB for devices and inspection: as [`Pub`], but a header is sent as it is, before the body.
pub type RawPub = PubMachine<Raw>;

/// The machine behind [`Pub`] and [`RawPub`]; they differ in whether a header may be sent.
///
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
///
/// The states are those of [`Distribute`], where the rules are.
#[derive(Debug, Default)]
pub struct PubMachine<M: Mode> {
    pipes: Distribute,
    mode: PhantomData<M>,
}

impl<M: Mode> PubMachine<M> {
    /// A machine without peers; allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another policy than to drop the newest.
    #[must_use]
    pub fn with_overflow(mut self, overflow: Overflow) -> Self {
        self.pipes.set_overflow(overflow);
        self
    }

    /// Says what becomes of a message while a peer is full, from the next one on.
    // rfc: sp-pubsub B-09
    pub fn set_overflow(&mut self, overflow: Overflow, cx: &mut Cx<'_>) {
        let is_freed = self.pipes.set_overflow(overflow);
        wake_if(is_freed, cx);
    }

    /// What becomes of a message while a peer is full.
    #[must_use]
    pub fn overflow(&self) -> Overflow {
        self.pipes.overflow()
    }
}

// rfc: sp-pubsub B-27
fn wake_if(is_freed: bool, cx: &mut Cx<'_>) {
    if is_freed {
        cx.wake(CtxId::MAIN);
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

    // rfc: sp-device D-01
    fn passage(&self) -> Option<Passage> {
        M::passage(Passage::OUT)
    }

    // rfc: sp-pubsub B-28
    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        if ctx == CtxId::MAIN {
            self.pipes.close(cx);
        }
    }

    fn attach(&mut self, pipe: PipeId, _: &PipeInfo, _: &mut Cx<'_>) -> Result<(), Reject> {
        self.pipes.insert(pipe);
        Ok(())
    }

    /// What was not sent is left to the driver: each peer had its own copy.
    // rfc: sp-pubsub B-08, B-12, B-33
    fn detach(&mut self, pipe: PipeId, _: &mut Unsent<'_>, cx: &mut Cx<'_>) {
        let is_freed = self.pipes.remove(pipe, cx);
        wake_if(is_freed, cx);
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
        // rfc: sp-pubsub B-05, B-08, B-10
        self.pipes.push(message, None, cx)
    }

    // rfc: sp-pubsub B-14
    fn recv_into(&mut self, _: CtxId, _: &mut Message, _: &mut Cx<'_>) -> Result<(), Verdict> {
        Err(Verdict::Unsupported)
    }

    /// Ends a pipe whose peer has sent, and gives it nothing more.
    // rfc: sp-pubsub B-13, B-30
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        if inbox.is_empty() || !self.pipes.contains(pipe) {
            return;
        }
        let dropped = u64::try_from(inbox.clear()).unwrap_or(u64::MAX);
        cx.drop_counted(Some(pipe), DropCause::Unsolicited, dropped);
        let is_freed = self.pipes.remove(pipe, cx);
        cx.close(pipe, EndCause::Violation);
        wake_if(is_freed, cx);
    }

    // rfc: sp-pubsub B-06, B-08, B-32
    fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) {
        let is_freed = self.pipes.on_writable(pipe, cx);
        wake_if(is_freed, cx);
    }

    // rfc: sp-pubsub B-14, B-29
    fn ready(&self, ctx: CtxId) -> Readiness {
        Readiness {
            send: ctx == CtxId::MAIN && !self.pipes.is_blocked(),
            recv: false,
        }
    }

    // rfc: sp-pubsub B-33
    fn held(&self) -> Held {
        self.pipes.held()
    }
}

impl<M: Mode> CanSend for PubMachine<M> {}

#[cfg(test)]
mod table;
