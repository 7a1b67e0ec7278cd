//! The PAIR machine. Never has two peers, never drops a message by itself, never looks into one.
//! Obeys `rfc/sp-pair.md`.

use std::marker::PhantomData;
use std::mem;

use speedwell_pipeset::{Backlog, Cooked, Exclusive, Mode, Raw};
use speedwell_protocol::{
    CanReceive, CanSend, CtxId, Cx, DropCause, Held, Inbox, Message, PipeId, PipeInfo, Protocol,
    ProtocolId, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};

/// PAIR for applications: one peer, both ways. A message to be sent has no header.
pub type Pair = PairMachine<Cooked>;

/// PAIR for devices and inspection: as [`Pair`], but a header is sent as it is, before the body.
/// What is received is all body, since nothing on the wire tells a header from it.
pub type RawPair = PairMachine<Raw>;

/// The machine behind [`Pair`] and [`RawPair`]; they differ in whether a header may be sent.
///
/// ```text
///            attach                   push answers Full            rfc/sp-pair.md section 6
///   Alone ─────────────► Open ─────────────────────────► Full
///   [returned]  ◄─────── sends                           [returned]
///     ▲          detach   ▲                               │  │
///     │                   └── writable, nothing returned ─┘  │
///     └────────────────────────── detach ────────────────────┘
/// ```
///
/// Messages that a dead pipe returned wait only where nothing can be sent: in Alone and Full. An
/// attach or a writable peer is given those first, and may be Full at once.
///
/// Beside that, `received` holds one inbox. While it is not empty, the next batch stays with the
/// driver, also the first one of the next peer: so nothing is lost or overtaken when peers change.
#[derive(Debug, Default)]
pub struct PairMachine<M: Mode> {
    peer: Exclusive,
    /// Not empty only while the peer is not writable.
    returned: Backlog,
    received: Inbox,
    mode: PhantomData<M>,
}

impl<M: Mode> PairMachine<M> {
    /// A machine without a peer; allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The peer takes messages since just now: first those that a dead pipe returned.
    fn on_open(&mut self, cx: &mut Cx<'_>) {
        // rfc: sp-pair P-12, P-19
        self.returned.send_on(|message| self.peer.push(message, cx));
        // rfc: sp-pair P-20
        if self.peer.is_writable() {
            cx.wake(CtxId::MAIN);
        }
    }
}

impl<M: Mode> Protocol for PairMachine<M> {
    // rfc: sp-pair P-01, P-02
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: ProtocolId::PAIR,
            peer: ProtocolId::PAIR,
        }
    }

    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        if ctx != CtxId::MAIN {
            return;
        }
        // rfc: sp-pair P-23
        let origin = self.received.peek().and_then(Message::origin);
        let received = u64::try_from(self.received.clear()).unwrap_or(u64::MAX);
        let returned = self.returned.clear().messages;
        for (pipe, messages) in [(origin, received), (None, returned)] {
            if messages > 0 {
                cx.drop_counted(pipe, DropCause::Closed, messages);
            }
        }
    }

    fn attach(&mut self, pipe: PipeId, _: &PipeInfo, cx: &mut Cx<'_>) -> Result<(), Reject> {
        // rfc: sp-pair P-06, P-07, P-08
        self.peer.insert(pipe)?;
        self.on_open(cx);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, unsent: &mut Unsent<'_>, _: &mut Cx<'_>) {
        // rfc: sp-pair P-12, P-14
        if self.peer.remove(pipe) {
            self.returned.put_back(unsent);
        }
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
        // rfc: sp-pair P-04, P-05
        message.as_ref().map_or(Ok(()), M::check)?;
        // rfc: sp-pair P-09, P-13
        if !self.peer.is_writable() {
            return Err(Verdict::Wait);
        }
        // rfc: sp-pair P-03, P-10, sp-wire W-31
        if let Some(Err(refused)) = message.take().map(|message| self.peer.push(message, cx)) {
            *message = Some(refused);
            return Err(Verdict::Wait);
        }
        Ok(())
    }

    #[inline]
    fn recv(&mut self, ctx: CtxId, cx: &mut Cx<'_>) -> Result<Message, Verdict> {
        // rfc: sp-pair P-21
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-pair P-03, P-15
        let message = self.received.pop().ok_or(Verdict::Wait)?;
        // rfc: sp-pair P-17
        if let Some(pipe) = self.peer.pipe().filter(|_| self.received.is_empty()) {
            cx.resume(pipe);
        }
        Ok(message)
    }

    #[inline]
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // rfc: sp-pair P-16, P-18, P-22
        let expected = self.peer.pipe() == Some(pipe) && !inbox.is_empty();
        if expected && self.received.is_empty() {
            mem::swap(&mut self.received, inbox);
            // rfc: sp-pair P-20
            cx.wake(CtxId::MAIN);
        }
    }

    fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) {
        // rfc: sp-pair P-11, P-22
        if self.peer.on_writable(pipe) {
            self.on_open(cx);
        }
    }

    fn ready(&self, ctx: CtxId) -> Readiness {
        let main = ctx == CtxId::MAIN;
        Readiness {
            send: main && self.peer.is_writable(),
            recv: main && !self.received.is_empty(),
        }
    }

    fn held(&self) -> Held {
        self.returned.held()
    }
}

impl<M: Mode> CanSend for PairMachine<M> {}

impl<M: Mode> CanReceive for PairMachine<M> {}

#[cfg(test)]
mod table;
