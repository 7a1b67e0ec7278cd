//! Draining a socket: what has begun is brought to its end, nothing is begun, and peers are told to
//! send no more. Bounded, like closing, into which it leads. See `rfc/sp-endpoint.md` section 13.

use std::time::Duration;

use speedwell_message::{CtxId, PipeId};
use speedwell_protocol::Engagement;

use super::{Due, Engine, Phase};
use crate::pipe::PipeState;
use crate::{Command, World};

impl Engine {
    /// Starts to drain, for at most `time`; a socket that is closing already goes on with that.
    // rfc: sp-endpoint E-90
    pub fn begin_drain(&mut self, time: Duration, world: &mut dyn World) {
        if self.core.phase != Phase::Open {
            return;
        }
        self.core.phase = Phase::Draining;
        if time.is_zero() {
            self.linger_over(world);
        } else if let Some(at) = world.now().checked_add(time) {
            self.core.timers.arm(Due::Linger, at);
        }
        self.progress_close(world);
    }

    /// Whether the application may send in a context: always until closing begins, and then only
    /// what it owes.
    // rfc: sp-endpoint E-91
    #[must_use]
    #[inline]
    pub fn may_send(&self, ctx: CtxId) -> bool {
        match self.core.phase {
            Phase::Open => true,
            Phase::Draining => self.machine.engagement(ctx) == Engagement::Owes,
            Phase::Emptying | Phase::Closing | Phase::Finishing | Phase::Closed => false,
        }
    }

    /// Whether the application may receive in a context: a socket that drains gives what was sent
    /// to it, but begins nothing that would have to be answered.
    // rfc: sp-endpoint E-91 E-92
    #[must_use]
    #[inline]
    pub fn may_recv(&self, ctx: CtxId) -> bool {
        match self.core.phase {
            Phase::Open => true,
            Phase::Draining | Phase::Emptying => match self.machine.engagement(ctx) {
                Engagement::None | Engagement::Awaits => true,
                Engagement::Idle | Engagement::Owes => false,
            },
            Phase::Closing | Phase::Finishing | Phase::Closed => false,
        }
    }

    /// Whether an exchange has begun in a context, or none ever will, since nothing can be sent or
    /// received there any more.
    // rfc: sp-waiting W-14
    #[must_use]
    pub fn is_in_exchange(&self, ctx: CtxId) -> bool {
        match self.machine.engagement(ctx) {
            Engagement::Owes | Engagement::Awaits => true,
            Engagement::None | Engagement::Idle => !self.may_send(ctx) && !self.may_recv(ctx),
        }
    }

    /// True once no call of the application can succeed any more.
    #[must_use]
    #[inline]
    pub fn is_shut(&self) -> bool {
        match self.core.phase {
            Phase::Open | Phase::Draining | Phase::Emptying => false,
            Phase::Closing | Phase::Finishing | Phase::Closed => true,
        }
    }

    /// The peer of a live pipe has ended its side, and the pipe goes on with the rest of a message:
    /// for at most the linger time, since the peer may not read any more.
    // rfc: sp-endpoint E-49
    pub fn peer_ended(&mut self, pipe: PipeId, world: &mut dyn World) {
        let linger = self.core.options.linger;
        let is_live = matches!(
            self.core.pipe_state(pipe),
            Some(PipeState::Live {
                finishing: false,
                ..
            })
        );
        if is_live && let Some(at) = world.now().checked_add(linger) {
            self.core.timers.arm(Due::ReadOut(pipe), at);
        }
    }

    pub(super) fn read_out_due(&mut self, pipe: PipeId) {
        if self.core.pipe(pipe).is_some_and(|pipe| pipe.is_live()) {
            self.core.commands.push_back(Command::End(pipe));
        }
    }

    /// Goes on with draining, as far as the state allows.
    pub(super) fn progress_drain(&mut self) {
        if self.core.phase == Phase::Draining {
            let engagement = self.machine.engagement(CtxId::ANY);
            let needs_peers = engagement == Engagement::Awaits || self.machine.held().messages > 0;
            if needs_peers {
                return;
            }
            self.drop_endpoints();
            match engagement {
                Engagement::Owes | Engagement::Awaits => {}
                Engagement::Idle => self.core.phase = Phase::Closing,
                Engagement::None => {
                    self.core.phase = Phase::Emptying;
                    self.half_close_pipes();
                }
            }
        }
        if self.core.phase == Phase::Emptying && self.core.pipes.is_empty() && !self.has_unread() {
            self.core.phase = Phase::Closing;
        }
    }

    /// Tells each peer that nothing more comes; its pipe ends when the peer has ended its side.
    // rfc: sp-endpoint E-92
    fn half_close_pipes(&mut self) {
        for (_, pipe) in &self.core.pipes {
            if let PipeState::Live { .. } = pipe.state {
                self.core.commands.push_back(Command::HalfClose(pipe.id));
            }
        }
    }

    /// Something waits to be received.
    fn has_unread(&self) -> bool {
        let mut contexts = self.core.contexts.iter();
        self.machine.ready(CtxId::MAIN).recv || contexts.any(|ctx| self.machine.ready(ctx).recv)
    }
}
