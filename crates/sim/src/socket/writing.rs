//! The transmitting side of the driver: a batch is taken, written in parts, and given back, with
//! anything else in between. Obeys `rfc/sp-endpoint.md` section 7.

use std::io::{self, IoSlice};

use speedwell_engine::{BATCH_SLICES_MAX, Batch, EndReason};
use speedwell_message::PipeId;
use speedwell_transport::{Error, StreamTx};

use super::pipe::Finish;
use super::reading::By;
use super::{SimSocket, mark};
use crate::Bench;

/// How a stretch of writing ended.
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
        let taken = pipe.writing.take();
        let Some((mut batch, mut written)) =
            taken.or_else(|| pipe.outbox.take_batch().map(|batch| (batch, 0)))
        else {
            return self.after_writing(id, bench);
        };
        let wrote = write_batch(&mut *pipe.io, &mut batch, &mut written, bench);
        pipe.writing = Some((batch, written));
        match wrote {
            Ok(Wrote::Rests) => mark(&mut self.dirty, id),
            Ok(wrote) => {
                let has_room = pipe.give_back();
                if matches!(wrote, Wrote::All) {
                    mark(&mut self.dirty, id);
                }
                if has_room {
                    self.call(bench, |engine, lent| engine.on_writable(id, lent));
                }
            }
            Err(error) => self.writing_failed(id, error, bench),
        }
    }

    /// Nothing is left to write.
    fn after_writing(&mut self, id: PipeId, bench: &mut Bench) {
        let Some(pipe) = self.pipes.get_mut(&id) else {
            return;
        };
        let shut = match pipe.finish {
            Finish::Writing => pipe.io.flush().and_then(|()| pipe.io.shutdown_write()),
            Finish::No | Finish::Shut => Ok(()),
        };
        match shut {
            Ok(()) if pipe.finish == Finish::Writing => pipe.finish = Finish::Shut,
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => self.writing_failed(id, error, bench),
        }
    }

    /// The connection is broken for good.
    fn writing_failed(&mut self, id: PipeId, error: io::Error, bench: &mut Bench) {
        let reason = EndReason::Broken(Error::from_io("cannot send", error));
        self.end_pipe(id, &reason, By::Other, bench);
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
