//! The machine of REP and RESPONDENT. Never waits to answer, never answers anybody but who asked,
//! never looks at a request beyond its back-trace. Obeys `rfc/sp-reqrep.md` sections 5 and 6.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::mem;
use std::num::NonZeroU8;

use speedwell_protocol::{
    CanReceive, CanSend, CtxId, Cx, Engagement, HasContexts, Inbox, Message, PipeId, PipeInfo,
    Protocol, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};

use crate::requests::Requests;
use crate::{Addressed, Cooked, Mode};

/// Which protocol an [`Answerer`] or a [`RawAnswerer`](crate::RawAnswerer) is.
pub trait Answers: Debug + Send + 'static {
    /// What it announces, and who asks it.
    const IDS: ProtocolIds;
}

/// Requests of all peers, each answered where it came from, in each context one at a time: what REP
/// and RESPONDENT are to applications.
#[derive(Debug)]
pub struct Answerer<A> {
    requests: Requests,
    clients: Addressed,
    contexts: BTreeMap<CtxId, Exchange>,
    answers: PhantomData<A>,
}

/// ```text
///           recv gives a request                  rfc/sp-reqrep.md section 9
///   Idle ───────────────────────► Asked ──┐ recv gives another
///     ▲                           │    ▲──┘
///     └──── send: the reply is ───┘
///           on its way, or dropped
/// ```
#[derive(Debug, Default)]
enum Exchange {
    /// Nobody waits for an answer.
    #[default]
    Idle,
    /// A request was received: where it came from, and its back-trace.
    Asked { pipe: PipeId, envelope: Envelope },
}

/// A back-trace, kept as the header of a message, which needs no allocation for up to 18 words.
#[derive(Debug)]
struct Envelope(Message);

impl Envelope {
    /// Takes the back-trace off a request.
    fn take_off(request: &mut Message) -> Self {
        let envelope = Message::with_header(request.header(), Default::default());
        request.set_header(&[]);
        Self(envelope)
    }

    /// Puts the back-trace on a reply.
    fn put_on(&self, reply: &mut Message) {
        reply.set_header(self.0.header());
    }
}

impl<A> Answerer<A> {
    /// A machine without peers; its options are the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many words a back-trace may have, the request id among them:
    /// [`TTL_DEFAULT`](crate::TTL_DEFAULT) unless set. Counts for what arrives from now on
    /// (`rfc/sp-reqrep.md` R-24).
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

    /// Where the answer goes that a context owes; `None` when it owes none or is not open.
    #[must_use]
    pub fn asked_by(&self, ctx: CtxId) -> Option<PipeId> {
        match self.contexts.get(&ctx)? {
            Exchange::Idle => None,
            Exchange::Asked { pipe, .. } => Some(*pipe),
        }
    }
}

impl<A> Default for Answerer<A> {
    fn default() -> Self {
        Self {
            requests: Requests::default(),
            clients: Addressed::new(),
            contexts: BTreeMap::from([(CtxId::MAIN, Exchange::Idle)]),
            answers: PhantomData,
        }
    }
}

impl<A: Answers> Protocol for Answerer<A> {
    fn ids(&self) -> ProtocolIds {
        A::IDS
    }

    // rfc: sp-reqrep R-36
    fn open(&mut self, ctx: CtxId, _: &mut Cx<'_>) {
        self.contexts.entry(ctx).or_default();
    }

    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        self.contexts.remove(&ctx);
        // rfc: sp-reqrep R-39
        if ctx == CtxId::MAIN {
            self.contexts.clear();
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
        // rfc: sp-reqrep R-04
        message.as_ref().map_or(Ok(()), Cooked::check)?;
        // rfc: sp-reqrep R-28, R-36
        let exchange = self.contexts.get_mut(&ctx).ok_or(Verdict::State)?;
        match mem::take(exchange) {
            Exchange::Idle => Err(Verdict::State),
            Exchange::Asked { pipe, envelope } => {
                if let Some(mut reply) = message.take() {
                    // rfc: sp-reqrep R-29, R-30, R-31
                    envelope.put_on(&mut reply);
                    self.clients.push(pipe, reply, cx);
                }
                Ok(())
            }
        }
    }

    #[inline]
    fn recv_into(
        &mut self,
        ctx: CtxId,
        place: &mut Message,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-reqrep R-36
        let exchange = self.contexts.get_mut(&ctx).ok_or(Verdict::State)?;
        // rfc: sp-reqrep R-25, R-27
        if !self.requests.pop_into(place, cx) {
            return Err(Verdict::Wait);
        }
        let envelope = Envelope::take_off(place);
        *exchange = place
            .origin()
            .map_or(Exchange::Idle, |pipe| Exchange::Asked { pipe, envelope });
        Ok(())
    }

    #[inline]
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // rfc: sp-reqrep R-21, R-38
        if self.clients.contains(pipe) && self.requests.on_batch(pipe, inbox, cx) {
            cx.wake(CtxId::ANY);
        }
    }

    fn on_writable(&mut self, pipe: PipeId, _: &mut Cx<'_>) {
        self.clients.on_writable(pipe);
    }

    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) {
        self.requests.set_priority(pipe, info.recv_priority);
    }

    // rfc: sp-endpoint E-91
    fn engagement(&self, ctx: CtxId) -> Engagement {
        let owes = match ctx {
            CtxId::ANY => self
                .contexts
                .keys()
                .any(|ctx| self.asked_by(*ctx).is_some()),
            ctx => self.asked_by(ctx).is_some(),
        };
        if owes {
            Engagement::Owes
        } else {
            Engagement::Idle
        }
    }

    fn ready(&self, ctx: CtxId) -> Readiness {
        let is_open = self.contexts.contains_key(&ctx);
        Readiness {
            send: is_open,
            recv: is_open && !self.requests.is_empty(),
        }
    }
}

impl<A: Answers> CanSend for Answerer<A> {}

impl<A: Answers> CanReceive for Answerer<A> {}

impl<A: Answers> HasContexts for Answerer<A> {}

#[cfg(test)]
pub(crate) mod table;
