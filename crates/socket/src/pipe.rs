//! The two sides of a live pipe and their locks: who writes, who reads, and what is watched.
//! Knows no protocol. See `rfc/sp-endpoint.md`.

use std::fmt;
use std::io::{self, IoSlice};
use std::time::Instant;

use speedwell_engine::{BATCH_SLICES_MAX, Batch, EndReason, Intake, Outbox, Pace};
use speedwell_message::{Flow, Message, PipeId};
use speedwell_os::Watch;
use speedwell_transport::{DirectTx, Doorbell, End, Error, Halves, Source, StreamTx, Tx};

use crate::io::{Limits, Watcher};
use crate::sync::{AtomicBool, Mutex, MutexGuard, Ordering};

/// Octets from which on a sender writes a stream itself, when nobody else does. Less would make the
/// writes of a stream small, and much more would leave the sender nothing to do but wait.
const ASSIST_OCTETS: usize = 32 * 1024;

/// Octets up to which a write is one that the pace is measured by.
const SMALL_WRITE_OCTETS: usize = 4 * 1024;

/// What a sender has to do after a push, with no lock held.
#[derive(Debug)]
pub(crate) enum Duty {
    /// Somebody else will write, or nothing can be written now.
    Nothing,
    /// Write.
    Write,
    /// Ask the reactor to write.
    Ask,
    /// Ring for the peer, which is in this process.
    Ring(Doorbell),
}

/// Who has said that it will write, and has not begun to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Promise {
    Nobody,
    Sender,
    Reactor,
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    /// The thread that pushed, or one that carries out a command.
    Sender,
    /// The reactor, on a visit.
    Reactor,
}

/// A live pipe.
pub(crate) struct Pipe {
    pub(crate) id: PipeId,
    source: Source,
    watcher: Watcher,
    tx: Mutex<TxSide>,
    pub(crate) rx: Mutex<Option<Intake>>,
    /// The kernel took no more: a writer waits for the source.
    blocked: AtomicBool,
    /// The reader waits for the source.
    wants_read: AtomicBool,
    received: AtomicBool,
    sent: AtomicBool,
}

/// The transmitting side. `writing` says that a thread has taken the stream and a batch, and
/// writes with no lock held; others only push.
struct TxSide {
    half: Option<TxHalf>,
    writing: bool,
    promise: Promise,
    /// The source is watched for writing.
    watched: bool,
    pace: Pace,
    failed: Option<Error>,
    /// An end that came while a thread was writing: that thread carries it out.
    ending: Option<EndReason>,
    finishing: bool,
    /// Finishing, and read on until the peer has ended its side.
    is_half_closing: bool,
    /// The peer has ended its side: only the rest of a message that is cut is written.
    ends_after_cut: bool,
    is_shut: bool,
    /// The peer sends nothing more, and there is still something to write to it.
    is_read_out: bool,
    /// The machine was told that a direct half is full.
    is_full: bool,
}

enum TxHalf {
    Stream {
        outbox: Box<Outbox>,
        io: Option<Box<dyn StreamTx>>,
    },
    Direct(Box<dyn DirectTx>),
}

/// What a flush found out.
#[derive(Debug, Default)]
pub(crate) struct Flushed {
    /// The machine is to be told that there is room.
    pub(crate) writable: bool,
    /// Transmitting failed: read to the end, and then end the pipe.
    pub(crate) failed: bool,
    /// Everything is sent, and the peer was told that nothing more comes.
    pub(crate) finished: bool,
    /// The peer has not ended its own side, and the pipe has to read on until it does.
    pub(crate) awaits_peer: bool,
    /// An end was left to this writer.
    pub(crate) ending: Option<EndReason>,
}

/// What is left of a transmitting side at its end.
pub(crate) struct Remains(TxHalf);

