//! The contexts of SUB beside `MAIN`: each has topics of its own, and a queue of what matched them.
//! None holds up another, nor a pipe: who does not receive misses. Obeys `rfc/sp-pubsub.md`
//! section 9.

use std::collections::BTreeMap;

use speedwell_protocol::{CtxId, Cx, DropCause, Inbox, Message, PipeId, Verdict};

use crate::Topics;

/// Messages that wait in one context at most.
pub const CONTEXT_MESSAGES_MAX: usize = 1024;

/// Octets of messages from which on one context takes no further message. A message of any size
/// fits an empty queue.
pub const CONTEXT_OCTETS_MAX: usize = 1024 * 1024;

#[derive(Debug, Default)]
pub(super) struct Contexts {
    open: BTreeMap<CtxId, Context>,
}

#[derive(Debug, Default)]
struct Context {
    topics: Topics,
    queue: Inbox,
}

impl Context {
    fn is_full(&self) -> bool {
        self.queue.len() >= CONTEXT_MESSAGES_MAX || self.queue.octets() >= CONTEXT_OCTETS_MAX
    }
}

impl Contexts {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn open(&mut self, ctx: CtxId) {
        self.open.entry(ctx).or_default();
    }

    /// Closes one, or with `MAIN` all.
    // rfc: sp-pubsub B-28, B-39
    pub(super) fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        let closed = match ctx {
            CtxId::MAIN => std::mem::take(&mut self.open),
            ctx => self.open.remove_entry(&ctx).into_iter().collect(),
        };
        for mut context in closed.into_values() {
            while let Some(message) = context.queue.pop() {
                cx.drop_counted(message.origin(), DropCause::Closed, 1);
            }
        }
    }

    pub(super) fn topics_mut(&mut self, ctx: CtxId) -> Option<&mut Topics> {
        self.open.get_mut(&ctx).map(|context| &mut context.topics)
    }

    pub(super) fn topics(&self, ctx: CtxId) -> Option<&Topics> {
        self.open.get(&ctx).map(|context| &context.topics)
    }

    /// Gives a message to each that has subscribed to it. True when one has.
    // rfc: sp-pubsub B-36, B-37
    pub(super) fn deal(&mut self, pipe: PipeId, message: &Message, cx: &mut Cx<'_>) -> bool {
        let mut is_wanted = false;
        for (ctx, context) in &mut self.open {
            if !context.topics.matches(message.body()) {
                continue;
            }
            is_wanted = true;
            if context.is_full() {
                cx.drop_counted(Some(pipe), DropCause::Overflow, 1);
                continue;
            }
            if context.queue.is_empty() {
                cx.wake(*ctx);
            }
            context.queue.push(message.clone());
        }
        is_wanted
    }

    // rfc: sp-pubsub B-29
    pub(super) fn recv(&mut self, ctx: CtxId) -> Result<Message, Verdict> {
        let context = self.open.get_mut(&ctx).ok_or(Verdict::State)?;
        context.queue.pop().ok_or(Verdict::Wait)
    }

    pub(super) fn is_readable(&self, ctx: CtxId) -> bool {
        let context = self.open.get(&ctx);
        context.is_some_and(|context| !context.queue.is_empty())
    }
}
