//! The PAIR machine. Never has two peers, never drops a message by itself, never looks into one.
//! Obeys `rfc/sp-pair.md`.

use std::marker::PhantomData;
use std::mem;

use speedwell_pipeset::{Cooked, Exclusive, Mode, Raw};
use speedwell_protocol::{
    CanReceive, CanSend, CtxId, Cx, DropCause, Held, Inbox, Message, Passage, PipeId, PipeInfo,
    Protocol, ProtocolId, ProtocolIds, Readiness, Reject, Unsent, Verdict,
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
pub struct PairMachine<M: Mode> {
    peer: Exclusive,
    received: Inbox,
    mode: PhantomData<M>,
}

impl<M: Mode> PairMachine<M> {
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

impl<M: Mode> Protocol for PairMachine<M> {
    // rfc: sp-pair P-01, P-02
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: ProtocolId::PAIR,
            peer: ProtocolId::PAIR,
        }
    }

    // rfc: sp-device D-01
    fn passage(&self) -> Option<Passage> {
        M::passage(Passage::BOTH_WAYS)
    }

    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        if ctx != CtxId::MAIN {
            return;
        }
        // rfc: sp-pair P-23
        let origin = self.received.peek().and_then(Message::origin);
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
        // rfc: sp-pair P-04, P-05
        message.as_ref().map_or(Ok(()), M::check)?;
        // rfc: sp-pair P-03, P-09, P-10, P-13, sp-wire W-31
        if self.peer.push(message, cx) {
            Ok(())
        } else {
            Err(Verdict::Wait)
        }
    }

    #[inline]
    fn recv(&mut self, ctx: CtxId, cx: &mut Cx<'_>) -> Result<Message, Verdict> {
        // rfc: sp-pair P-21
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-pair P-15
        let mut message = self.received.pop().ok_or(Verdict::Wait)?;
        // rfc: sp-pair P-03, P-05
        let _ = message.set_border(0);
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

impl<M: Mode> CanSend for PairMachine<M> {}

impl<M: Mode> CanReceive for PairMachine<M> {}

#[cfg(test)]
mod table;