impl Pipe {
    pub(crate) fn new(id: PipeId, halves: Halves, watcher: Watcher, limits: Limits) -> Self {
        let half = match halves.tx {
            Tx::Stream { framing, io } => TxHalf::Stream {
                outbox: Box::new(Outbox::new(framing, limits.send)),
                io: Some(io),
            },
            Tx::Direct(direct) => TxHalf::Direct(direct),
        };
        let tx = TxSide {
            half: Some(half),
            writing: false,
            promise: Promise::Nobody,
            watched: false,
            pace: Pace::default(),
            failed: None,
            ending: None,
            finishing: false,
            is_half_closing: false,
            ends_after_cut: false,
            is_shut: false,
            is_read_out: false,
            is_full: false,
        };
        Self {
            id,
            source: halves.source,
            watcher,
            tx: Mutex::new(tx),
            rx: Mutex::new(Some(Intake::new(id, halves.rx, limits.recv))),
            blocked: AtomicBool::new(false),
            wants_read: AtomicBool::new(false),
            received: AtomicBool::new(false),
            sent: AtomicBool::new(false),
        }
    }

    /// Puts a message into the transmitting side, which always takes it.
    // rfc: sp-endpoint E-25
    pub(crate) fn push(&self, message: Message, now: impl FnOnce() -> Instant) -> (Flow, Duty) {
        let mut tx = self.tx.lock();
        let TxSide {
            half,
            pace,
            writing,
            promise,
            is_full,
            ends_after_cut,
            ..
        } = &mut *tx;
        match half {
            Some(TxHalf::Stream { outbox, .. }) => {
                let flow = match outbox.push(&message) {
                    Flow::Open if *ends_after_cut => Flow::Full,
                    flow => flow,
                };
                let is_much = !flow.is_open() || outbox.pending() >= ASSIST_OCTETS;
                if *writing || self.blocked.load(Ordering::SeqCst) {
                    pace.goes_along();
                    return (flow, Duty::Nothing);
                }
                let writes = match *promise {
                    Promise::Nobody => !pace.is_stream(now()) || is_much,
                    Promise::Reactor if is_much => true,
                    Promise::Reactor | Promise::Sender => {
                        pace.goes_along();
                        return (flow, Duty::Nothing);
                    }
                };
                if writes {
                    *promise = Promise::Sender;
                    (flow, Duty::Write)
                } else {
                    *promise = Promise::Reactor;
                    (flow, Duty::Ask)
                }
            }
            Some(TxHalf::Direct(direct)) => {
                let flow = direct.push(message);
                *is_full |= flow == Flow::Full;
                (flow, direct.take_ring().map_or(Duty::Nothing, Duty::Ring))
            }
            None => (Flow::Full, Duty::Nothing),
        }
    }

    /// Whether the system, or the peer in this process, has taken all that was pushed.
    pub(crate) fn is_drained(&self) -> bool {
        let tx = self.tx.lock();
        match &tx.half {
            Some(TxHalf::Stream { outbox, .. }) => outbox.pending() == 0,
            Some(TxHalf::Direct(direct)) => direct.is_drained(),
            None => true,
        }
    }

    /// Has the reactor write what waits.
    pub(crate) fn ask(&self) {
        self.watcher.ask_to_flush();
    }

    /// The source may take octets again.
    pub(crate) fn unblock(&self) {
        self.blocked.store(false, Ordering::SeqCst);
    }

    /// Asks that the peer be told that nothing more comes, once everything is sent.
    pub(crate) fn finish(&self) {
        self.tx.lock().finishing = true;
    }

    /// Asks for the same, and that the pipe go on until the peer has told the same.
    // rfc: sp-endpoint E-92
    pub(crate) fn half_close(&self) {
        let mut tx = self.tx.lock();
        tx.finishing = true;
        tx.is_half_closing = true;
    }

    pub(crate) fn note_received(&self) {
        self.received.store(true, Ordering::Relaxed);
    }

    /// True when octets went both ways: then closing without reading to the end could make the
    /// system throw away what the peer has not read yet.
    fn is_two_way(&self) -> bool {
        matches!(self.source, Source::Os(_))
            && self.received.load(Ordering::Relaxed)
            && self.sent.load(Ordering::Relaxed)
    }

