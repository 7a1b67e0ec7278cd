//! Closing a socket: bounded, and with an account of what was left. See `rfc/sp-endpoint.md`.

use std::time::Duration;

use speedwell_message::{CtxId, Message, PipeId};
use speedwell_protocol::DropCause;

use super::{Core, Due, Engine, Phase};
use crate::batch::wide;
use crate::events::EndpointChange;
use crate::pipe::PipeState;
use crate::{CloseReport, Command, World, stats};

impl Engine {
    /// Starts to close: nothing new is accepted, and what was accepted is sent for at most
    /// `linger`. Further calls change nothing.
    // rfc: sp-endpoint E-40
    pub fn begin_close(&mut self, linger: Duration, world: &mut dyn World) {
        if self.core.phase != Phase::Open {
            return;
        }
        self.core.phase = Phase::Closing;
        if linger.is_zero() {
            self.linger_over(world);
        } else if let Some(at) = world.now().checked_add(linger) {
            self.core.timers.arm(Due::Linger, at);
        }
        self.progress_close(world);
    }

    /// True once every pipe and endpoint is gone.
    #[must_use]
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.core.phase == Phase::Closed
    }

    /// True from the start of closing on.
    #[must_use]
    #[inline]
    pub fn is_closing(&self) -> bool {
        self.core.phase != Phase::Open
    }

    /// What could not be sent, once the socket is closed.
    #[must_use]
    pub fn close_report(&self) -> CloseReport {
        self.core.report
    }

    /// Goes on with closing, as far as the state allows. While the machine still holds messages
    /// its endpoints go on, so that a peer may yet take them.
    // rfc: sp-endpoint E-41
    pub(super) fn progress_close(&mut self, world: &mut dyn World) {
        self.progress_drain();
        if self.core.phase == Phase::Closing && self.machine.held().messages == 0 {
            self.enter_finishing(world);
            self.finish_pipes();
        }
        if self.core.phase == Phase::Finishing && self.core.pipes.is_empty() {
            self.core.phase = Phase::Closed;
            self.core.timers.clear();
        }
    }

    /// The time for closing is over: what is left is counted and ended.
    // rfc: sp-endpoint E-42
    pub(super) fn linger_over(&mut self, world: &mut dyn World) {
        if self.core.phase == Phase::Emptying {
            self.core.report.unconfirmed = wide(self.live_pipes());
        }
        if self.core.phase != Phase::Finishing && self.core.phase != Phase::Closed {
            let held = self.machine.held();
            self.core.report_left(held.messages, held.octets);
            self.enter_finishing(world);
        }
        for (_, pipe) in &mut self.core.pipes {
            if let PipeState::Live { finishing, .. } = &mut pipe.state {
                *finishing = true;
            }
        }
        self.end_pipes(|_| true);
    }

    /// From here on the machine hears of its timers and of the ends of pipes. It drops and counts
    /// what it has: what the application did not take, and what was not sent.
    // rfc: sp-endpoint E-48
    fn enter_finishing(&mut self, world: &mut dyn World) {
        self.core.phase = Phase::Finishing;
        self.drop_endpoints();
        let held = self.machine.held().messages;
        let before = self.stats().dropped(DropCause::Closed);
        self.with_machine(world, |machine, cx| machine.close(CtxId::MAIN, cx));
        let dropped = self.stats().dropped(DropCause::Closed) - before;
        self.core.report.unread = dropped.saturating_sub(held);
    }

    pub(super) fn drop_endpoints(&mut self) {
        for (id, endpoint) in std::mem::take(&mut self.core.endpoints) {
            self.core.fold_endpoint(&endpoint);
            self.core.tell(id, || EndpointChange::Closed);
            self.core.timers.cancel(Due::Endpoint(id));
            self.core.commands.push_back(Command::DropEndpoint(id));
        }
        self.end_pipes(|pipe| !pipe.is_live());
    }

    /// Lets the live pipes write what they hold and end. A paused one reads on, so that what its
    /// peer still sends is taken off the connection and does not break it.
    // rfc: sp-endpoint E-44
    fn finish_pipes(&mut self) {
        let Core {
            pipes, commands, ..
        } = &mut self.core;
        for (_, pipe) in pipes {
            if let PipeState::Live {
                paused, finishing, ..
            } = &mut pipe.state
            {
                *finishing = true;
                commands.push_back(Command::Finish(pipe.id));
                if std::mem::take(paused) {
                    commands.push_back(Command::Resume(pipe.id));
                }
            }
        }
    }

    /// Counts what a pipe that was told to finish, or to end at the close, did not send.
    // rfc: sp-endpoint E-43
    pub(super) fn report_unsent(
        &mut self,
        pipe: PipeId,
        unsent: &mut dyn Iterator<Item = Message>,
    ) {
        let (mut messages, mut octets) = (0_u64, 0_u64);
        for message in unsent {
            messages = messages.saturating_add(1);
            octets = octets.saturating_add(wide(message.octets()));
        }
        let traffic = self.core.traffic(pipe);
        stats::add(&mut traffic.returned, messages);
        traffic.count_drop(DropCause::Closed, messages);
        self.core.report_left(messages, octets);
    }
}

impl Core {
    /// How many messages were dropped because this pipe ended.
    pub(super) fn lost_with(&mut self, pipe: PipeId) -> u64 {
        self.traffic(pipe).dropped(DropCause::PipeLost)
    }

    /// Adds messages that never left to the report, once closing has begun.
    pub(super) fn report_left(&mut self, messages: u64, octets: u64) {
        if self.phase != Phase::Open {
            let CloseReport {
                unsent,
                unsent_octets,
                ..
            } = &mut self.report;
            *unsent = unsent.saturating_add(messages);
            *unsent_octets = unsent_octets.saturating_add(octets);
        }
    }

    /// Counts a message that left in part.
    // rfc: sp-endpoint E-43 E-47
    pub(super) fn count_cut(&mut self, pipe: PipeId) {
        stats::add(&mut self.traffic(pipe).cut, 1);
        if self.phase != Phase::Open {
            self.report.cut = self.report.cut.saturating_add(1);
        }
    }
}
