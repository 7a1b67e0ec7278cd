//! The REQ machine. Never waits to send, never gives one request two replies, never lets a stray
//! reply change anything. Obeys `rfc/sp-reqrep.md` sections 3 and 4.

mod exchange;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::time::{Duration, Instant};

use speedwell_pipeset::{Cooked, LoadBalance, Mode, RequestIds, take_request_id};
use speedwell_protocol::{
    CanReceive, CanSend, CtxId, Cx, DropCause, Engagement, HasContexts, Held, Inbox, Message,
    PipeId, PipeInfo, Protocol, ProtocolId, ProtocolIds, Readiness, Reject, TimerKey, Unsent,
    Verdict,
};
use speedwell_wire::words::WORD_LEN;

use exchange::{Exchange, Request, Sendings};

/// How long after a request was sent it is sent again, unless set otherwise: as nanomsg does.
pub const RESEND_DEFAULT: Duration = Duration::from_secs(60);

/// The shortest interval of resending: below it, a timer would do nothing else.
pub const RESEND_MIN: Duration = Duration::from_millis(1);

/// How often in an interval a request that is due looks whether a pipe has sent what it was given.
/// What is left may be something else than the request itself, and is mostly gone a moment later.
const LOOKS: u32 = 16;

/// REQ for applications: a request to one of the peers, and its reply, in each context one at a
/// time. The states of a context are drawn in `rfc/sp-reqrep.md` section 9.
#[derive(Debug)]
pub struct Req {
    pipes: LoadBalance,
    sendings: Sendings,
    contexts: BTreeMap<CtxId, Context>,
    /// The contexts of the requests that wait for a reply, by request id.
    awaited: BTreeMap<u32, CtxId>,
    /// The contexts that are Queued, in their order. Not empty only while no pipe is writable.
    queue: VecDeque<CtxId>,
    ids: RequestIds,
    fail_fast: bool,
}

#[derive(Debug)]
struct Context {
    exchange: Exchange,
    /// The interval of resending.
    resend: Option<Duration>,
    /// When its timer fires: never later than its request is due, and mostly earlier, since it is
    /// not moved when a reply comes.
    armed: Option<Instant>,
}

impl Context {
    fn new(resend: Option<Duration>) -> Self {
        Self {
            exchange: Exchange::Idle,
            resend,
            armed: None,
        }
    }

    /// Sees to it that the timer fires by the time that the request is due.
    // rfc: sp-reqrep R-16
    fn watch(&mut self, ctx: CtxId, due: Option<Instant>, cx: &mut Cx<'_>) {
        if let Some(due) = due.filter(|due| self.armed.is_none_or(|armed| armed > *due)) {
            self.armed = Some(due);
            cx.arm(timer(ctx), due);
        }
    }
}

impl Req {
    /// A machine without peers; its options are the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long after it was sent a request is sent again, at least [`RESEND_MIN`]. `None`
    /// switches that off: then a peer that goes away with a request makes `recv` fail with
    /// [`Verdict::PeerLost`]. Counts from the next sending on (`rfc/sp-reqrep.md` R-11). That of
    /// `MAIN` is what a context begins with that is opened later.
    pub fn set_resend(&mut self, interval: Option<Duration>) {
        self.set_resend_in(CtxId::MAIN, interval);
    }

    /// As [`Req::set_resend`], for one context; nothing when it is not open.
    // rfc: sp-reqrep R-43
    pub fn set_resend_in(&mut self, ctx: CtxId, interval: Option<Duration>) {
        if let Some(context) = self.contexts.get_mut(&ctx) {
            context.resend = interval.map(|interval| interval.max(RESEND_MIN));
        }
    }

    /// The interval of resending of a context; `None` when it is off, or the context not open.
    #[must_use]
    pub fn resend(&self, ctx: CtxId) -> Option<Duration> {
        self.contexts.get(&ctx)?.resend
    }

    /// Whether a send without any peer fails.
    #[must_use]
    pub fn fails_fast(&self) -> bool {
        self.fail_fast
    }

    /// Sets whether a send without any peer fails with [`Verdict::NoPeer`] instead of waiting for
    /// one to come; off unless set (`rfc/sp-reqrep.md` R-09).
    pub fn set_fail_fast(&mut self, fail_fast: bool) {
        self.fail_fast = fail_fast;
    }

    /// Ends what a context is about, and counts what nobody will see now.
    // rfc: sp-reqrep
    fn abandon(&mut self, ctx: CtxId, cause: DropCause, cx: &mut Cx<'_>) {
        let Some(context) = self.contexts.get_mut(&ctx) else {
            return;
        };
        match mem::take(&mut context.exchange) {
            Exchange::Idle | Exchange::Lost => {}
            Exchange::Queued(request) => {
                self.awaited.remove(&request.id);
                self.queue.retain(|queued| *queued != ctx);
                if !request.was_sent() {
                    cx.drop_counted(None, cause, 1);
                }
            }
            Exchange::Sent { request, .. } => {
                self.awaited.remove(&request.id);
            }
            Exchange::Replied(reply) => cx.drop_counted(reply.origin(), cause, 1),
        }
    }

