//! The machine of BUS and of raw SURVEYOR. Never keeps what it heard from whom, never sends a
//! message where it came from, never lets a slow peer cost another one a message. Obeys
//! `rfc/sp-bus.md` and `rfc/sp-survey.md` section 5.

use std::fmt::Debug;
use std::marker::PhantomData;

use speedwell_protocol::{
    CanReceive, CanSend, CtxId, Cx, DropCause, Held, Inbox, Message, Passage, PipeId, PipeInfo,
    Protocol, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};

use crate::{Distribute, FairQueue, Overflow, sift};

/// Which protocol an [`Assembly`] is: who is there, and what headers mean.
pub trait Speech: Debug + Send + 'static {
    /// What it announces, and who may be there.
    const IDS: ProtocolIds;

    /// Makes of a message of the application what goes to the peers, and says the word of the pipe
    /// that does not get it, if there is one.
    ///
    /// # Errors
    ///
    /// [`Verdict::BadHeader`] when the header is none that can be sent; then nothing has changed.
    fn to_send(message: &mut Message) -> Result<Option<u32>, Verdict>;

    /// Looks at what has just arrived.
    ///
    /// # Errors
    ///
    /// A cause, when it makes no sense: it is dropped, and counted under that.
    fn judge(message: &Message) -> Result<(), DropCause>;

    /// Makes of what arrived what the application receives.
    fn to_receive(message: &mut Message);

    /// What a raw machine says of itself to devices.
    fn passage() -> Option<Passage>;
}

/// Peers that all get each message, and that are all heard: what BUS is, and SURVEYOR to devices.
///
/// ```text
///             a batch is taken (a pipe has at most one)   rfc/sp-bus.md section 5
///   Empty ──────────────────────────────────────────► Ready
///     ▲                                               gives messages
///     └────────────── the last message is given ────────┘
///
///             a pipe is full, and the policy is to block
///   Open ─────────────────────────────────────────────► Blocked
///   sends ◄──────────────────────────────────────────── waits
///             no pipe is full any more, or the policy is to drop
/// ```
///
/// The upper states are those of [`FairQueue`], the lower ones those of [`Distribute`]; neither
/// looks at the other.
#[derive(Debug)]
pub struct Assembly<S> {
    peers: Distribute,
    heard: FairQueue,
    speech: PhantomData<S>,
}

impl<S> Assembly<S> {
    /// A machine without peers; allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another policy than to drop the newest.
    #[must_use]
    pub fn with_overflow(mut self, overflow: Overflow) -> Self {
        self.peers.set_overflow(overflow);
        self
    }

    /// Says what becomes of a message while a peer is full, from the next one on.
    // rfc: sp-bus B-15, sp-survey S-26
    pub fn set_overflow(&mut self, overflow: Overflow, cx: &mut Cx<'_>) {
        let is_freed = self.peers.set_overflow(overflow);
        wake_if(is_freed, cx);
    }

    /// What becomes of a message while a peer is full.
    #[must_use]
    pub fn overflow(&self) -> Overflow {
        self.peers.overflow()
    }

    /// The number of pipes.
    #[must_use]
    pub fn pipes_len(&self) -> usize {
        self.peers.len()
    }
}

impl<S> Default for Assembly<S> {
    fn default() -> Self {
        Self {
            peers: Distribute::new(),
            heard: FairQueue::new(),
            speech: PhantomData,
        }
    }
}

// rfc: sp-bus B-08, B-15, sp-survey S-16, S-26
fn wake_if(is_ready: bool, cx: &mut Cx<'_>) {
    if is_ready {
        cx.wake(CtxId::MAIN);
    }
}

impl<S: Speech> Protocol for Assembly<S> {
    // rfc: sp-device D-01
    fn passage(&self) -> Option<Passage> {
        S::passage()
    }

    fn ids(&self) -> ProtocolIds {
        S::IDS
    }

    // rfc: sp-bus B-10, sp-survey S-25
    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        if ctx == CtxId::MAIN {
            self.heard.close(cx);
            self.peers.close(cx);
        }
    }

    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) -> Result<(), Reject> {
        self.peers.insert(pipe);
        self.heard.insert(pipe, info.recv_priority);
        Ok(())
    }

    // rfc: sp-bus B-07, B-08
    fn detach(&mut self, pipe: PipeId, _: &mut Unsent<'_>, cx: &mut Cx<'_>) {
        self.heard.remove(pipe);
        let is_freed = self.peers.remove(pipe, cx);
        wake_if(is_freed, cx);
    }

    #[inline]
    fn send(
        &mut self,
        ctx: CtxId,
        message: &mut Option<Message>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-bus B-09, sp-survey S-24
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-bus B-15, sp-survey S-26
        if self.peers.is_blocked() {
            return Err(Verdict::Wait);
        }
        let source = message.as_mut().map_or(Ok(None), S::to_send)?;
        // rfc: sp-bus B-12
        let source = source.and_then(|word| self.peers.iter().find(|pipe| pipe.word() == word));
        // rfc: sp-bus B-05, B-06, sp-survey S-07, S-23
        self.peers.push(message, source, cx)
    }

    #[inline]
    fn recv_into(
        &mut self,
        ctx: CtxId,
        place: &mut Message,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-bus B-09, sp-survey S-24
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-bus B-02, B-08, sp-survey S-05, S-23
        if !self.heard.pop_into(place, cx) {
            return Err(Verdict::Wait);
        }
        S::to_receive(place);
        Ok(())
    }

    #[inline]
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // rfc: sp-bus B-14, sp-survey S-22
        if !self.peers.contains(pipe) {
            return;
        }
        let was_empty = self.heard.is_empty();
        // rfc: sp-survey S-23
        sift(pipe, inbox, cx, |message| S::judge(message));
        // rfc: sp-bus B-08, sp-survey S-16
        wake_if(self.heard.on_batch(pipe, inbox) && was_empty, cx);
    }

    // rfc: sp-bus B-15, sp-survey S-26
    fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) {
        let is_freed = self.peers.on_writable(pipe, cx);
        wake_if(is_freed, cx);
    }

    // rfc: sp-bus B-08
    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) {
        self.heard.set_priority(pipe, info.recv_priority);
    }

    // rfc: sp-bus B-05, B-15
    fn ready(&self, ctx: CtxId) -> Readiness {
        let main = ctx == CtxId::MAIN;
        Readiness {
            send: main && !self.peers.is_blocked(),
            recv: main && !self.heard.is_empty(),
        }
    }

    fn held(&self) -> Held {
        self.peers.held()
    }
}

impl<S: Speech> CanSend for Assembly<S> {}

impl<S: Speech> CanReceive for Assembly<S> {}
