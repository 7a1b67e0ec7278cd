//! The BUS machine. Never waits to send, never sends a message where it came from, never lets a
//! slow peer cost another one anything. Obeys `rfc/sp-bus.md`.

use std::marker::PhantomData;

use speedwell_pipeset::{Cooked, Distribute, FairQueue, Mode, Raw};
use speedwell_protocol::{
    CanReceive, CanSend, CtxId, Cx, DropCause, Inbox, Message, Passage, PipeId, PipeInfo, Protocol,
    ProtocolId, ProtocolIds, RawHeader, Readiness, Reject, Unsent, Verdict,
};

/// BUS for applications: each message to all peers, and those of all peers in one fair order.
pub type Bus = BusMachine<Cooked>;

/// BUS for devices and inspection. The header of what is received names the pipe it came on, and
/// the header of what is sent the pipe that does not get it.
pub type RawBus = BusMachine<Raw>;

/// What the two forms of BUS do differently.
pub trait Form: Mode {
    /// Makes of a received message what the application gets.
    fn received(message: &mut Message);

    /// Takes the header off a message to be sent: the word of the pipe that does not get it.
    ///
    /// # Errors
    ///
    /// [`Verdict::BadHeader`] when the header is none that this form sends.
    fn take_source(message: &mut Message) -> Result<Option<u32>, Verdict>;
}

impl Form for Cooked {
    // rfc: sp-bus B-03
    fn received(_: &mut Message) {}

    // rfc: sp-bus B-04
    fn take_source(message: &mut Message) -> Result<Option<u32>, Verdict> {
        Self::check(message).map(|()| None)
    }
}

impl Form for Raw {
    // rfc: sp-bus B-11
    fn received(message: &mut Message) {
        if let Some(pipe) = message.origin() {
            message.set_header(&pipe.word().to_be_bytes());
        }
    }

    // rfc: sp-bus B-12, B-13
    fn take_source(message: &mut Message) -> Result<Option<u32>, Verdict> {
        let source = match message.header() {
            [] => return Ok(None),
            &[a, b, c, d] => u32::from_be_bytes([a, b, c, d]),
            _ => return Err(Verdict::BadHeader),
        };
        message.set_header(&[]);
        Ok(Some(source))
    }
}

/// The machine behind [`Bus`] and [`RawBus`]. Sending is always possible; receiving has two states:
///
/// ```text
///             a batch is taken (the pipe has at most one)     rfc/sp-bus.md section 5
///   Empty ──────────────────────────────────────────────► Ready
///     ▲                                                   gives messages
///     └────────────── the last message is given ────────────┘
/// ```
#[derive(Debug, Default)]
pub struct BusMachine<F: Form> {
    peers: Distribute,
    heard: FairQueue,
    form: PhantomData<F>,
}

impl<F: Form> BusMachine<F> {
    /// A machine without peers; allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<F: Form> Protocol for BusMachine<F> {
    // rfc: sp-bus B-01
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: ProtocolId::BUS,
            peer: ProtocolId::BUS,
        }
    }

    // rfc: sp-device D-01
    fn passage(&self) -> Option<Passage> {
        F::passage(Passage::BOTH_WAYS.with_header(RawHeader::StaysHere))
    }

    // rfc: sp-bus B-10
    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        if ctx == CtxId::MAIN {
            self.heard.close(cx);
        }
    }

    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) -> Result<(), Reject> {
        self.peers.insert(pipe);
        self.heard.insert(pipe, info.recv_priority);
        Ok(())
    }

    // rfc: sp-bus B-07, B-08
    fn detach(&mut self, pipe: PipeId, _: &mut Unsent<'_>, _: &mut Cx<'_>) {
        self.peers.remove(pipe);
        self.heard.remove(pipe);
    }

    #[inline]
    fn send(
        &mut self,
        ctx: CtxId,
        message: &mut Option<Message>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-bus B-09
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        let source = message.as_mut().map_or(Ok(None), F::take_source)?;
        let Some(message) = message.take() else {
            return Ok(());
        };
        // rfc: sp-bus B-12
        let source = source.and_then(|word| self.peers.iter().find(|pipe| pipe.word() == word));
        // rfc: sp-bus B-05, B-06
        if self.peers.len() == usize::from(source.is_some()) {
            cx.drop_counted(None, DropCause::NoPeer, 1);
        }
        self.peers.push_all(&message, source, cx);
        Ok(())
    }

    #[inline]
    fn recv(&mut self, ctx: CtxId, cx: &mut Cx<'_>) -> Result<Message, Verdict> {
        // rfc: sp-bus B-09
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-bus B-02, B-08
        let mut message = self.heard.pop(cx).ok_or(Verdict::Wait)?;
        let _ = message.set_border(0);
        F::received(&mut message);
        Ok(message)
    }

    #[inline]
    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // rfc: sp-bus B-14
        if !self.peers.contains(pipe) {
            return;
        }
        let was_empty = self.heard.is_empty();
        // rfc: sp-bus B-08
        if self.heard.on_batch(pipe, inbox) && was_empty {
            cx.wake(CtxId::MAIN);
        }
    }

    fn on_writable(&mut self, pipe: PipeId, _: &mut Cx<'_>) {
        self.peers.on_writable(pipe);
    }

    // rfc: sp-bus B-08
    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, _: &mut Cx<'_>) {
        self.heard.set_priority(pipe, info.recv_priority);
    }

    // rfc: sp-bus B-05
    fn ready(&self, ctx: CtxId) -> Readiness {
        let main = ctx == CtxId::MAIN;
        Readiness {
            send: main,
            recv: main && !self.heard.is_empty(),
        }
    }
}

impl<F: Form> CanSend for BusMachine<F> {}

impl<F: Form> CanReceive for BusMachine<F> {}

#[cfg(test)]
mod table;