    /// Why transmitting failed, if it did. That a peer in this process is gone is no failure: the
    /// receiving half tells of it, behind everything that the peer has left.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.tx.lock().failed.clone()
    }

    /// Writes what waits, unless somebody else is writing or the kernel takes nothing.
    pub(crate) fn flush(&self, writer: Writer) -> Flushed {
        let mut flushed = Flushed::default();
        let mut tx = self.tx.lock();
        tx.promise = Promise::Nobody;
        if tx.writing || tx.failed.is_some() || self.blocked.load(Ordering::SeqCst) {
            return flushed;
        }
        match &mut tx.half {
            None => return flushed,
            Some(TxHalf::Direct(direct)) => {
                let room = direct.is_alive() && direct.flow().is_open();
                flushed.writable = room && std::mem::take(&mut tx.is_full);
                let finishes = tx.finishing && !tx.is_half_closing;
                flushed.finished = finishes && !std::mem::replace(&mut tx.is_shut, true);
                return flushed;
            }
            Some(TxHalf::Stream { .. }) => tx.writing = true,
        }
        if self.write_all(tx, writer, &mut flushed) {
            self.sync_watch();
        }
        flushed
    }

    /// The writer's loop: takes batches and writes them until none is left. True when the source is
    /// to be watched in another way.
    fn write_all<'a>(
        &'a self,
        mut tx: MutexGuard<'a, TxSide>,
        writer: Writer,
        flushed: &mut Flushed,
    ) -> bool {
        let mut stream = match &mut tx.half {
            Some(TxHalf::Stream { io, .. }) => io.take(),
            _ => None,
        };
        while let Some(io) = &mut stream
            && let Some(mut batch) = tx.take_batch()
        {
            let remaining = batch.remaining();
            let began = (writer == Writer::Sender).then(Instant::now);
            let result = MutexGuard::unlocked(&mut tx, || write(&mut **io, &mut batch));
            let written = remaining.saturating_sub(batch.remaining());
            if let Some(began) = began {
                tx.measure(began, remaining);
            }
            if written > 0 {
                self.sent.store(true, Ordering::Relaxed);
            }
            flushed.writable |= tx.give_back(batch, written);
            match result {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.blocked.store(true, Ordering::SeqCst);
                    break;
                }
                Err(error) => {
                    tx.failed = Some(Error::from_io("cannot send", error));
                    flushed.failed = true;
                    break;
                }
            }
        }
        let idle = !self.blocked.load(Ordering::SeqCst) && tx.failed.is_none();
        if idle
            && tx.finishing
            && !tx.is_shut
            && let Some(io) = &mut stream
        {
            tx.is_shut = true;
            // A connection that is gone already needs no farewell.
            let _ = io.shutdown_write();
            flushed.finished = true;
        }
        if let Some(TxHalf::Stream { io, .. }) = &mut tx.half {
            *io = stream;
        }
        tx.writing = false;
        flushed.ending = tx.ending.take();
        if idle && tx.ends_after_cut {
            flushed.ending.get_or_insert(EndReason::ClosedByPeer);
        }
        flushed.awaits_peer = !tx.is_read_out && (tx.is_half_closing || self.is_two_way());
        let blocked = self.blocked.load(Ordering::SeqCst);
        std::mem::replace(&mut tx.watched, blocked) != blocked
    }

    /// True when the pipe is to end as soon as what was read from it is taken: it leads to a peer
    /// in this process, which cannot be told to send no more, and gets back what was not read. Also
    /// once it has ended, so that who comes late reads nothing that nobody wants any more.
    // rfc: sp-endpoint E-92
    pub(crate) fn ends_when_taken(&self) -> bool {
        let tx = self.tx.lock();
        tx.is_half_closing && !matches!(tx.half, Some(TxHalf::Stream { .. }))
    }

    /// The peer has ended its side. True when this one goes on all the same: it was told to finish
    /// and has not written everything yet, or has written a part of a message.
    // rfc: sp-endpoint E-46 E-49
    pub(crate) fn goes_on_writing(&self) -> bool {
        let mut tx = self.tx.lock();
        if let Some(TxHalf::Stream { outbox, .. }) = &tx.half
            && !tx.finishing
        {
            let is_cut = tx.writing || outbox.is_cut();
            tx.ends_after_cut = is_cut && tx.failed.is_none();
            return tx.ends_after_cut;
        }
        let has_something = match &tx.half {
            Some(TxHalf::Stream { outbox, .. }) => tx.writing || !outbox.is_empty(),
            _ => false,
        };
        tx.is_read_out = has_something && tx.finishing && tx.failed.is_none();
        tx.is_read_out
    }

    /// Takes the transmitting side out for good. `Err` gives the reason back when a thread is
    /// writing, which then ends the pipe, or when the pipe has ended.
    pub(crate) fn take_remains(&self, reason: &EndReason) -> Option<Remains> {
        let mut tx = self.tx.lock();
        if tx.writing {
            tx.ending.get_or_insert_with(|| reason.clone());
            return None;
        }
        tx.half.take().map(Remains)
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

    /// Brings the poll set up to date with what is wanted now.
    fn sync_watch(&self) {
        let Source::Os(source) = &self.source else {
            return;
        };
        let wanted = || {
            let read = self.wants_read.load(Ordering::SeqCst);
            let write = self.blocked.load(Ordering::SeqCst);
            Some((source, Watch { read, write }))
        };
        if let Err(error) = self.watcher.watch_for(wanted) {
            self.fail(Error::from_io("cannot watch the connection", error));
        }
    }

    /// Nothing the system says would bring the reactor here again, so the pipe rings for its end
    /// itself, once.
    // rfc: sp-endpoint E-65
    fn fail(&self, error: Error) {
        let is_new = {
            let mut tx = self.tx.lock();
            let is_new = tx.failed.is_none();
            tx.failed.get_or_insert(error);
            is_new
        };
        if is_new {
            self.revisit();
        }
    }
}

