//! A live pipe: its receiving side behind a lock of its own, its transmitting side behind the
//! socket's, and what is watched. Knows no protocol. See `rfc/sp-endpoint.md`.

mod tx;

mod buffers;

use std::fmt;
use std::io::{self, IoSlice};
use std::time::{Duration, Instant};

use speedwell_engine::{BATCH_SLICES_MAX, Batch, EndReason, Intake};
use speedwell_message::PipeId;
use speedwell_os::{Watch, is_lost};
use speedwell_transport::{Doorbell, End, Error, Halves, Source, StreamTx};

use crate::io::{Limits, Watcher};
use crate::sync::{AtomicBool, Mutex, Ordering, now};

pub(crate) use tx::{Duty, TxSide, Writer};

/// How long a source that was looked at is taken for what it was.
// rfc: sp-waiting W-61
const MOMENT: Duration = Duration::from_millis(10);

/// A live pipe.
pub(crate) struct Pipe {
    pub(crate) id: PipeId,
    source: Source,
    limits: Limits,
    watcher: Watcher,
    pub(crate) rx: Mutex<Option<Intake>>,
    /// The kernel took no more: a writer waits for the source.
    blocked: AtomicBool,
    /// The reader waits for the source.
    wants_read: AtomicBool,
    /// The system has reported the source, and nobody has read since.
    is_reported: AtomicBool,
    /// When it was looked whether the source is what it was.
    looked_at: Mutex<Instant>,
    received: AtomicBool,
    sent: AtomicBool,
    /// Why transmitting failed.
    failure: Mutex<Option<Error>>,
}

/// What a flush found out.
#[derive(Debug, Default)]
pub(crate) struct Flushed {
    /// The machine is to be told that there is room.
    pub(crate) writable: bool,
    /// Transmitting failed: read to the end, and then end the pipe.
    pub(crate) failed: bool,
    /// What was handed over is news to the peer in this process.
    pub(crate) ring: Option<Doorbell>,
    /// Everything is sent, and the peer was told that nothing more comes.
    pub(crate) finished: bool,
    /// The peer has not ended its own side, and the pipe has to read on until it does.
    pub(crate) awaits_peer: bool,
    /// An end was left to this writer.
    pub(crate) ending: Option<EndReason>,
}

impl Pipe {
    pub(crate) fn new(
        id: PipeId,
        halves: Halves,
        watcher: Watcher,
        limits: Limits,
    ) -> (Self, TxSide) {
        let tx = TxSide::new(halves.tx, limits.send);
        let pipe = Self {
            id,
            source: halves.source,
            limits,
            watcher,
            rx: Mutex::new(Some(Intake::new(id, halves.rx, limits.recv))),
            blocked: AtomicBool::new(false),
            wants_read: AtomicBool::new(false),
            is_reported: AtomicBool::new(false),
            looked_at: Mutex::new(now()),
            received: AtomicBool::new(false),
            sent: AtomicBool::new(false),
            failure: Mutex::new(None),
        };
        (pipe, tx)
    }

    /// Has the reactor write what waits.
    pub(crate) fn ask(&self) {
        self.watcher.ask_to_flush();
    }

    /// The kernel takes no more until the source says so.
    pub(crate) fn block(&self) {
        self.blocked.store(true, Ordering::SeqCst);
    }

