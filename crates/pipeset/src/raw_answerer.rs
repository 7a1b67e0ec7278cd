//! REP and RESPONDENT for devices: the header of what is received says where it came
//! from, and that of what is sent says where it goes. Never keeps state for a request.
//! Obeys `rfc/sp-reqrep.md` section 7.

use std::marker::PhantomData;
use std::num::NonZeroU8;

use speedwell_protocol::{
    CanReceive, CanSend, CtxId, Cx, DropCause, Inbox, Message, Passage, PipeId, PipeInfo, Protocol,
    ProtocolIds, Readiness, Reject, Unsent, Verdict,
};
use speedwell_wire::words::{WORD_LEN, device_word, split_word, word};

use crate::requests::Requests;
use crate::{Addressed, Answers};

/// REP or RESPONDENT for devices and inspection. What is received has a header: the word of the
/// pipe it came on, then its back-trace. A reply goes to the pipe
/// that the first word of its header names.
///
/// ```text
///             a batch of requests is taken       rfc/sp-reqrep.md section 9
///   Empty ─────────────────────────────────► Ready
///     ▲                                      gives requests
///     └──────── the last one is given ─────────┘
/// ```
#[derive(Debug)]
pub struct RawAnswerer<A> {
    requests: Requests,
    clients: Addressed,
    answers: PhantomData<A>,
}

impl<A> Default for RawAnswerer<A> {
    fn default() -> Self {
        Self {
            requests: Requests::default(),
            clients: Addressed::new(),
            answers: PhantomData,
        }
    }
}

impl<A> RawAnswerer<A> {
    /// A machine without peers; its options are the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many words a back-trace may have; see
    /// [`Answerer::set_ttl`](crate::Answerer::set_ttl).
    pub fn set_ttl(&mut self, ttl: NonZeroU8) {
        self.requests.set_ttl(ttl);
    }

    /// How many words a back-trace may have.
    #[must_use]
    pub fn ttl(&self) -> NonZeroU8 {
        self.requests.ttl()
    }

    /// The number of pipes.
    #[must_use]
    pub fn pipes_len(&self) -> usize {
        self.clients.len()
    }

    // rfc: sp-reqrep R-35
    fn reply(&mut self, mut reply: Message, cx: &mut Cx<'_>) {
        let Some((first, _)) = split_word(reply.header()) else {
            return cx.drop_counted(None, DropCause::Malformed, 1);
        };
        let Some(pipe) = self.clients.find(first) else {
            return cx.drop_counted(None, DropCause::NoPeer, 1);
        };
        let _ = reply.trim_header(WORD_LEN);
        self.clients.push(pipe, reply, cx);
    }
}

impl<A: Answers> Protocol for RawAnswerer<A> {
    fn ids(&self) -> ProtocolIds {
        A::IDS
    }

    // rfc: sp-device D-01
    fn passage(&self) -> Option<Passage> {
        Some(Passage::BOTH_WAYS)
    }

    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        // rfc: sp-reqrep R-39
        if ctx == CtxId::MAIN {
            self.requests.close(cx);
        }
    }

    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) -> Result<(), Reject> {
        self.clients.insert(pipe);
        self.requests.insert(pipe, info.recv_priority);
        Ok(())
    }

    // rfc: sp-reqrep R-30
    fn detach(&mut self, pipe: PipeId, _: &mut Unsent<'_>, _: &mut Cx<'_>) {
        self.clients.remove(pipe);
        self.requests.remove(pipe);
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
        if let Some(reply) = message.take() {
            self.reply(reply, cx);
        }
        Ok(())
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
        if !self.requests.pop_into(place, cx) {
            return Err(Verdict::Wait);
        }
        // rfc: sp-reqrep R-34
        if let Some(pipe) = place.origin() {
            place.push_header(&word(device_word(pipe.word())));
        }
        Ok(())
    }

    #[inline]
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // rfc: sp-reqrep R-21, R-38
        if self.clients.contains(pipe) && self.requests.on_batch(pipe, inbox, cx) {
            cx.wake(CtxId::MAIN);
        }
    }

    fn on_writable(&mut self, pipe: PipeId, _: &mut Cx<'_>) {
        self.clients.on_writable(pipe);
    }

    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) {
        self.requests.set_priority(pipe, info.recv_priority);
    }

    fn ready(&self, ctx: CtxId) -> Readiness {
        Readiness {
            send: ctx == CtxId::MAIN,
            recv: ctx == CtxId::MAIN && !self.requests.is_empty(),
        }
    }
}

impl<A: Answers> CanSend for RawAnswerer<A> {}

impl<A: Answers> CanReceive for RawAnswerer<A> {}

#[cfg(test)]
mod table;
