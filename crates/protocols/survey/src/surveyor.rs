//! The SURVEYOR machine. Never drops an answer for want of room, never lets a late or stray one
//! change anything, and never gives one after the deadline. Obeys `rfc/sp-survey.md` sections 3
//! and 4.

mod survey;

use std::collections::BTreeMap;
use std::mem;
use std::time::Duration;

use speedwell_pipeset::{
    Cooked, Distribute, FairQueue, Mode, Overflow, RequestIds, take_request_id,
};
use speedwell_protocol::{
    CanReceive, CanSend, CtxId, Cx, DropCause, Engagement, HasContexts, Held, Inbox, Message,
    PipeId, PipeInfo, Priority, Protocol, ProtocolId, ProtocolIds, Readiness, Reject, TimerKey,
    Unsent, Verdict,
};
use speedwell_wire::words::{WORD_LEN, word};

use survey::{Exchange, Survey};

/// How long answers are heard, unless set otherwise: as nanomsg does.
pub const DEADLINE_DEFAULT: Duration = Duration::from_secs(1);

/// The shortest deadline: below it no answer could ever be in time.
pub const DEADLINE_MIN: Duration = Duration::from_millis(1);

/// SURVEYOR for applications: a survey to all peers, and their answers until a deadline, in each
/// context one survey at a time. A peer may answer more than once: behind one that is a device are
/// many. The states of a context are drawn in `rfc/sp-survey.md` section 6.
#[derive(Debug)]
pub struct Surveyor {
    pipes: Distribute,
    /// The levels at which the pipes are heard.
    levels: BTreeMap<PipeId, Priority>,
    contexts: BTreeMap<CtxId, Exchange>,
    /// The deadlines of contexts.
    deadlines: BTreeMap<CtxId, Duration>,
    /// The contexts of the surveys that are open, by survey id.
    open: BTreeMap<u32, CtxId>,
    ids: RequestIds,
}

/// What a SURVEYOR announces, in either form, and who answers it.
// rfc: sp-survey S-01
pub(crate) const IDS: ProtocolIds = ProtocolIds {
    me: ProtocolId::SURVEYOR,
    peer: ProtocolId::RESPONDENT,
};

impl Surveyor {
    /// A machine without peers; its options are the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another policy than to drop the newest.
    #[must_use]
    pub fn with_overflow(mut self, overflow: Overflow) -> Self {
        self.pipes.set_overflow(overflow);
        self
    }

    /// Says what becomes of a survey while a peer is full, from the next one on.
    // rfc: sp-survey S-26
    pub fn set_overflow(&mut self, overflow: Overflow, cx: &mut Cx<'_>) {
        let is_freed = self.pipes.set_overflow(overflow);
        self.wake_if(is_freed, cx);
    }

    /// What becomes of a survey while a peer is full.
    #[must_use]
    pub fn overflow(&self) -> Overflow {
        self.pipes.overflow()
    }

    /// All contexts send through the same pipes.
    // rfc: sp-survey S-26
    fn wake_if(&self, is_freed: bool, cx: &mut Cx<'_>) {
        if is_freed {
            self.contexts.keys().for_each(|ctx| cx.wake(*ctx));
        }
    }

