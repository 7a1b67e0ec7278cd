//! How a pipe and a process end: what was written is counted from the octets that the stream took,
//! not from what the outbox says. Obeys `rfc/sp-endpoint.md` section 6.

use speedwell_engine::EndReason;
use speedwell_message::PipeId;
use speedwell_testkit::accounting::Event;

use super::SimSocket;
use super::pipe::LivePipe;
use super::reading::By;
use crate::Bench;

impl SimSocket {
    /// The engine wants a pipe to end.
    pub(super) fn end_here(&mut self, id: PipeId, bench: &mut Bench) {
        let reason = self.engine.end_reason(id);
        self.end_pipe(id, &reason, By::Other, bench);
    }

    /// Ends a pipe and reports it.
    pub(super) fn end_pipe(&mut self, id: PipeId, reason: &EndReason, by: By, bench: &mut Bench) {
        let Some(mut pipe) = self.pipes.remove(&id) else {
            return;
        };
        let host = self.setup.host.0;
        bench
            .journal
            .note(|| format!("host {host}: {id:?} ends, {reason:?}"));
        pipe.give_back();
        let taken = pipe.wire.taken(&bench.net);
        self.log_end(&pipe, taken, by, bench);
        self.note_returning(&pipe, taken);
        let left = u64::try_from(pipe.outbox.pending()).unwrap_or(u64::MAX);
        if left != pipe.pushed_octets.saturating_sub(taken) {
            bench.journal.breach("an outbox miscounted what is pending");
        }
        let is_cut = pipe.outbox.is_cut();
        if is_cut != pipe.is_cut_at(taken) {
            bench
                .journal
                .breach("an outbox was wrong about a message being cut");
        }
        let LivePipe {
            outbox, io, intake, ..
        } = pipe;
        let left = intake.map_or(0, |mut intake| intake.inbox().clear());
        drop(io);
        let mut unsent = outbox.into_unsent();
        self.call(bench, |engine, lent| {
            engine.pipe_ended(id, reason, is_cut, &mut unsent, lent);
            engine.on_unread(u64::try_from(left).unwrap_or(u64::MAX));
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
            read: pipe.wire.read(&bench.net),
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
            let taken = pipe.wire.taken(&bench.net);
            self.log_end(pipe, taken, By::Other, bench);
        }
        bench.journal.log(Event::Crashed(self.setup.party));
    }
}
