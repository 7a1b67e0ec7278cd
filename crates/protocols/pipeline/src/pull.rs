//! The PULL machine. Never sends, never drops what it took while open, never reorders what one
//! peer sent. Obeys `rfc/sp-pipeline.md` section 4.

use std::marker::PhantomData;

use speedwell_pipeset::{Cooked, FairQueue, Mode, Raw};
use speedwell_protocol::{
    CanReceive, CtxId, Cx, Inbox, Message, Passage, PipeId, PipeInfo, Protocol, ProtocolId,
    ProtocolIds, Readiness, Reject, Unsent, Verdict,
};

/// PULL for applications: the messages of all peers in one fair order.
pub type Pull = PullMachine<Cooked>;

/// PULL for devices and inspection. What is received is all body, as with [`Pull`], since nothing
/// on the wire tells a header from it: the type alone differs.
pub type RawPull = PullMachine<Raw>;

/// The machine behind [`Pull`] and [`RawPull`], which behave alike. Each pipe has a state of its
/// own in [`FairQueue`], where the rules are; the whole is Ready when one of them holds a message.
///
/// ```text
///             a batch is taken (the pipe has at most one)     rfc/sp-pipeline.md section 6
///   Empty ──────────────────────────────────────────────► Ready
///     ▲                                                   gives messages
///     └────────────── the last message is given ────────────┘
/// ```
#[derive(Debug, Default)]
pub struct PullMachine<M: Mode> {
    pipes: FairQueue,
    mode: PhantomData<M>,
}

impl<M: Mode> PullMachine<M> {
    /// A machine without peers; allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<M: Mode> Protocol for PullMachine<M> {
    // rfc: sp-pipeline L-02
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: ProtocolId::PULL,
            peer: ProtocolId::PUSH,
        }
    }

    // rfc: sp-device D-01
    fn passage(&self) -> Option<Passage> {
        M::passage(Passage::IN)
    }

    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        // rfc: sp-pipeline L-23
        if ctx == CtxId::MAIN {
            self.pipes.close(cx);
        }
    }

    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) -> Result<(), Reject> {
        self.pipes.insert(pipe, info.recv_priority);
        Ok(())
    }

    // rfc: sp-pipeline L-18
    fn detach(&mut self, pipe: PipeId, _: &mut Unsent<'_>, _: &mut Cx<'_>) {
        self.pipes.remove(pipe);
    }

    // rfc: sp-pipeline L-21
    fn send(&mut self, _: CtxId, _: &mut Option<Message>, _: &mut Cx<'_>) -> Result<(), Verdict> {
        Err(Verdict::Unsupported)
    }

    #[inline]
    fn recv_into(
        &mut self,
        ctx: CtxId,
        place: &mut Message,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-pipeline L-24
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-pipeline L-15, L-17, L-19
        if !self.pipes.pop_into(place, cx) {
            return Err(Verdict::Wait);
        }
        // rfc: sp-pipeline L-03, L-04
        let _ = place.set_border(0);
        Ok(())
    }

    #[inline]
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        let was_empty = self.pipes.is_empty();
        // rfc: sp-pipeline L-16, L-20, L-22, L-25
        if self.pipes.on_batch(pipe, inbox) && was_empty {
            cx.wake(CtxId::MAIN);
        }
    }

    /// Nothing is ever pushed to a pipe, so this says nothing.
    fn on_writable(&mut self, _: PipeId, _: &mut Cx<'_>) {}

    // rfc: sp-pipeline L-26
    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) {
        self.pipes.set_priority(pipe, info.recv_priority);
    }

    // rfc: sp-pipeline L-21, L-24
    fn ready(&self, ctx: CtxId) -> Readiness {
        Readiness {
            send: false,
            recv: ctx == CtxId::MAIN && !self.pipes.is_empty(),
        }
    }
}

impl<M: Mode> CanReceive for PullMachine<M> {}

#[cfg(test)]
mod table;
