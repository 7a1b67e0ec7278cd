//! The transmitting side of the driver: a batch is taken, written in parts, and given back, with
//! anything else in between. Obeys `rfc/sp-endpoint.md` section 7.

use std::io::{self, IoSlice};

use speedwell_engine::{BATCH_SLICES_MAX, Batch, EndReason};
use speedwell_message::PipeId;
use speedwell_transport::{Error, StreamTx};

use super::pipe::{Finish, LivePipe, Transmit};
use super::reading::By;
use super::{SimSocket, mark};
use crate::Bench;

/// How a stretch of writing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrote {
    /// The batch is written.
    All,
    /// The stream takes nothing now.
    Blocked,
    /// The writer rests in the middle of its work, as one does whose thread is held up.
    Rests,
}

impl SimSocket {
    /// Goes on writing what a pipe holds.
    pub(super) fn write(&mut self, id: PipeId, bench: &mut Bench) {
        let Some(pipe) = self.pipes.get_mut(&id) else {
            return;
        };
        match &mut pipe.tx {
            Transmit::Stream(_) if pipe.failed.is_some() => {}
            Transmit::Stream(_) => self.write_stream(id, bench),
            Transmit::Direct(direct) => {
                direct.flush();
                if let Some(peer) = direct.take_ring() {
                    peer.ring();
                }
                let has_room = direct.is_alive() && direct.flow().is_open();
                if has_room && std::mem::take(&mut pipe.is_full) {
                    self.call(bench, |engine, lent| engine.on_writable(id, lent));
                }
                self.after_writing(id, bench);
            }
        }
    }

    fn write_stream(&mut self, id: PipeId, bench: &mut Bench) {
        let Some(LivePipe {
            tx: Transmit::Stream(writer),
            is_full,
            ..
        }) = self.pipes.get_mut(&id)
        else {
            return;
        };
        let taken = writer.writing.take();
        let Some((mut batch, mut written)) =
            taken.or_else(|| writer.outbox.take_batch().map(|batch| (batch, 0)))
        else {
            return self.after_writing(id, bench);
        };
        let wrote = write_batch(&mut *writer.io, &mut batch, &mut written, bench);
        writer.writing = Some((batch, written));
        let has_room = !matches!(wrote, Ok(Wrote::Rests)) && writer.give_back();
        if has_room {
            *is_full = false;
        }
        match wrote {
            Ok(Wrote::All | Wrote::Rests) => mark(&mut self.dirty, id),
            Ok(Wrote::Blocked) => {}
            Err(error) => self.writing_failed(id, error),
        }
        if has_room {
            self.call(bench, |engine, lent| engine.on_writable(id, lent));
        }
    }

    /// Nothing is left to write.
    // rfc: sp-simulation S-22
    fn after_writing(&mut self, id: PipeId, bench: &mut Bench) {
        let Some(pipe) = self.pipes.get_mut(&id) else {
            return;
        };
        if !matches!(pipe.finish, Finish::Writing | Finish::WritingOn) {
            return;
        }
        let shut = match &mut pipe.tx {
            Transmit::Stream(writer) => writer.io.flush().and_then(|()| writer.io.shutdown_write()),
            // What a peer in this process has not taken yet lies ready for it.
            Transmit::Direct(_) => {
                return self.end_pipe(id, &EndReason::Local, By::Other, bench);
            }
        };
        match shut {
            Ok(()) if pipe.finish == Finish::WritingOn => {
                self.end_pipe(id, &EndReason::Local, By::Reader, bench);
            }
            Ok(()) => pipe.finish = Finish::Shut,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => self.writing_failed(id, error),
        }
    }

    /// The connection is broken for good: what came before that is read, and then the pipe ends.
    fn writing_failed(&mut self, id: PipeId, error: io::Error) {
        if let Some(pipe) = self.pipes.get_mut(&id) {
            pipe.failed = Some(Error::from_io("cannot send", error));
            mark(&mut self.reading, id);
        }
    }
}

fn write_batch(
    io: &mut dyn StreamTx,
    batch: &mut Batch,
    written: &mut usize,
    bench: &mut Bench,
) -> io::Result<Wrote> {
    while !batch.is_done() {
        let mut slices = [IoSlice::new(&[]); BATCH_SLICES_MAX];
        match io.write(batch.slices(&mut slices)) {
            Ok(count) => {
                batch.advance(count);
                *written += count;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Wrote::Blocked),
            Err(error) => return Err(error),
        }
        if bench.random.chance(1, 8) {
            return Ok(Wrote::Rests);
        }
    }
    Ok(Wrote::All)
}