impl TxSide {
    /// A sender has written so many octets since then.
    fn measure(&mut self, began: Instant, octets: usize) {
        let ended = Instant::now();
        if octets <= SMALL_WRITE_OCTETS {
            self.pace.wrote(began, ended);
        } else {
            self.pace.pause_ends(ended);
        }
    }

    fn take_batch(&mut self) -> Option<Batch> {
        match &mut self.half {
            Some(TxHalf::Stream { outbox, .. }) if self.ends_after_cut => outbox.take_cut(),
            Some(TxHalf::Stream { outbox, .. }) => outbox.take_batch(),
            _ => None,
        }
    }

    fn give_back(&mut self, batch: Batch, written: usize) -> bool {
        match &mut self.half {
            Some(TxHalf::Stream { outbox, .. }) => outbox.give_back(batch, written),
            _ => false,
        }
    }
}

impl Remains {
    /// True when a message was sent in part.
    pub(crate) fn is_cut(&self) -> bool {
        matches!(&self.0, TxHalf::Stream { outbox, .. } if outbox.is_cut())
    }

    /// What never left. With `leave` what lies ready for a peer in this process stays there.
    pub(crate) fn into_unsent(self, leave: bool) -> Box<dyn Iterator<Item = Message>> {
        match self.0 {
            TxHalf::Stream { outbox, .. } => Box::new(outbox.into_unsent()),
            TxHalf::Direct(direct) if leave && direct.is_alive() => Box::new(std::iter::empty()),
            TxHalf::Direct(mut direct) => {
                Box::new(std::iter::from_fn(move || direct.take_unsent()))
            }
        }
    }
}

/// Writes a batch until it is done, or the stream takes no more.
fn write(io: &mut dyn StreamTx, batch: &mut Batch) -> io::Result<()> {
    while !batch.is_done() {
        let mut slices = [IoSlice::new(&[]); BATCH_SLICES_MAX];
        match io.write(batch.slices(&mut slices)) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(octets) => batch.advance(octets),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    io.flush()
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
