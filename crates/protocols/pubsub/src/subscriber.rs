//! The SUB machine. Never sends, never tells a peer what it wants, and never holds what nobody
//! subscribed to. Obeys `rfc/sp-pubsub.md` section 4.

mod contexts;

use std::marker::PhantomData;

use speedwell_pipeset::{Cooked, FairQueue, Mode, Raw, sift};
use speedwell_protocol::{
    CanReceive, CtxId, Cx, DropCause, HasContexts, Inbox, Message, Passage, PipeId, PipeInfo,
    Protocol, ProtocolId, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};

use crate::{TopicError, Topics};
use contexts::Contexts;

pub use contexts::{CONTEXT_MESSAGES_MAX, CONTEXT_OCTETS_MAX};

/// SUB for applications: of what all peers send, the messages that begin with a topic.
pub type Sub = SubMachine<Cooked>;

/// SUB for devices and inspection. It has subscriptions too, and what is received is all body, as
/// with [`Sub`]: the type alone differs.
pub type RawSub = SubMachine<Raw>;

/// The machine behind [`Sub`] and [`RawSub`], which behave alike. Each pipe has a state of its own
/// in [`FairQueue`], where the rules are; the whole is Ready when one of them holds a message.
///
/// ```text
///             messages that match are taken (of a pipe    rfc/sp-pubsub.md section 6
///             at most one inbox is held)
///   Empty ──────────────────────────────────────────────► Ready
///    ▲ │ messages that do not are                         gives messages; drops
///    │ └ dropped, in either state                         what does not match
///    └──────────────── the last message is given ──────────┘
/// ```
#[derive(Debug, Default)]
pub struct SubMachine<M: Mode> {
    pipes: FairQueue,
    topics: Topics,
    contexts: Contexts,
    mode: PhantomData<M>,
}

impl<M: Mode> SubMachine<M> {
    /// A machine without peers or subscriptions; allocates nothing.
    // rfc: sp-pubsub B-18
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on receives what begins with `topic`; the empty one is everything. Counted: a
    /// second subscription to the same has to be ended as well.
    ///
    /// # Errors
    ///
    /// [`TopicError::TooLong`] above [`TOPIC_LEN_MAX`](crate::TOPIC_LEN_MAX) octets.
    // rfc: sp-pubsub B-15, B-16, B-21
    pub fn subscribe(&mut self, topic: &[u8]) -> Result<(), TopicError> {
        self.topics.add(topic)
    }

    /// Ends one subscription to `topic`. What has arrived already stays receivable.
    ///
    /// # Errors
    ///
    /// [`TopicError::NotSubscribed`].
    // rfc: sp-pubsub B-16, B-17, B-21
    pub fn unsubscribe(&mut self, topic: &[u8]) -> Result<(), TopicError> {
        self.topics.remove(topic)
    }

    /// As [`SubMachine::subscribe`], for one context.
    ///
    /// # Errors
    ///
    /// [`TopicError::TooLong`]; [`TopicError::NoContext`] when it is not open.
    // rfc: sp-pubsub B-36
    pub fn subscribe_in(&mut self, ctx: CtxId, topic: &[u8]) -> Result<(), TopicError> {
        self.topics_mut(ctx)?.add(topic)
    }

    /// As [`SubMachine::unsubscribe`], for one context.
    ///
    /// # Errors
    ///
    /// [`TopicError::NotSubscribed`]; [`TopicError::NoContext`] when it is not open.
    // rfc: sp-pubsub B-36
    pub fn unsubscribe_in(&mut self, ctx: CtxId, topic: &[u8]) -> Result<(), TopicError> {
        self.topics_mut(ctx)?.remove(topic)
    }

    fn topics_mut(&mut self, ctx: CtxId) -> Result<&mut Topics, TopicError> {
        let topics = match ctx {
            CtxId::MAIN => Some(&mut self.topics),
            ctx => self.contexts.topics_mut(ctx),
        };
        topics.ok_or(TopicError::NoContext)
    }

    /// What is subscribed to, in `MAIN`.
    #[must_use]
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// What a context has subscribed to; `None` when it is not open.
    #[must_use]
    pub fn topics_in(&self, ctx: CtxId) -> Option<&Topics> {
        match ctx {
            CtxId::MAIN => Some(&self.topics),
            ctx => self.contexts.topics(ctx),
        }
    }

