//! Octets through live pipes: flushing, reading, ending. See `rfc/sp-endpoint.md`.

use std::sync::Arc;

use speedwell_engine::{EndReason, Intake};
use speedwell_transport::Scratch;

use super::Hub;
use crate::pipe::{Pipe, Writer, reason_of};
use crate::turn::{Task, Work};

/// Readings of one pipe in a row before others get their turn.
const READINGS_MAX: usize = 8;

/// What a pump left.
enum Pumped {
    /// The pipe has ended.
    Ended(EndReason),
    /// More can be read at once.
    More,
    /// It waits: for the source, or for its inbox to be taken.
    Waits { paused: bool },
}

impl Hub {
    /// Writes what a pipe holds, as far as that goes now.
    pub(crate) fn flush(&self, pipe: &Arc<Pipe>, writer: Writer, work: &mut Work) {
        let flushed = pipe.flush(writer);
        if flushed.writable {
            self.enter(work, |engine, turn| engine.on_writable(pipe.id, turn));
        }
        if let Some(reason) = flushed.ending {
            self.end(pipe, &reason, work);
        } else if flushed.failed {
            work.pump.push(pipe.clone());
        } else if flushed.finished && !flushed.awaits_peer {
            self.end(pipe, &EndReason::Local, work);
        }
    }

    /// Reads a pipe, and hands what arrived to the machine.
    pub(crate) fn pump(&self, pipe: &Arc<Pipe>, work: &mut Work) {
        let pumped = match &mut *pipe.rx.lock() {
            // The buffer comes second: whoever waits for its turn to read keeps none from others.
            Some(intake) => {
                let reactor = self.reactor.shared();
                reactor.with_scratch(|scratch| self.read_on(pipe, intake, scratch, work))
            }
            None => return,
        };
        match pumped {
            Pumped::Ended(EndReason::ClosedByPeer) if self.goes_on_writing(pipe) => {
                pipe.set_wants_read(false);
                self.enter(work, |engine, turn| engine.peer_ended(pipe.id, turn));
            }
            Pumped::Ended(reason) => self.end(pipe, &reason, work),
            Pumped::More => pipe.revisit(),
            Pumped::Waits { paused } => {
                if !paused && let Some(error) = pipe.failure() {
                    self.end(pipe, &EndReason::Broken(error), work);
                }
            }
        }
    }

    /// Whether a pipe whose peer has ended its side is to write what it holds, or the rest of a
    /// message. Closing may have begun in another thread, which has not carried out the command to
    /// finish yet.
    // rfc: sp-endpoint E-46 E-49
    fn goes_on_writing(&self, pipe: &Pipe) -> bool {
        if self.state.lock().engine.is_finishing(pipe.id) {
            pipe.finish();
        }
        pipe.goes_on_writing()
    }

    fn read_on(
        &self,
        pipe: &Arc<Pipe>,
        intake: &mut Intake,
        scratch: &mut Scratch,
        work: &mut Work,
    ) -> Pumped {
        if pipe.ends_when_taken() {
            let inbox = intake.inbox();
            self.enter(work, |engine, turn| engine.on_batch(pipe.id, inbox, turn));
            return if intake.is_paused() {
                Pumped::Waits { paused: true }
            } else {
                Pumped::Ended(EndReason::Local)
            };
        }
        for _ in 0..READINGS_MAX {
            let reading = intake.read(scratch);
            if reading.flush {
                work.add(Task::Flush(pipe.clone()));
            }
            if !intake.inbox().is_empty() {
                pipe.note_received();
                let inbox = intake.inbox();
                self.enter(work, |engine, turn| engine.on_batch(pipe.id, inbox, turn));
            }
            if let Some(end) = intake.finished() {
                return Pumped::Ended(reason_of(end));
            }
            if intake.is_paused() || !intake.has_more() {
                pipe.set_wants_read(intake.wants_source());
                return Pumped::Waits {
                    paused: intake.is_paused(),
                };
            }
        }
        Pumped::More
    }

    /// Ends a live pipe, unless a thread is writing, which does it then.
    pub(crate) fn end(&self, pipe: &Arc<Pipe>, reason: &EndReason, work: &mut Work) {
        let mut state = self.state.lock();
        let Some(remains) = pipe.take_remains(reason) else {
            return;
        };
        let closing = state.engine.is_closing();
        let cut = remains.is_cut();
        let mut unsent = remains.into_unsent(closing);
        state.call(work, |engine, turn| {
            engine.pipe_ended(pipe.id, reason, cut, &mut unsent, turn);
        });
        let slot = usize::try_from(pipe.id.slot()).unwrap_or(usize::MAX);
        let place = state
            .pipes
            .get_mut(slot)
            .and_then(|place| place.take_if(|known| Arc::ptr_eq(known, pipe)));
        self.leave(state, work);
        drop(unsent);
        drop(place);
        self.count_unread(pipe.rx.lock().take(), work);
        pipe.set_wants_read(false);
    }

    /// Drops the receiving side of a pipe that is gone, and counts what the machine had left in it.
    fn count_unread(&self, intake: Option<Intake>, work: &mut Work) {
        let left = intake.map_or(0, |mut intake| intake.inbox().clear());
        if left > 0 {
            let left = u64::try_from(left).unwrap_or(u64::MAX);
            self.enter(work, |engine, _| engine.on_unread(left));
        }
    }
}
