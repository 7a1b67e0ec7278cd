//! SURVEYOR for devices: passes surveys on to all peers, and answers back, with their headers.
//! Never keeps state for a survey and never waits to send. Obeys `rfc/sp-survey.md` section 5.

use speedwell_pipeset::{Distribute, FairQueue};
use speedwell_protocol::{
    CanReceive, CanSend, CtxId, Cx, DropCause, Inbox, Message, Passage, PipeId, PipeInfo, Protocol,
    ProtocolId, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};
use speedwell_wire::words::WORD_LEN;

/// SURVEYOR for devices and inspection. A header is sent as it is, before the body. What is
/// received has one word as its header: what is behind it is for whoever the answer is passed on
/// to.
///
/// ```text
///             a batch of answers is taken        rfc/sp-survey.md section 6
///   Empty ────────────────────────────────► Ready
///     ▲                                     gives answers
///     └──────── the last one is given ────────┘
/// ```
#[derive(Debug, Default)]
pub struct RawSurveyor {
    pipes: Distribute,
    answers: FairQueue,
}

impl RawSurveyor {
    /// A machine without peers; allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Protocol for RawSurveyor {
    // rfc: sp-survey S-01
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: ProtocolId::SURVEYOR,
            peer: ProtocolId::RESPONDENT,
        }
    }

    // rfc: sp-device D-01
    fn passage(&self) -> Option<Passage> {
        Some(Passage::BOTH_WAYS)
    }

    // rfc: sp-survey S-25
    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        if ctx == CtxId::MAIN {
            self.answers.close(cx);
        }
    }

    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) -> Result<(), Reject> {
        self.pipes.insert(pipe);
        self.answers.insert(pipe, info.recv_priority);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Unsent<'_>, _: &mut Cx<'_>) {
        self.pipes.remove(pipe);
        self.answers.remove(pipe);
    }

    #[inline]
    fn send(
        &mut self,
        ctx: CtxId,
        message: &mut Option<Message>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-survey S-24
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        let Some(message) = message.take() else {
            return Ok(());
        };
        // rfc: sp-survey S-07, S-23
        if self.pipes.is_empty() {
            cx.drop_counted(None, DropCause::NoPeer, 1);
        }
        self.pipes.push_all(&message, None, cx);
        Ok(())
    }

    #[inline]
    fn recv(&mut self, ctx: CtxId, cx: &mut Cx<'_>) -> Result<Message, Verdict> {
        // rfc: sp-survey S-24
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-survey S-23
        let mut answer = self.answers.pop(cx).ok_or(Verdict::Wait)?;
        let _ = answer.set_border(WORD_LEN);
        Ok(answer)
    }

    #[inline]
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // rfc: sp-survey S-22
        if !self.pipes.contains(pipe) {
            return;
        }
        let (was_empty, all) = (self.answers.is_empty(), inbox.len());
        // rfc: sp-survey S-23
        inbox.retain(|message| message.octets() >= WORD_LEN);
        let dropped = all.saturating_sub(inbox.len());
        if dropped > 0 {
            let dropped = u64::try_from(dropped).unwrap_or(u64::MAX);
            cx.drop_counted(Some(pipe), DropCause::Malformed, dropped);
        }
        // rfc: sp-survey S-16
        if self.answers.on_batch(pipe, inbox) && was_empty {
            cx.wake(CtxId::MAIN);
        }
    }

    fn on_writable(&mut self, pipe: PipeId, _: &mut Cx<'_>) {
        self.pipes.on_writable(pipe);
    }

    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) {
        self.answers.set_priority(pipe, info.recv_priority);
    }

    fn ready(&self, ctx: CtxId) -> Readiness {
        let main = ctx == CtxId::MAIN;
        Readiness {
            send: main,
            recv: main && !self.answers.is_empty(),
        }
    }
}

impl CanSend for RawSurveyor {}

impl CanReceive for RawSurveyor {}

#[cfg(test)]
mod table;