    fn close_one(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        self.abandon(ctx, DropCause::Closed, cx);
        let closed = self.contexts.remove(&ctx);
        if closed.is_some_and(|context| context.armed.is_some()) {
            cx.cancel(timer(ctx));
        }
    }

    /// Sends what is queued while a pipe can take it.
    // rfc: sp-reqrep
    fn send_queued(&mut self, cx: &mut Cx<'_>) {
        while self.pipes.is_writable()
            && let Some(ctx) = self.queue.pop_front()
            && let Some(context) = self.contexts.get_mut(&ctx)
            && let Some(request) = context.exchange.request_mut()
        {
            // rfc: sp-reqrep
            let is_sent = request.send_on(&mut self.pipes, &mut self.sendings, cx);
            let wait = context.resend.map(|interval| match is_sent {
                true => interval,
                false => (interval / LOOKS).max(RESEND_MIN),
            });
            let due = wait.and_then(|wait| cx.now().checked_add(wait));
            if let Exchange::Queued(request) = mem::take(&mut context.exchange) {
                context.exchange = Exchange::Sent { request, due };
            }
            context.watch(ctx, due, cx);
        }
    }

    /// The request of a context was on a pipe that ended. True when it is one of those that never
    /// left, and is sent again.
    fn lose_pipe(
        &mut self,
        ctx: CtxId,
        pipe: PipeId,
        unsent: &BTreeSet<u32>,
        cx: &mut Cx<'_>,
    ) -> bool {
        let Some(context) = self.contexts.get_mut(&ctx) else {
            return false;
        };
        let Some(request) = context.exchange.request_mut() else {
            return false;
        };
        let (id, is_unsent) = (request.id, unsent.contains(&request.id));
        let was_latest = request.forget(pipe, is_unsent);
        let is_out = request.is_out();
        if !was_latest {
            return false;
        }
        // rfc: sp-reqrep
        if context.resend.is_some() || is_unsent {
            if context.exchange.queue_again() {
                self.queue.push_back(ctx);
            }
            return is_unsent;
        }
        let is_sent = matches!(context.exchange, Exchange::Sent { .. });
        if is_sent && !is_out {
            context.exchange = Exchange::Lost;
            self.awaited.remove(&id);
            // rfc: sp-reqrep R-21
            cx.wake(ctx);
        }
        false
    }

    /// A message of a peer: the reply that a context waits for, or nothing of interest.
    fn on_reply(&mut self, pipe: PipeId, mut message: Message, cx: &mut Cx<'_>) {
        // rfc: sp-reqrep
        let Some(id) = take_request_id(&mut message) else {
            return cx.drop_counted(Some(pipe), DropCause::Malformed, 1);
        };
        let awaited = self.awaited.get(&id).copied();
        let context = awaited.and_then(|ctx| Some((ctx, self.contexts.get_mut(&ctx)?)));
        // rfc: sp-reqrep
        let Some((ctx, context)) = context.filter(|(_, context)| {
            let request = context.exchange.request();
            request.is_some_and(|request| request.was_sent_on(pipe))
        }) else {
            return cx.drop_counted(Some(pipe), DropCause::Stale, 1);
        };
        let _ = message.trim_header(WORD_LEN);
        message.set_origin(Some(pipe));
        let before = mem::replace(&mut context.exchange, Exchange::Replied(message));
        self.awaited.remove(&id);
        if matches!(before, Exchange::Queued(_)) {
            self.queue.retain(|queued| *queued != ctx);
        }
        // rfc: sp-reqrep R-21
        cx.wake(ctx);
    }
}

impl Default for Req {
    fn default() -> Self {
        Self {
            pipes: LoadBalance::new(),
            sendings: Sendings::default(),
            contexts: BTreeMap::from([(CtxId::MAIN, Context::new(Some(RESEND_DEFAULT)))]),
            awaited: BTreeMap::new(),
            queue: VecDeque::new(),
            ids: RequestIds::default(),
            fail_fast: false,
        }
    }
}

