//! The receiving side of the driver: read a little, offer it, pause or go on. Looks into no
//! message. Obeys `rfc/sp-endpoint.md` section 8.

use speedwell_engine::EndReason;
use speedwell_message::PipeId;
use speedwell_transport::End;

use super::pipe::LivePipe;
use super::{SimSocket, mark};
use crate::Bench;

impl SimSocket {
    /// Reads once from a pipe, and offers what came.
    pub(super) fn read(&mut self, id: PipeId, bench: &mut Bench) {
        let Some(intake) = self
            .pipes
            .get_mut(&id)
            .and_then(|pipe| pipe.intake.as_mut())
        else {
            return;
        };
        if intake.is_paused() {
            return;
        }
        let reading = intake.read(&mut bench.scratch);
        if reading.flush {
            mark(&mut self.dirty, id);
        }
        self.offer(id, bench);
    }

    /// Offers the inbox of a pipe, and goes on with what follows: pausing, reading, the end.
    pub(super) fn offer(&mut self, id: PipeId, bench: &mut Bench) {
        let Some(mut intake) = self.pipes.get_mut(&id).and_then(|pipe| pipe.intake.take()) else {
            return;
        };
        self.call(bench, |engine, lent| {
            engine.on_batch(id, intake.inbox(), lent);
        });
        let (is_paused, has_more) = (intake.is_paused(), intake.has_more());
        let wants_source = intake.wants_source();
        let end = intake.finished().cloned();
        if let Some(pipe) = self.pipes.get_mut(&id) {
            pipe.intake = Some(intake);
        }
        match end {
            Some(End::Closed) => self.end_pipe(id, &EndReason::ClosedByPeer, By::Reader, bench),
            Some(End::Failed(error)) => {
                self.end_pipe(id, &EndReason::Broken(error), By::Reader, bench);
            }
            None if is_paused => {}
            None if has_more => mark(&mut self.reading, id),
            None => debug_assert!(wants_source, "a pipe waits for something"),
        }
    }

    /// Octets that were read on all pipes and not taken by the machine.
    #[must_use]
    pub fn waiting_octets(&mut self) -> usize {
        let intakes = self.pipes.values_mut();
        let waiting = |pipe: &mut LivePipe| Some(pipe.intake.as_mut()?.inbox().octets());
        intakes.filter_map(waiting).sum()
    }
}

/// What brought a pipe to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Its reader came to the end, and everything before it was taken.
    Reader,
    /// Something else.
    Other,
}