    /// Sets how long after a survey was sent its answers are heard, at least [`DEADLINE_MIN`].
    /// Counts from the next survey on (`rfc/sp-survey.md` S-10). That of `MAIN` is what a context
    /// begins with that is opened later.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.set_deadline_in(CtxId::MAIN, deadline);
    }

    /// As [`Surveyor::set_deadline`], for one context; nothing when it is not open.
    // rfc: sp-survey S-27
    pub fn set_deadline_in(&mut self, ctx: CtxId, deadline: Duration) {
        if let Some(of_context) = self.deadlines.get_mut(&ctx) {
            *of_context = deadline.max(DEADLINE_MIN);
        }
    }

    /// The deadline of a context; the default when it is not open.
    #[must_use]
    pub fn deadline(&self, ctx: CtxId) -> Duration {
        let of_context = self.deadlines.get(&ctx);
        of_context.copied().unwrap_or(DEADLINE_DEFAULT)
    }

    /// Ends what a context is about, and counts the answers that nobody will see now.
    // rfc: sp-survey S-09, S-18
    fn abandon(&mut self, ctx: CtxId, cause: DropCause, cx: &mut Cx<'_>) {
        let exchange = self.contexts.get_mut(&ctx).map(mem::take);
        if let Some(Exchange::Open(survey)) = exchange {
            self.open.remove(&survey.id);
            // rfc: sp-survey S-29
            survey.answers.end(cause, cx);
        }
    }

    fn close_one(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        if let Some(Exchange::Open(_)) = self.contexts.get(&ctx) {
            cx.cancel(timer(ctx));
        }
        self.abandon(ctx, DropCause::Closed, cx);
        self.contexts.remove(&ctx);
        self.deadlines.remove(&ctx);
    }

    /// Ends the survey of a context if its deadline has passed. True when it did so now.
    // rfc: sp-survey S-11, S-12
    fn expire(&mut self, ctx: CtxId, cx: &mut Cx<'_>) -> bool {
        let Some(exchange) = self.contexts.get_mut(&ctx) else {
            return false;
        };
        match mem::take(exchange) {
            Exchange::Open(survey) if survey.is_due(cx.now()) => {
                self.open.remove(&survey.id);
                // rfc: sp-survey S-29
                survey.answers.end(DropCause::Stale, cx);
                *exchange = Exchange::Over;
                true
            }
            other => {
                *exchange = other;
                false
            }
        }
    }

    /// Ends the survey of a context if its deadline has passed, and tells who waits.
    fn expire_and_wake(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        let was_ready = self.ready(ctx).recv;
        // rfc: sp-survey S-16
        if self.expire(ctx, cx) && !was_ready {
            cx.wake(ctx);
        }
    }

    /// A message of a peer: an answer that a context waits for, or nothing of interest. True when
    /// it is to be left, because what the context holds of this pipe is an inbox already.
    fn on_answer(&mut self, pipe: PipeId, message: &mut Message, cx: &mut Cx<'_>) -> bool {
        let drop = |cause, cx: &mut Cx<'_>| {
            cx.drop_counted(Some(pipe), cause, 1);
            false
        };
        // rfc: sp-survey S-05, S-14
        let Some(id) = take_request_id(message) else {
            return drop(DropCause::Malformed, cx);
        };
        if let Some(ctx) = self.open.get(&id).copied() {
            self.expire_and_wake(ctx, cx);
        }
        let ctx = self.open.get(&id).copied();
        let exchange = ctx.and_then(|ctx| Some((ctx, self.contexts.get_mut(&ctx)?)));
        // rfc: sp-survey S-13
        let Some((ctx, Exchange::Open(survey))) = exchange else {
            return drop(DropCause::Stale, cx);
        };
        if !survey.answers.contains(pipe) {
            return drop(DropCause::Stale, cx);
        }
        let was_empty = survey.answers.is_empty();
        // rfc: sp-survey S-28
        if !survey.answers.add(pipe, message) {
            return true;
        }
        // rfc: sp-survey S-16
        if was_empty {
            cx.wake(ctx);
        }
        false
    }

    /// What is heard of a survey that is sent now: the pipes that get it, each at its level.
    // rfc: sp-survey S-13
    fn hearing(&self) -> FairQueue {
        let mut answers = FairQueue::new();
        for pipe in self.pipes.takers() {
            let level = self.levels.get(&pipe).copied();
            answers.insert(pipe, level.unwrap_or_default());
        }
        answers
    }

    /// The surveys whose answers are heard.
    fn surveys(&mut self) -> impl Iterator<Item = &mut Survey> {
        let exchanges = self.contexts.values_mut();
        exchanges.filter_map(|exchange| match exchange {
            Exchange::Open(survey) => Some(survey.as_mut()),
            Exchange::Idle | Exchange::Over => None,
        })
    }
}

impl Default for Surveyor {
    fn default() -> Self {
        Self {
            pipes: Distribute::new(),
            levels: BTreeMap::new(),
            contexts: BTreeMap::from([(CtxId::MAIN, Exchange::Idle)]),
            open: BTreeMap::new(),
            deadlines: BTreeMap::from([(CtxId::MAIN, DEADLINE_DEFAULT)]),
            ids: RequestIds::default(),
        }
    }
}

impl Protocol for Surveyor {
    // rfc: sp-survey S-01
    fn ids(&self) -> ProtocolIds {
        IDS
    }

    // rfc: sp-survey S-18, S-27
    fn open(&mut self, ctx: CtxId, _: &mut Cx<'_>) {
        self.contexts.entry(ctx).or_default();
        let deadline = self.deadline(CtxId::MAIN);
        self.deadlines.entry(ctx).or_insert(deadline);
    }

