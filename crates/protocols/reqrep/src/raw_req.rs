//! REQ for devices: passes requests on to one of the peers, and replies back, with their headers.
//! Never sends a request twice and never drops one it accepted. Obeys `rfc/sp-reqrep.md` section 7.

use speedwell_pipeset::{Backlog, FairQueue, LoadBalance, sift};
use speedwell_protocol::{
    CanReceive, CanSend, CtxId, Cx, DropCause, Held, Inbox, Message, Passage, PipeId, PipeInfo,
    Protocol, ProtocolId, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};
use speedwell_wire::words::WORD_LEN;

/// REQ for devices and inspection. A header is sent as it is, before the body. What is received
/// has one word as its header: what is behind it is for whoever the reply is passed on to.
///
/// ```text
///             attach, or a pipe is writable           rfc/sp-reqrep.md section 9
///   Blocked ─────────────────────────────────► Ready
///   [returned]  (the returned ones go first)   sends
///     ▲  │  ▲                                    │
///     └──┘  └──── the last writable pipe is ─────┘
///    detach       full or gone
/// ```
///
/// Receiving has two states beside those: there are replies, or there are none.
#[derive(Debug, Default)]
pub struct RawReq {
    pipes: LoadBalance,
    /// Not empty only while no pipe is writable.
    returned: Backlog,
    replies: FairQueue,
}

impl RawReq {
    /// A machine without peers; allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends on what dead pipes returned, and tells when the machine has become ready.
    fn send_on(&mut self, was_ready: bool, cx: &mut Cx<'_>) {
        // rfc: sp-reqrep R-32
        self.returned.send_on(|message| {
            self.pipes.push(message, cx);
        });
        // rfc: sp-reqrep R-21
        if self.pipes.is_writable() && !was_ready {
            cx.wake(CtxId::MAIN);
        }
    }
}

impl Protocol for RawReq {
    // rfc: sp-reqrep R-01
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: ProtocolId::REQ,
            peer: ProtocolId::REP,
        }
    }

    // rfc: sp-device D-01
    fn passage(&self) -> Option<Passage> {
        Some(Passage::BOTH_WAYS)
    }

    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        // rfc: sp-reqrep R-39
        if ctx != CtxId::MAIN {
            return;
        }
        self.replies.close(cx);
        if !self.returned.is_empty() {
            let dropped = self.returned.clear().messages;
            cx.drop_counted(None, DropCause::Closed, dropped);
        }
    }

    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, cx: &mut Cx<'_>) -> Result<(), Reject> {
        let was_ready = self.pipes.is_writable();
        self.pipes.insert(pipe, info.send_priority);
        self.replies.insert(pipe, info.recv_priority);
        self.send_on(was_ready, cx);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, unsent: &mut Unsent<'_>, cx: &mut Cx<'_>) {
        // rfc: sp-reqrep R-38
        if !self.pipes.contains(pipe) {
            return;
        }
        let was_ready = self.pipes.is_writable();
        self.pipes.remove(pipe);
        self.replies.remove(pipe);
        // rfc: sp-reqrep R-32
        self.returned.put_back(unsent);
        self.send_on(was_ready, cx);
    }

    #[inline]
    fn send(
        &mut self,
        ctx: CtxId,
        message: &mut Option<Message>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-reqrep R-37
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-reqrep R-32
        match self.pipes.push(message, cx) {
            Some(_) => Ok(()),
            None => Err(Verdict::Wait),
        }
    }

    #[inline]
    fn recv_into(
        &mut self,
        ctx: CtxId,
        place: &mut Message,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-reqrep R-37
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-reqrep R-33
        if !self.replies.pop_into(place, cx) {
            return Err(Verdict::Wait);
        }
        let _ = place.set_border(WORD_LEN);
        Ok(())
    }

    #[inline]
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // rfc: sp-reqrep R-38
        if !self.pipes.contains(pipe) {
            return;
        }
        let was_empty = self.replies.is_empty();
        // rfc: sp-reqrep R-33
        sift(pipe, inbox, cx, |message| {
            let has_word = message.octets() >= WORD_LEN;
            has_word.then_some(()).ok_or(DropCause::Malformed)
        });
        // rfc: sp-reqrep R-21
        if self.replies.on_batch(pipe, inbox) && was_empty {
            cx.wake(CtxId::MAIN);
        }
    }

    fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) {
        let was_ready = self.pipes.is_writable();
        self.pipes.on_writable(pipe);
        self.send_on(was_ready, cx);
    }

    // rfc: sp-reqrep R-40
    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) {
        self.pipes.set_priority(pipe, info.send_priority);
        self.replies.set_priority(pipe, info.recv_priority);
    }

    fn ready(&self, ctx: CtxId) -> Readiness {
        let main = ctx == CtxId::MAIN;
        Readiness {
            send: main && self.pipes.is_writable(),
            recv: main && !self.replies.is_empty(),
        }
    }

    fn held(&self) -> Held {
        self.returned.held()
    }
}

impl CanSend for RawReq {}

impl CanReceive for RawReq {}

#[cfg(test)]
mod table;