    /// Gives each context what it has subscribed to, and leaves what `MAIN` has. False when `MAIN`
    /// has no room for what it wants of this: then nobody has been given anything.
    // rfc: sp-pubsub B-36, B-38
    fn deal(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) -> bool {
        let mut main_wants = false;
        let topics = &self.topics;
        inbox.retain(|message| {
            // What all of them compare and give is all body. rfc: sp-pubsub B-04
            let is_whole = message.set_border(0);
            main_wants |= is_whole && topics.matches(message.body());
            is_whole
        });
        if main_wants && !self.pipes.has_room(pipe) {
            return false;
        }
        let (contexts, mut dropped) = (&mut self.contexts, 0_u64);
        inbox.retain(|message| {
            let is_dealt = contexts.deal(pipe, message, cx);
            let is_mains = topics.matches(message.body());
            dropped += u64::from(!is_dealt && !is_mains);
            is_mains
        });
        // rfc: sp-pubsub B-19
        if dropped > 0 {
            cx.drop_counted(Some(pipe), DropCause::Unsubscribed, dropped);
        }
        true
    }

    /// Drops what nobody wants, and counts it.
    // rfc: sp-pubsub B-03, B-04, B-19, B-20
    fn sift(&self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        sift(pipe, inbox, cx, |message| {
            let wanted = message.set_border(0) && self.topics.matches(message.body());
            wanted.then_some(()).ok_or(DropCause::Unsubscribed)
        });
    }
}

impl<M: Mode> Protocol for SubMachine<M> {
    // rfc: sp-pubsub B-02
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: ProtocolId::SUB,
            peer: ProtocolId::PUB,
        }
    }

    // rfc: sp-device D-01
    fn passage(&self) -> Option<Passage> {
        M::passage(Passage::IN)
    }

    // rfc: sp-pubsub B-29
    fn open(&mut self, ctx: CtxId, _: &mut Cx<'_>) {
        self.contexts.open(ctx);
    }

    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        self.contexts.close(ctx, cx);
        // rfc: sp-pubsub B-28
        if ctx == CtxId::MAIN {
            self.pipes.close(cx);
        }
    }

    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) -> Result<(), Reject> {
        self.pipes.insert(pipe, info.recv_priority);
        Ok(())
    }

    // rfc: sp-pubsub B-25
    fn detach(&mut self, pipe: PipeId, _: &mut Unsent<'_>, _: &mut Cx<'_>) {
        self.pipes.remove(pipe);
    }

    // rfc: sp-pubsub B-26
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
        // rfc: sp-pubsub B-29
        if ctx != CtxId::MAIN {
            *place = self.contexts.recv(ctx)?;
            return Ok(());
        }
        // rfc: sp-pubsub B-23, B-24
        if self.pipes.pop_into(place, cx) {
            Ok(())
        } else {
            Err(Verdict::Wait)
        }
    }

    #[inline]
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // rfc: sp-pubsub B-30
        if !self.pipes.contains(pipe) {
            return;
        }
        if self.contexts.is_empty() {
            self.sift(pipe, inbox, cx);
        } else if !self.deal(pipe, inbox, cx) {
            // So that the pipe is resumed when there is room.
            let _ = self.pipes.on_batch(pipe, inbox);
            return;
        }
        let was_empty = self.pipes.is_empty();
        // rfc: sp-pubsub B-24, B-27
        if self.pipes.on_batch(pipe, inbox) && was_empty {
            cx.wake(CtxId::MAIN);
        }
    }

    /// Nothing is ever pushed to a pipe, so this says nothing.
    fn on_writable(&mut self, _: PipeId, _: &mut Cx<'_>) {}

    // rfc: sp-pubsub B-31
    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) {
        self.pipes.set_priority(pipe, info.recv_priority);
    }

    // rfc: sp-pubsub B-26, B-29
    fn ready(&self, ctx: CtxId) -> Readiness {
        Readiness {
            send: false,
            recv: match ctx {
                CtxId::MAIN => !self.pipes.is_empty(),
                ctx => self.contexts.is_readable(ctx),
            },
        }
    }
}

impl<M: Mode> CanReceive for SubMachine<M> {}

impl HasContexts for Sub {}

#[cfg(test)]
mod table;
