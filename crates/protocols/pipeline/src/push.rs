//! The PUSH machine. Never receives, never drops what it accepted while open, and never gives one
//! message to two pipes. Obeys `rfc/sp-pipeline.md` section 3.

use std::marker::PhantomData;

use speedwell_pipeset::{Backlog, Cooked, LoadBalance, Mode, Raw};
use speedwell_protocol::{
    CanSend, CtxId, Cx, DropCause, EndCause, Held, Inbox, Message, PipeId, PipeInfo, Protocol,
    ProtocolId, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};

/// PUSH for applications: each message goes to one of the peers. It has no header.
pub type Push = PushMachine<Cooked>;

/// PUSH for devices and inspection: as [`Push`], but a header is sent as it is, before the body.
pub type RawPush = PushMachine<Raw>;

/// The machine behind [`Push`] and [`RawPush`]; they differ in whether a header may be sent.
///
/// ```text
///             attach, or a pipe is writable           rfc/sp-pipeline.md section 6
///   Blocked ─────────────────────────────────► Ready
///   [returned]  (the returned ones go first)   sends
///     ▲  │  ▲                                    │
///     └──┘  └──── the last writable pipe is ─────┘
///    detach       full, gone, or was ended for sending
/// ```
///
/// Messages that dead pipes returned wait only where nothing can be sent: in Blocked. When a pipe
/// is or becomes writable they are sent on in that very call, so whoever is Ready holds none.
#[derive(Debug, Default)]
pub struct PushMachine<M: Mode> {
    pipes: LoadBalance,
    /// Not empty only while no pipe is writable.
    returned: Backlog,
    mode: PhantomData<M>,
}

impl<M: Mode> PushMachine<M> {
    /// A machine without peers; allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends on what dead pipes returned, and tells when the machine has become ready.
    fn send_on(&mut self, was_ready: bool, cx: &mut Cx<'_>) {
        // rfc: sp-pipeline L-10, L-27
        self.returned
            .send_on(|message| self.pipes.push(message, cx));
        // rfc: sp-pipeline L-22
        if self.pipes.is_writable() && !was_ready {
            cx.wake(CtxId::MAIN);
        }
    }
}

impl<M: Mode> Protocol for PushMachine<M> {
    // rfc: sp-pipeline L-01
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: ProtocolId::PUSH,
            peer: ProtocolId::PULL,
        }
    }

    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        // rfc: sp-pipeline L-23
        if ctx == CtxId::MAIN && !self.returned.is_empty() {
            let dropped = self.returned.clear().messages;
            cx.drop_counted(None, DropCause::Closed, dropped);
        }
    }

    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, cx: &mut Cx<'_>) -> Result<(), Reject> {
        let was_ready = self.pipes.is_writable();
        self.pipes.insert(pipe, info.send_priority);
        self.send_on(was_ready, cx);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, unsent: &mut Unsent<'_>, cx: &mut Cx<'_>) {
        let was_ready = self.pipes.is_writable();
        self.pipes.remove(pipe);
        // Also from a pipe that was ended for sending, and is no longer in the set.
        // rfc: sp-pipeline L-10, L-12, L-13
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
        // rfc: sp-pipeline L-24
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-pipeline L-04, sp-wire W-31
        message.as_ref().map_or(Ok(()), M::check)?;
        // rfc: sp-pipeline L-08, L-11
        if !self.pipes.is_writable() {
            return Err(Verdict::Wait);
        }
        // rfc: sp-pipeline L-03, L-05, L-06, L-07, L-09
        if let Some(Err(refused)) = message.take().map(|message| self.pipes.push(message, cx)) {
            *message = Some(refused);
            return Err(Verdict::Wait);
        }
        Ok(())
    }

    // rfc: sp-pipeline L-14
    fn recv(&mut self, _: CtxId, _: &mut Cx<'_>) -> Result<Message, Verdict> {
        Err(Verdict::Unsupported)
    }

    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // rfc: sp-pipeline L-13, L-25
        if inbox.is_empty() || !self.pipes.remove(pipe) {
            return;
        }
        let dropped = u64::try_from(inbox.clear()).unwrap_or(u64::MAX);
        cx.drop_counted(Some(pipe), DropCause::Unsolicited, dropped);
        cx.close(pipe, EndCause::Violation);
    }

    fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) {
        let was_ready = self.pipes.is_writable();
        // rfc: sp-pipeline L-07, L-25
        self.pipes.on_writable(pipe);
        self.send_on(was_ready, cx);
    }

    // rfc: sp-pipeline L-26
    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) {
        self.pipes.set_priority(pipe, info.send_priority);
    }

    fn ready(&self, ctx: CtxId) -> Readiness {
        Readiness {
            send: ctx == CtxId::MAIN && self.pipes.is_writable(),
            recv: false,
        }
    }

    fn held(&self) -> Held {
        self.returned.held()
    }
}

impl<M: Mode> CanSend for PushMachine<M> {}

#[cfg(test)]
mod table;
