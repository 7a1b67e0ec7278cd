//! Messages through the engine: send, receive, batches, and room in a pipe. Moves no octet.
//! See `rfc/0001-contracts.md`.

use speedwell_message::{CtxId, Inbox, Message, PipeId};
use speedwell_protocol::{DropCause, EndCause, Readiness, Verdict};

use super::{Engine, Phase};
use crate::World;
use crate::batch::wide;
use crate::pipe::PipeState;

impl Engine {
    /// The application sends; see [`speedwell_protocol::Protocol::send`].
    ///
    /// # Errors
    ///
    /// The machine's verdict; then `message` is still there.
    #[inline]
    pub fn send(
        &mut self,
        ctx: CtxId,
        message: &mut Option<Message>,
        world: &mut dyn World,
    ) -> Result<(), Verdict> {
        if self.core.phase == Phase::Open {
            return self.with_machine(world, |machine, cx| machine.send(ctx, message, cx));
        }
        if !self.may_send(ctx) {
            return Err(Verdict::State);
        }
        let sent = self.with_machine(world, |machine, cx| machine.send(ctx, message, cx));
        self.progress_close(world);
        sent
    }

    /// The application receives; see [`speedwell_protocol::Protocol::recv`].
    ///
    /// # Errors
    ///
    /// The machine's verdict.
    #[inline]
    pub fn recv(&mut self, ctx: CtxId, world: &mut dyn World) -> Result<Message, Verdict> {
        let received = self.with_machine(world, |machine, cx| machine.recv(ctx, cx));
        if self.core.phase != Phase::Open {
            self.progress_close(world);
        }
        received
    }

    /// What `send` and `recv` would do now.
    #[must_use]
    pub fn ready(&self, ctx: CtxId) -> Readiness {
        self.machine.ready(ctx)
    }

    /// Offers what a pipe received. What is left in `inbox` pauses the pipe until
    /// [`Command::Resume`](crate::Command::Resume). What came on a pipe that was told to finish,
    /// that was ended for a violation or that is gone is taken, dropped and counted.
    // rfc: sp-endpoint E-30 E-44 E-48
    pub fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, world: &mut dyn World) {
        if inbox.is_empty() {
            return;
        }
        let refused = match self.core.pipe_state(pipe) {
            Some(PipeState::Live {
                ending: None,
                finishing: false,
                ..
            }) => None,
            Some(PipeState::Live {
                ending: Some(EndCause::Violation),
                ..
            }) => Some(DropCause::Violation),
            Some(PipeState::Live { .. } | PipeState::Handshaking) | None => Some(DropCause::Closed),
        };
        if let Some(cause) = refused {
            let dropped = wide(inbox.clear());
            return self.core.stats.count_drop(cause, dropped);
        }
        let (messages, octets) = (inbox.len(), inbox.octets());
        self.with_machine(world, |machine, cx| machine.on_batch(pipe, inbox, cx));
        let taken = wide(messages.saturating_sub(inbox.len()));
        let stats = &mut self.core.stats;
        stats.messages_in = stats.messages_in.saturating_add(taken);
        let octets = wide(octets.saturating_sub(inbox.octets()));
        stats.octets_in = stats.octets_in.saturating_add(octets);
        if let Some(PipeState::Live { paused, .. }) = self.core.pipe_state(pipe) {
            *paused = !inbox.is_empty();
        }
        self.progress_close(world);
    }

    /// Messages were read from a pipe that is gone, and can no longer be offered to the machine.
    // rfc: sp-endpoint E-48
    pub fn on_unread(&mut self, messages: u64) {
        self.core.stats.count_drop(DropCause::Closed, messages);
    }

    /// A pipe that was full has sunk to half its limit.
    pub fn on_writable(&mut self, pipe: PipeId, world: &mut dyn World) {
        if let Some(PipeState::Live {
            finishing: false, ..
        }) = self.core.pipe_state(pipe)
        {
            self.with_machine(world, |machine, cx| machine.on_writable(pipe, cx));
            self.progress_close(world);
        }
    }
}