    // rfc: sp-survey S-18, S-19
    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        self.close_one(ctx, cx);
        if ctx == CtxId::MAIN {
            self.pipes.close(cx);
            while let Some((ctx, _)) = self.contexts.first_key_value() {
                self.close_one(*ctx, cx);
            }
        }
    }

    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) -> Result<(), Reject> {
        self.pipes.insert(pipe);
        self.levels.insert(pipe, info.recv_priority);
        Ok(())
    }

    // rfc: sp-survey S-08, S-15
    fn detach(&mut self, pipe: PipeId, _: &mut Unsent<'_>, cx: &mut Cx<'_>) {
        let is_freed = self.pipes.remove(pipe, cx);
        self.wake_if(is_freed, cx);
        self.levels.remove(&pipe);
        for survey in self.surveys() {
            survey.answers.remove(pipe);
        }
    }

    fn send(
        &mut self,
        ctx: CtxId,
        message: &mut Option<Message>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-survey S-04
        message.as_ref().map_or(Ok(()), Cooked::check)?;
        // rfc: sp-survey S-18
        if !self.contexts.contains_key(&ctx) {
            return Err(Verdict::State);
        }
        // rfc: sp-survey S-26
        if self.pipes.is_blocked() {
            return Err(Verdict::Wait);
        }
        let Some(survey) = message else {
            return Ok(());
        };
        self.expire(ctx, cx);
        self.abandon(ctx, DropCause::Cancelled, cx);
        // rfc: sp-survey S-03, S-06
        let id = self.ids.draw(|id| self.open.contains_key(&id), cx);
        survey.set_header(&word(id));
        // rfc: sp-survey S-07, S-13
        let answers = self.hearing();
        self.pipes.push(message, None, cx)?;
        // rfc: sp-survey S-10
        let due = cx.now().checked_add(self.deadline(ctx));
        match due {
            Some(due) => cx.arm(timer(ctx), due),
            None => cx.cancel(timer(ctx)),
        }
        self.open.insert(id, ctx);
        self.contexts
            .insert(ctx, Exchange::Open(Box::new(Survey::new(id, due, answers))));
        Ok(())
    }

    fn recv_into(
        &mut self,
        ctx: CtxId,
        place: &mut Message,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        self.expire(ctx, cx);
        // rfc: sp-survey S-17, S-18
        let exchange = self.contexts.get_mut(&ctx).ok_or(Verdict::State)?;
        match exchange {
            Exchange::Idle => Err(Verdict::State),
            // rfc: sp-survey S-15, S-28
            Exchange::Open(survey) => {
                if !survey.answers.pop_into(place, cx) {
                    return Err(Verdict::Wait);
                }
                let _ = place.trim_header(WORD_LEN);
                Ok(())
            }
            // rfc: sp-survey S-12
            Exchange::Over => {
                *exchange = Exchange::Idle;
                Err(Verdict::TimedOut)
            }
        }
    }

    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // rfc: sp-survey S-22
        if !self.pipes.contains(pipe) {
            return;
        }
        // rfc: sp-survey S-28
        inbox.retain(|message| self.on_answer(pipe, message, cx));
    }

    // rfc: sp-survey S-30
    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) {
        let Some(level) = self.levels.get_mut(&pipe) else {
            return;
        };
        *level = info.recv_priority;
        for survey in self.surveys() {
            survey.answers.set_priority(pipe, info.recv_priority);
        }
    }

    // rfc: sp-survey S-26
    fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) {
        let is_freed = self.pipes.on_writable(pipe, cx);
        self.wake_if(is_freed, cx);
    }

    fn on_timer(&mut self, key: TimerKey, cx: &mut Cx<'_>) {
        if let Ok(ctx) = u32::try_from(key.0).map(CtxId) {
            self.expire_and_wake(ctx, cx);
        }
    }

    // rfc: sp-endpoint E-91
    fn engagement(&self, ctx: CtxId) -> Engagement {
        let is_idle = |exchange: &Exchange| matches!(exchange, Exchange::Idle);
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

    // rfc: sp-survey S-07, S-17, S-26
    fn ready(&self, ctx: CtxId) -> Readiness {
        let exchange = self.contexts.get(&ctx);
        Readiness {
            send: exchange.is_some() && !self.pipes.is_blocked(),
            recv: exchange.is_some_and(Exchange::is_readable),
        }
    }

    fn held(&self) -> Held {
        self.pipes.held()
    }
}

impl CanSend for Surveyor {}

impl CanReceive for Surveyor {}

impl HasContexts for Surveyor {}

/// The timer of a context.
fn timer(ctx: CtxId) -> TimerKey {
    TimerKey(u64::from(ctx.0))
}

#[cfg(test)]
mod table;
