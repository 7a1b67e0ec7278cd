//! Messages through the engine: send, receive, batches, and room in a pipe. Moves no octet.
//! See `rfc/0001-contracts.md`.

use speedwell_message::{CtxId, Inbox, Message, PipeId};
use speedwell_protocol::{DropCause, EndCause, Readiness, Verdict};

use super::{Engine, Phase};
use crate::batch::wide;
use crate::pipe::PipeState;
use crate::{EndpointId, World, stats};

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

    /// The application receives; see [`speedwell_protocol::Protocol::recv_into`].
    ///
    /// # Errors
    ///
    /// The machine's verdict; then `place` is as it was.
    #[inline]
    pub fn recv_into(
        &mut self,
        ctx: CtxId,
        place: &mut Message,
        world: &mut dyn World,
    ) -> Result<(), Verdict> {
        let received = self.with_machine(world, |machine, cx| machine.recv_into(ctx, place, cx));
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
            Some(
                PipeState::Live { .. }
                | PipeState::Handshaking
                | PipeState::Waiting(_)
                | PipeState::Ended,
            )
            | None => Some(DropCause::Closed),
        };
        if let Some(cause) = refused {
            let dropped = wide(inbox.clear());
            return self.core.traffic(pipe).count_drop(cause, dropped);
        }
        let (messages, octets) = (inbox.len(), inbox.octets());
        self.with_machine(world, |machine, cx| machine.on_batch(pipe, inbox, cx));
        let taken = wide(messages.saturating_sub(inbox.len()));
        let octets = wide(octets.saturating_sub(inbox.octets()));
        if let Some(pipe) = self.core.pipe(pipe) {
            stats::add(&mut pipe.traffic.messages_in, taken);
            stats::add(&mut pipe.traffic.octets_in, octets);
            if let PipeState::Live { paused, .. } = &mut pipe.state {
                *paused = !inbox.is_empty();
            }
        }
        self.progress_close(world);
    }

    /// Messages were read from a pipe that is gone, and can no longer be offered to the machine.
    /// They count on the endpoint that it came by, see [`Engine::endpoint_of`].
    // rfc: sp-endpoint E-48, sp-monitor M-01
    pub fn on_unread(&mut self, endpoint: Option<EndpointId>, messages: u64) {
        let stats = match endpoint {
            Some(endpoint) => self.core.stats_of(endpoint),
            None => &mut self.core.other,
        };
        stats.traffic.count_drop(DropCause::Closed, messages);
    }

    /// A pipe that was full has sunk to half its limit.
    pub fn on_writable(&mut self, pipe: PipeId, world: &mut dyn World) {
        let Some(known) = self.core.pipe(pipe) else {
            return;
        };
        known.is_full = false;
        if let PipeState::Live {
            finishing: false, ..
        } = known.state
        {
            self.with_machine(world, |machine, cx| machine.on_writable(pipe, cx));
            self.progress_close(world);
        }
    }
}