impl Protocol for Req {
    // rfc: sp-reqrep R-01
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: ProtocolId::REQ,
            peer: ProtocolId::REP,
        }
    }

    // rfc: sp-reqrep
    fn open(&mut self, ctx: CtxId, _: &mut Cx<'_>) {
        let resend = self.resend(CtxId::MAIN);
        let context = self.contexts.entry(ctx);
        context.or_insert_with(|| Context::new(resend));
    }

    // rfc: sp-reqrep
    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        self.close_one(ctx, cx);
        if ctx == CtxId::MAIN {
            while let Some((ctx, _)) = self.contexts.first_key_value() {
                self.close_one(*ctx, cx);
            }
        }
    }

    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, cx: &mut Cx<'_>) -> Result<(), Reject> {
        self.pipes.insert(pipe, info.send_priority);
        self.send_queued(cx);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, unsent: &mut Unsent<'_>, cx: &mut Cx<'_>) {
        if !self.pipes.remove(pipe) {
            return;
        }
        self.sendings.forget(pipe);
        let mut dropped = 0_u64;
        let mut ids = BTreeSet::new();
        for mut message in unsent {
            dropped = dropped.saturating_add(1);
            ids.extend(take_request_id(&mut message));
        }
        let asked = self.contexts.iter().filter(|(_, context)| {
            let request = context.exchange.request();
            request.is_some_and(|request| request.was_sent_on(pipe))
        });
        let asked: Vec<CtxId> = asked.map(|(ctx, _)| *ctx).collect();
        for ctx in asked {
            let again = self.lose_pipe(ctx, pipe, &ids, cx);
            dropped = dropped.saturating_sub(u64::from(again));
        }
        if dropped > 0 {
            cx.drop_counted(Some(pipe), DropCause::PipeLost, dropped);
        }
        self.send_queued(cx);
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
        // rfc: sp-reqrep R-36
        if !self.contexts.contains_key(&ctx) {
            return Err(Verdict::State);
        }
        // rfc: sp-reqrep R-09
        if self.fail_fast && self.pipes.is_empty() {
            return Err(Verdict::NoPeer);
        }
        let Some(message) = message.take() else {
            return Ok(());
        };
        self.abandon(ctx, DropCause::Cancelled, cx);
        let id = self.ids.draw(|id| self.awaited.contains_key(&id), cx);
        let request = Request::new(id, message);
        self.awaited.insert(request.id, ctx);
        if let Some(context) = self.contexts.get_mut(&ctx) {
            context.exchange = Exchange::Queued(request);
            self.queue.push_back(ctx);
        }
        self.send_queued(cx);
        Ok(())
    }

    #[inline]
    fn recv_into(
        &mut self,
        ctx: CtxId,
        place: &mut Message,
        _: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-reqrep
        let context = self.contexts.get_mut(&ctx).ok_or(Verdict::State)?;
        match &mut context.exchange {
            Exchange::Idle => Err(Verdict::State),
            Exchange::Queued(_) | Exchange::Sent { .. } => Err(Verdict::Wait),
            Exchange::Lost => Err(Verdict::PeerLost),
            Exchange::Replied(reply) => {
                mem::swap(place, reply);
                context.exchange = Exchange::Idle;
                Ok(())
            }
        }
    }

    #[inline]
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // rfc: sp-reqrep R-38
        if !self.pipes.contains(pipe) {
            return;
        }
        while let Some(message) = inbox.pop() {
            self.on_reply(pipe, message, cx);
        }
    }

    fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) {
        self.pipes.on_writable(pipe);
        self.send_queued(cx);
    }

    fn on_timer(&mut self, key: TimerKey, cx: &mut Cx<'_>) {
        let Ok(ctx) = u32::try_from(key.0).map(CtxId) else {
            return;
        };
        let Some(context) = self.contexts.get_mut(&ctx) else {
            return;
        };
        context.armed = None;
        let Exchange::Sent { due: Some(due), .. } = context.exchange else {
            return;
        };
        // rfc: sp-reqrep
        if due > cx.now() {
            context.watch(ctx, Some(due), cx);
        } else if context.exchange.queue_again() {
            self.queue.push_back(ctx);
            self.send_queued(cx);
        }
    }

    // rfc: sp-reqrep R-40
    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) {
        self.pipes.set_priority(pipe, info.send_priority);
    }

    // rfc: sp-endpoint E-91
    fn engagement(&self, ctx: CtxId) -> Engagement {
        let is_idle = |context: &Context| matches!(context.exchange, Exchange::Idle);
        let all_idle = match ctx {
            CtxId::ANY => self.contexts.values().all(is_idle),
            ctx => self.contexts.get(&ctx).is_none_or(is_idle),
        };
        if all_idle {
            Engagement::Idle
        } else {
            Engagement::Awaits
        }
    }

    // rfc: sp-reqrep
    fn ready(&self, ctx: CtxId) -> Readiness {
        let context = self.contexts.get(&ctx);
        Readiness {
            send: context.is_some(),
            recv: context.is_some_and(|context| context.exchange.request().is_none()),
        }
    }

    // rfc: sp-reqrep R-41
    fn held(&self) -> Held {
        let mut held = Held::default();
        for ctx in &self.queue {
            let context = self.contexts.get(ctx);
            let request = context.and_then(|context| context.exchange.request());
            if let Some(request) = request.filter(|request| !request.was_sent()) {
                let octets = u64::try_from(request.octets()).unwrap_or(u64::MAX);
                held.messages = held.messages.saturating_add(1);
                held.octets = held.octets.saturating_add(octets);
            }
        }
        held
    }
}

impl CanSend for Req {}

impl CanReceive for Req {}

impl HasContexts for Req {}

/// The timer of a context.
fn timer(ctx: CtxId) -> TimerKey {
    TimerKey(u64::from(ctx.0))
}

#[cfg(test)]
mod table;
