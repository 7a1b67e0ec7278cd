//! The receiving side of the driver, in the order of the real one: read once, offer, and go on,
//! pause or wait. Looks into no message. Obeys `rfc/sp-endpoint.md` section 8.

use speedwell_engine::EndReason;
use speedwell_message::{PipeId, ProtocolId};
use speedwell_testkit::accounting::Event;
use speedwell_transport::End;

use super::pipe::LivePipe;
use super::{SimSocket, mark};
use crate::Bench;

/// What a reading left.
enum Left {
    Ended(EndReason),
    /// More can be read at once.
    More,
    /// It waits for its inbox to be taken.
    Paused,
    /// It waits for its bell.
    Waits,
}

impl SimSocket {
    /// Reads once from a pipe, and offers what there is. A paused pipe is read from in the same
    /// way: nothing but its intake remembers that its bell has rung.
    // rfc: sp-simulation S-21
    pub(super) fn read(&mut self, id: PipeId, bench: &mut Bench) {
        let Some(pipe) = self.pipes.get_mut(&id) else {
            return;
        };
        let Some(mut intake) = pipe.intake.take() else {
            return;
        };
        let reading = intake.read(&mut bench.scratch);
        if reading.flush {
            mark(&mut self.dirty, id);
        }
        if !intake.inbox().is_empty() {
            self.log_offer(id, bench);
            self.call(bench, |engine, lent| {
                engine.on_batch(id, intake.inbox(), lent);
            });
        }
        let left = match intake.finished() {
            Some(End::Closed) => Left::Ended(EndReason::ClosedByPeer),
            Some(End::Failed(error)) => Left::Ended(EndReason::Broken(error.clone())),
            None if intake.is_paused() => Left::Paused,
            None if intake.has_more() => Left::More,
            None => Left::Waits,
        };
        let Some(pipe) = self.pipes.get_mut(&id) else {
            return;
        };
        pipe.intake = Some(intake);
        match left {
            Left::Ended(EndReason::ClosedByPeer) if pipe.goes_on_writing() => {}
            Left::Ended(reason) => self.end_pipe(id, &reason, By::Reader, bench),
            Left::More => mark(&mut self.reading, id),
            Left::Paused => {}
            // rfc: sp-simulation S-25
            Left::Waits => {
                if let Some(error) = pipe.failed.clone() {
                    self.end_pipe(id, &EndReason::Broken(error), By::Other, bench);
                }
            }
        }
    }

    /// When an answer comes matters to who asks surveys, and to nobody else.
    fn log_offer(&self, id: PipeId, bench: &mut Bench) {
        let is_surveyor = self.engine.ids().me == ProtocolId::SURVEYOR;
        if let Some(wire) = self.wires.get(&id).filter(|_| is_surveyor) {
            let (link, octets) = (wire.inward(), wire.read(bench));
            bench.journal.log(Event::Offered { link, octets });
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
