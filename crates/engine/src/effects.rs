//! The engine's side of a protocol's effects: they are noted, and pushes go to the driver.
//! See `rfc/0001-contracts.md`.

use std::time::Instant;

use speedwell_message::{CtxId, Flow, Message, PipeId};
use speedwell_protocol::{DropCause, Effects, EndCause, TimerKey};

use crate::engine::{Core, Due, Phase};
use crate::pipe::PipeState;
use crate::{Command, World};

/// One call of the machine: the engine's own state, and what the driver lends.
pub(crate) struct Call<'a> {
    pub(crate) core: &'a mut Core,
    pub(crate) world: &'a mut dyn World,
}

impl Effects for Call<'_> {
    fn now(&mut self) -> Instant {
        self.world.now()
    }

    fn random(&mut self) -> u64 {
        self.world.random()
    }

    fn push(&mut self, pipe: PipeId, message: &mut Message) -> Flow {
        let octets = u64::try_from(message.octets()).unwrap_or(u64::MAX);
        let flow = self.world.push(pipe, message);
        self.core.count_push(pipe, octets, flow);
        flow
    }

    fn is_drained(&mut self, pipe: PipeId) -> bool {
        self.world.is_drained(pipe)
    }

    fn arm(&mut self, key: TimerKey, at: Instant) {
        // rfc: sp-endpoint E-45
        if self.core.phase != Phase::Closed {
            self.core.timers.arm(Due::Machine(key), at);
        }
    }

    fn cancel(&mut self, key: TimerKey) {
        self.core.timers.cancel(Due::Machine(key));
    }

    fn wake(&mut self, ctx: CtxId) {
        if self.core.woken.last() != Some(&ctx) {
            self.core.woken.push(ctx);
        }
    }

    fn resume(&mut self, pipe: PipeId) {
        if let Some(PipeState::Live { paused, .. }) = self.core.pipe_state(pipe)
            && std::mem::take(paused)
        {
            self.core.commands.push_back(Command::Resume(pipe));
        }
    }

    fn close(&mut self, pipe: PipeId, cause: EndCause) {
        if let Some(PipeState::Live { ending, .. }) = self.core.pipe_state(pipe)
            && ending.replace(cause).is_none()
        {
            self.core.commands.push_back(Command::End(pipe));
        }
    }

    fn drop_counted(&mut self, pipe: Option<PipeId>, cause: DropCause, messages: u64) {
        let traffic = match pipe {
            Some(pipe) => self.core.traffic(pipe),
            None => &mut self.core.other.traffic,
        };
        traffic.count_drop(cause, messages);
        self.world.dropped(pipe, cause, messages);
    }
}
