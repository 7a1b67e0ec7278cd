//! Octets through live pipes: flushing, reading, ending. See `rfc/sp-endpoint.md`.

use std::io;
use std::sync::Arc;

use speedwell_engine::{EndReason, EndpointId, Intake};
use speedwell_transport::{Error, Scratch};

use super::Hub;
use crate::pipe::{Flushed, Pipe, TxSide, Writer, reason_of};
use crate::sync::{MutexGuard, now};
use crate::trace::hop;
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
        let flushed = self.write_out(pipe, writer);
        if let Some(peer) = flushed.ring {
            work.add(Task::Ring(peer));
        }
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
        // rfc: sp-waiting W-61
        if let Err(error) = pipe.look() {
            return self.end(pipe, &EndReason::Broken(error), work);
        }
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
        let mut state = self.state.lock();
        let is_finishing = state.engine.is_finishing(pipe.id);
        state.tx(pipe.id).is_some_and(|tx| {
            if is_finishing {
                tx.finish();
            }
            tx.goes_on_writing(pipe)
        })
    }

    /// Asks that the peer be told that nothing more comes, once everything is sent.
    pub(super) fn finish(&self, pipe: &Pipe) {
        if let Some(tx) = self.state.lock().tx(pipe.id) {
            tx.finish();
        }
    }

    /// Asks for the same, and that the pipe go on until the peer has told the same.
    pub(super) fn half_close(&self, pipe: &Pipe) {
        if let Some(tx) = self.state.lock().tx(pipe.id) {
            tx.half_close();
        }
    }

    /// Writes what waits, batch after batch with no lock held, until none is left; unless somebody
    /// else is writing or the kernel takes nothing.
    fn write_out(&self, pipe: &Pipe, writer: Writer) -> Flushed {
        let mut found = Flushed::default();
        let mut state = self.state.lock();
        let stream = state.tx(pipe.id).and_then(|tx| tx.begin(pipe, &mut found));
        let Some(mut stream) = stream else {
            return found;
        };
        let mut is_idle = true;
        // The pipe stays where it is while it is being written.
        while let Some(mut batch) = state.tx(pipe.id).and_then(TxSide::take_batch) {
            let remaining = batch.remaining();
            let began = (writer == Writer::Sender).then(now);
            let result = MutexGuard::unlocked(&mut state, || {
                hop!("Batch", pipe = pipe.id.word(), octets = remaining);
                pipe.write(&mut *stream, &mut batch)
            });
            let written = remaining.saturating_sub(batch.remaining());
            if written > 0 {
                pipe.note_sent();
            }
            if let Some(tx) = state.tx(pipe.id) {
                if let Some(began) = began {
                    tx.measure(began, remaining);
                }
                found.writable |= tx.give_back(batch, written);
            }
            if let Err(error) = result {
                is_idle = false;
                if error.kind() == io::ErrorKind::WouldBlock {
                    pipe.block();
                } else {
                    pipe.note_failure(Error::from_io("cannot send", error));
                    found.failed = true;
                }
                break;
            }
        }
        if is_idle && state.tx(pipe.id).is_some_and(TxSide::is_to_shut) {
            // A connection that is gone already needs no farewell.
            let _ = MutexGuard::unlocked(&mut state, || stream.shutdown_write());
            found.finished = true;
        }
        let tx = state.tx(pipe.id);
        let is_watch_old = tx.is_some_and(|tx| tx.end(pipe, stream, is_idle, &mut found));
        drop(state);
        if is_watch_old {
            pipe.sync_watch();
        }
        found
    }

    fn read_on(
        &self,
        pipe: &Arc<Pipe>,
        intake: &mut Intake,
        scratch: &mut Scratch,
        work: &mut Work,
    ) -> Pumped {
        let gives_back = |tx: &mut TxSide| tx.gives_back();
        let gives_back = self.state.lock().tx(pipe.id).is_none_or(gives_back);
        if gives_back && intake.give_back() {
            let inbox = intake.inbox();
            self.enter(work, |engine, turn| engine.on_batch(pipe.id, inbox, turn));
            let is_taken = |tx: &mut TxSide| tx.is_taken();
            let is_taken = self.state.lock().tx(pipe.id).is_none_or(is_taken);
            return if is_taken && !intake.is_paused() {
                Pumped::Ended(EndReason::Local)
            } else {
                Pumped::Waits {
                    paused: intake.is_paused(),
                }
            };
        }
        for _ in 0..READINGS_MAX {
            let resumed = intake.is_paused();
            let reading = intake.read(scratch);
            if reading.flush {
                work.add(Task::Flush(pipe.clone()));
            }
            if !intake.inbox().is_empty() {
                pipe.note_received();
                let inbox = intake.inbox();
                let messages = inbox.len();
                if !resumed {
                    work.trail.read(pipe.id, messages, inbox.octets());
                }
                self.enter(work, |engine, turn| engine.on_batch(pipe.id, inbox, turn));
                work.trail.offered(pipe.id, messages, inbox.len());
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
        let Some(remains) = state.tx(pipe.id).and_then(|tx| tx.take_remains(reason)) else {
            return;
        };
        let closing = state.engine.is_closing();
        let endpoint = state.engine.endpoint_of(pipe.id);
        let cut = remains.is_cut();
        let mut unsent = remains.into_unsent(closing);
        state.call(work, |engine, turn| {
            engine.pipe_ended(pipe.id, reason, cut, &mut unsent, turn);
        });
        let slot = usize::try_from(pipe.id.slot()).unwrap_or(usize::MAX);
        let place = state
            .pipes
            .get_mut(slot)
            .and_then(|place| place.take_if(|known| Arc::ptr_eq(&known.pipe, pipe)));
        self.leave(state, work);
        drop(unsent);
        drop(place);
        self.count_unread(endpoint, pipe.rx.lock().take(), work);
        pipe.set_wants_read(false);
    }

    /// Drops the receiving side of a pipe that is gone, and counts what was left in it.
    // rfc: sp-endpoint E-48
    fn count_unread(&self, endpoint: Option<EndpointId>, intake: Option<Intake>, work: &mut Work) {
        let reactor = self.reactor.shared();
        let left = intake.map_or(0, |intake| {
            reactor.with_scratch(|scratch| intake.abandon(scratch))
        });
        if left > 0 {
            let left = u64::try_from(left).unwrap_or(u64::MAX);
            self.enter(work, |engine, _| engine.on_unread(endpoint, left));
        }
    }
}