    #[inline]
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked.load(Ordering::SeqCst)
    }

    /// The source may take octets again.
    pub(crate) fn unblock(&self) {
        self.blocked.store(false, Ordering::SeqCst);
    }

    /// The system has reported the source: it is what it was.
    pub(crate) fn note_reported(&self) {
        self.is_reported.store(true, Ordering::Relaxed);
    }

    /// Whether the source can be read: the system has just reported it, or it is still what it was,
    /// or that was so a moment ago.
    ///
    /// # Errors
    ///
    /// What says that a stranger has closed it.
    // rfc: sp-waiting W-61
    pub(crate) fn look(&self) -> Result<(), Error> {
        let is_known = matches!(self.source, Source::Doorbell);
        if is_known || self.is_reported.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let (now, mut looked_at) = (now(), self.looked_at.lock());
        if now.saturating_duration_since(*looked_at) < MOMENT {
            return Ok(());
        }
        *looked_at = now;
        self.watcher.look()
    }

    pub(crate) fn note_received(&self) {
        self.received.store(true, Ordering::Relaxed);
    }

    pub(crate) fn note_sent(&self) {
        self.sent.store(true, Ordering::Relaxed);
    }

    /// True when octets went both ways: then closing without reading to the end could make the
    /// system throw away what the peer has not read yet.
    pub(crate) fn is_two_way(&self) -> bool {
        matches!(self.source, Source::Os(_))
            && self.received.load(Ordering::Relaxed)
            && self.sent.load(Ordering::Relaxed)
    }

    /// Why transmitting failed, if it did. That a peer in this process is gone is no failure: the
    /// receiving half tells of it, behind everything that the peer has left.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.failure.lock().clone()
    }

    /// Notes whether the reader waits for the source.
    pub(crate) fn set_wants_read(&self, wants: bool) {
        self.wants_read.store(wants, Ordering::SeqCst);
        self.sync_watch();
    }

    /// Rings for another visit.
    pub(crate) fn revisit(&self) {
        self.watcher.doorbell().ring();
    }

    #[cfg(test)]
    pub(crate) fn is_watched(&self) -> bool {
        self.watcher.is_watching()
    }

    /// Brings the poll set up to date with what is wanted now.
    pub(crate) fn sync_watch(&self) {
        let Source::Os(source) = &self.source else {
            return;
        };
        let wanted = || {
            let read = self.wants_read.load(Ordering::SeqCst);
            let write = self.blocked.load(Ordering::SeqCst);
            Some((source, Watch { read, write }))
        };
        if let Err(error) = self.watcher.watch_for(wanted) {
            if is_lost(&error) {
                // To be visited for another reason would be to write to what is not ours.
                self.watcher.report_lost();
            } else {
                self.fail(Error::from_io("cannot watch the connection", error));
            }
        }
    }

    /// Writes a batch until it is done, or the stream takes no more.
    ///
    /// A stream of the system that took a part is full: its readiness tells when it is worth trying
    /// again, and trying at once costs a call for the little that the peer has read meanwhile. A
    /// doorbell rings once, so such a stream has to say itself that it would block.
    pub(crate) fn write(&self, io: &mut dyn StreamTx, batch: &mut Batch) -> io::Result<()> {
        while !batch.is_done() {
            let mut slices = [IoSlice::new(&[]); BATCH_SLICES_MAX];
            let offered = batch.slices(&mut slices);
            let size = offered.iter().map(|slice| slice.len()).sum();
            match io.write(offered) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(octets) => {
                    batch.advance(octets);
                    if octets < size && matches!(self.source, Source::Os(_)) {
                        return Err(io::ErrorKind::WouldBlock.into());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        io.flush()
    }

    /// Transmitting has failed. True for the first time.
    pub(crate) fn note_failure(&self, error: Error) -> bool {
        let mut failure = self.failure.lock();
        let is_first = failure.is_none();
        failure.get_or_insert(error);
        is_first
    }

    /// Nothing the system says would bring the reactor here again, so the pipe rings for its end
    /// itself, once.
    // rfc: sp-endpoint E-65
    fn fail(&self, error: Error) {
        if self.note_failure(error) {
            self.revisit();
        }
    }
}

/// The reason that a receiving half's end gives.
pub(crate) fn reason_of(end: &End) -> EndReason {
    match end {
        End::Closed => EndReason::ClosedByPeer,
        End::Failed(error) => EndReason::Broken(error.clone()),
    }
}

impl fmt::Debug for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipe")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
