//! The SUB machine. Never sends, never tells a peer what it wants, and never holds what nobody
//! subscribed to. Obeys `rfc/sp-pubsub.md` section 4.

use std::marker::PhantomData;

use speedwell_pipeset::{Cooked, FairQueue, Mode, Raw, sift};
use speedwell_protocol::{
    CanReceive, CtxId, Cx, DropCause, Inbox, Message, Passage, PipeId, PipeInfo, Protocol,
    ProtocolId, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};

use crate::{TopicError, Topics};

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

    /// What is subscribed to.
    #[must_use]
    pub fn topics(&self) -> &Topics {
        &self.topics
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

    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
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
            return Err(Verdict::Unsupported);
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
        self.sift(pipe, inbox, cx);
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
            recv: ctx == CtxId::MAIN && !self.pipes.is_empty(),
        }
    }
}

impl<M: Mode> CanReceive for SubMachine<M> {}

#[cfg(test)]
mod table;
