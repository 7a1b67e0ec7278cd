//! Requests and surveys on their way to who answers: checked as they arrive, then in one fair
//! order. Never holds one without a whole back-trace. Obeys `rfc/sp-reqrep.md` section 5.

use std::num::NonZeroU8;

use speedwell_protocol::{Cx, DropCause, Inbox, Message, PipeId, Priority};
use speedwell_wire::words::{self, Backtrace, scan_backtrace};

use crate::{FairQueue, sift};

/// How many words a back-trace may have, the request id among them, unless set otherwise.
pub const TTL_DEFAULT: NonZeroU8 = match NonZeroU8::new(words::TTL_DEFAULT) {
    Some(ttl) => ttl,
    None => NonZeroU8::MIN,
};

/// The requests of all peers, each with its back-trace as the header.
#[derive(Debug)]
pub(crate) struct Requests {
    queue: FairQueue,
    ttl: NonZeroU8,
}

impl Requests {
    pub(crate) fn set_ttl(&mut self, ttl: NonZeroU8) {
        self.ttl = ttl;
    }

    pub(crate) fn ttl(&self) -> NonZeroU8 {
        self.ttl
    }

    pub(crate) fn insert(&mut self, pipe: PipeId, priority: Priority) {
        self.queue.insert(pipe, priority);
    }

    // rfc: sp-reqrep R-25
    pub(crate) fn remove(&mut self, pipe: PipeId) {
        self.queue.remove(pipe);
    }

    // rfc: sp-reqrep R-40
    pub(crate) fn set_priority(&mut self, pipe: PipeId, priority: Priority) {
        self.queue.set_priority(pipe, priority);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Drops what is no request, and takes the rest or leaves it. True when there is a request
    /// now and was none before.
    pub(crate) fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) -> bool {
        let was_empty = self.is_empty();
        sift(pipe, inbox, cx, |message| {
            let octets = message.header().iter().chain(message.body());
            // rfc: sp-reqrep
            match scan_backtrace(octets, self.ttl.get()) {
                Backtrace::Found { octets, .. } => {
                    message.set_origin(Some(pipe));
                    let is_whole = message.set_border(octets);
                    is_whole.then_some(()).ok_or(DropCause::Malformed)
                }
                Backtrace::Malformed => Err(DropCause::Malformed),
                Backtrace::TooManyHops => Err(DropCause::TooManyHops),
            }
        });
        // rfc: sp-reqrep R-25
        self.queue.on_batch(pipe, inbox) && was_empty
    }

    /// Puts the next request in a place; its origin is the pipe it came on. False, with nothing
    /// changed, when there is none.
    #[inline]
    pub(crate) fn pop_into(&mut self, place: &mut Message, cx: &mut Cx<'_>) -> bool {
        self.queue.pop_into(place, cx)
    }

    // rfc: sp-reqrep R-39
    pub(crate) fn close(&mut self, cx: &mut Cx<'_>) {
        self.queue.close(cx);
    }
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            queue: FairQueue::new(),
            ttl: TTL_DEFAULT,
        }
    }
}
