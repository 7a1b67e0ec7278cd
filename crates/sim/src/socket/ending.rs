//! How a pipe and a process end: what was written is counted from the octets that the stream or
//! the peer in this process took, not from what the transmitting side says. Obeys
//! `rfc/sp-endpoint.md` section 6.

use speedwell_engine::EndReason;
use speedwell_message::{Message, PipeId};
use speedwell_testkit::accounting::Event;

use super::SimSocket;
use super::pipe::{LivePipe, Transmit, Writer};
use super::reading::By;
use crate::Bench;

impl SimSocket {
    /// The engine wants a pipe to end.
    pub(super) fn end_here(&mut self, id: PipeId, bench: &mut Bench) {
        let reason = self.engine.end_reason(id);
        self.end_pipe(id, &reason, By::Other, bench);
    }

    /// Ends a pipe and reports it.
    // rfc: sp-simulation S-23
    pub(super) fn end_pipe(&mut self, id: PipeId, reason: &EndReason, by: By, bench: &mut Bench) {
        let Some(mut pipe) = self.pipes.remove(&id) else {
            return;
        };
        let host = self.setup.host.0;
        bench
            .journal
            .note(|| format!("host {host}: {id:?} ends, {reason:?}"));
        let leaves = self.engine.is_closing();
        if let Transmit::Stream(writer) = &mut pipe.tx {
            writer.give_back();
        }
        let taken = pipe.taken(leaves, bench);
        self.log_end(&pipe, taken, by, bench);
        self.note_returning(&pipe, taken);
        let left = pipe.pushed_octets.saturating_sub(taken);
        let is_cut = pipe.is_cut_at(taken);
        let returning = pipe.pushes.len() - pipe.started(taken);
        let LivePipe { tx, intake, .. } = pipe;
        let unread = intake.map_or(0, |intake| intake.abandon(&mut bench.scratch));
        let unsent: Vec<Message> = match tx {
            Transmit::Stream(writer) => {
                let Writer { outbox, io, .. } = *writer;
                drop(io);
                if u64::try_from(outbox.pending()) != Ok(left) {
                    bench.journal.breach("an outbox miscounted what is pending");
                }
                if outbox.is_cut() != is_cut {
                    bench
                        .journal
                        .breach("an outbox was wrong about a message being cut");
                }
                outbox.into_unsent().collect()
            }
            Transmit::Direct(mut direct) => {
                let left = leaves && direct.leave();
                let unsent = std::iter::from_fn(|| direct.take_unsent());
                unsent.take(if left { 0 } else { usize::MAX }).collect()
            }
        };
        if unsent.len() != returning {
            bench
                .journal
                .breach("a dead pipe gave back too many messages, or too few");
        }
        self.call(bench, |engine, lent| {
            let endpoint = engine.endpoint_of(id);
            engine.pipe_ended(id, reason, is_cut, &mut unsent.into_iter(), lent);
            engine.on_unread(endpoint, u64::try_from(unread).unwrap_or(u64::MAX));
        });
    }

    fn log_end(&self, pipe: &LivePipe, taken: u64, by: By, bench: &mut Bench) {
        bench.journal.log(Event::WriterDone {
            link: pipe.wire.outward(),
            taken,
        });
        bench.journal.log(Event::ReaderDone {
            link: pipe.wire.inward(),
            consumer: self.setup.party,
            read: pipe.wire.read(bench),
            by_reader: by == By::Reader,
        });
    }

    /// Messages without a stamp that go back to the machine are known by their prints from now on.
    fn note_returning(&mut self, pipe: &LivePipe, taken: u64) {
        let unsent = pipe.pushes.get(pipe.started(taken)..).unwrap_or_default();
        let nameless = unsent
            .iter()
            .filter_map(|push| Some((push.short_print?, push.stamp)));
        self.nameless.returned.extend(nameless);
    }

    /// The process dies: nothing is flushed, nothing is reported, and the system closes what it
    /// had open.
    pub fn crash(self, bench: &mut Bench) {
        for pipe in self.pipes.values() {
            let taken = pipe.taken(true, bench);
            self.log_end(pipe, taken, By::Other, bench);
        }
        bench.journal.log(Event::Crashed(self.setup.party));
    }
}
