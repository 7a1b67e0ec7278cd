//! The PAIR machine. Never has two peers, never drops what makes sense, never looks into a body.
//! Obeys `rfc/sp-pair.md`.

use std::mem;
use std::num::NonZeroU8;

use speedwell_pipeset::{Cooked, Exclusive, Raw};
use speedwell_protocol::{
    CanReceive, CanSend, CtxId, Cx, DropCause, Held, Inbox, Message, Passage, PipeId, PipeInfo,
    Protocol, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};

use crate::form::{Form, Hops, Plain};

/// PAIR for applications: one peer, both ways. A message to be sent has no header.
pub type Pair = PairMachine<Plain<Cooked>>;

/// PAIR for devices and inspection: as [`Pair`], but a header is sent as it is, before the body.
/// What is received is all body, since nothing on the wire tells a header from it.
pub type RawPair = PairMachine<Plain<Raw>>;

/// PAIR, version 1, for applications: as [`Pair`], and devices on the way are counted.
pub type Pair1 = PairMachine<Hops<Cooked>>;

/// PAIR, version 1, for devices and inspection. A header is the count of hops so far: what was
/// received can be sent as it is, and then counts one more.
pub type RawPair1 = PairMachine<Hops<Raw>>;

/// The machine behind all of them; they differ in their [`Form`].
///
/// ```text
///            attach                   push answers Full            rfc/sp-pair.md section 6
///   Alone ─────────────► Open ─────────────────────────► Full
///   [returned]  ◄─────── sends                           [returned]
///     ▲          detach   ▲                               │  │
///     │                   └── writable, nothing returned ─┘  │
///     └────────────────────────── detach ────────────────────┘
///
///             a batch of the peer is taken
///   Empty ──────────────────────────────────► Ready [received]
///     ▲                                         gives messages
///     └──────── the last message is given ────────┘
/// ```
///
/// The upper states are those of [`Exclusive`], the lower ones are whether `received` is empty;
/// neither half looks at the other, but that the last message received resumes the peer.
///
/// While an inbox is held, the next batch stays with the driver, also the first one of the next
/// peer: so nothing is lost or overtaken when peers change.
#[derive(Debug, Default)]
pub struct PairMachine<F: Form> {
    peer: Exclusive,
    received: Inbox,
    form: F,
}

impl<F: Form> PairMachine<F> {
    /// A machine without a peer; allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A pipe has begun to take messages; what came back may have filled it again.
    // rfc: sp-pair P-20
    fn wake_sender(&self, cx: &mut Cx<'_>) {
        if self.peer.is_writable() {
            cx.wake(CtxId::MAIN);
        }
    }
}

impl<M> PairMachine<Hops<M>>
where
    Hops<M>: Form,
{
    /// Sets how many hops a message may have come by: [`TTL_DEFAULT`](crate::TTL_DEFAULT) unless
    /// set. Counts for what arrives from now on.
    // rfc: sp-pair P-29
    pub fn set_ttl(&mut self, ttl: NonZeroU8) {
        self.form.ttl = ttl;
    }

    /// How many hops a message may have come.
    #[must_use]
    pub fn ttl(&self) -> NonZeroU8 {
        self.form.ttl
    }
}

impl<F: Form> Protocol for PairMachine<F> {
    // rfc: sp-pair P-01, P-02, P-24
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: F::ID,
            peer: F::ID,
        }
    }

    // rfc: sp-device D-01
    fn passage(&self) -> Option<Passage> {
        F::passage()
    }

    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        if ctx != CtxId::MAIN {
            return;
        }
        // rfc: sp-pair P-23
        let origin = self.received.origin();
        let received = u64::try_from(self.received.clear()).unwrap_or(u64::MAX);
        let returned = self.peer.clear().messages;
        for (pipe, messages) in [(origin, received), (None, returned)] {
            if messages > 0 {
                cx.drop_counted(pipe, DropCause::Closed, messages);
            }
        }
    }

    fn attach(&mut self, pipe: PipeId, _: &PipeInfo, cx: &mut Cx<'_>) -> Result<(), Reject> {
        // rfc: sp-pair P-06, P-07, P-08
        self.peer.insert(pipe, cx)?;
        self.wake_sender(cx);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, unsent: &mut Unsent<'_>, cx: &mut Cx<'_>) {
        // rfc: sp-pair P-12, P-14, P-22
        self.peer.remove(pipe, unsent, cx);
    }

    #[inline]
    fn send(
        &mut self,
        ctx: CtxId,
        message: &mut Option<Message>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-pair P-21
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-pair P-04, P-05, P-25, P-32
        message.as_ref().map_or(Ok(()), F::check)?;
        // rfc: sp-pair P-09, P-13
        if !self.peer.is_writable() {
            return Err(Verdict::Wait);
        }
        // rfc: sp-pair P-03, P-10, P-26, P-32, sp-wire W-31
        if let Some(message) = message {
            F::to_send(message);
        }
        self.peer.push(message, cx);
        Ok(())
    }

    #[inline]
    fn recv_into(
        &mut self,
        ctx: CtxId,
        place: &mut Message,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-pair P-21
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-pair P-15
        if !self.received.pop_into(place) {
            return Err(Verdict::Wait);
        }
        F::to_receive(place);
        // rfc: sp-pair P-17
        if let Some(pipe) = self.peer.pipe().filter(|_| self.received.is_empty()) {
            cx.resume(pipe);
        }
        Ok(())
    }

    #[inline]
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // rfc: sp-pair P-22
        if self.peer.pipe() != Some(pipe) {
            return;
        }
        // rfc: sp-pair P-30
        self.form.sift(pipe, inbox, cx);
        // rfc: sp-pair P-16, P-18
        if !inbox.is_empty() && self.received.is_empty() {
            mem::swap(&mut self.received, inbox);
            // rfc: sp-pair P-20
            cx.wake(CtxId::MAIN);
        }
    }

    fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) {
        // rfc: sp-pair P-11, P-22
        if self.peer.on_writable(pipe, cx) {
            self.wake_sender(cx);
        }
    }

    // rfc: sp-pair P-20, P-21
    fn ready(&self, ctx: CtxId) -> Readiness {
        let main = ctx == CtxId::MAIN;
        Readiness {
            send: main && self.peer.is_writable(),
            recv: main && !self.received.is_empty(),
        }
    }

    fn held(&self) -> Held {
        self.peer.held()
    }
}

impl<F: Form> CanSend for PairMachine<F> {}

impl<F: Form> CanReceive for PairMachine<F> {}

#[cfg(test)]
mod table;
