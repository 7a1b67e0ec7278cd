//! The transmitting side of a live pipe, which the lock of its socket guards: what waits, who
//! writes, and who has promised to. Does no system call. See `rfc/sp-endpoint.md`.

use std::time::Instant;

use speedwell_engine::{Batch, EndReason, Outbox, Pace};
use speedwell_message::{Flow, Message};
use speedwell_transport::{DirectTx, Doorbell, StreamTx, Tx};

use super::{Flushed, Pipe};
use crate::sync::now;

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

/// The transmitting side. `writing` says that a thread has taken the stream, and writes batch
/// after batch with no lock held; others only push.
pub(crate) struct TxSide {
    half: Option<TxHalf>,
    writing: bool,
    promise: Promise,
    /// The source is watched for writing.
    watched: bool,
    pace: Pace,
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

/// What is left of a transmitting side at its end.
pub(crate) struct Remains(TxHalf);

impl TxSide {
    pub(super) fn new(tx: Tx, send_limit: usize) -> Self {
        let half = match tx {
            Tx::Stream { framing, io } => TxHalf::Stream {
                outbox: Box::new(Outbox::new(framing, send_limit)),
                io: Some(io),
            },
            Tx::Direct(direct) => TxHalf::Direct(direct),
        };
        Self {
            half: Some(half),
            writing: false,
            promise: Promise::Nobody,
            watched: false,
            pace: Pace::default(),
            ending: None,
            finishing: false,
            is_half_closing: false,
            ends_after_cut: false,
            is_shut: false,
            is_read_out: false,
            is_full: false,
        }
    }

    /// Puts a message in, which is always taken.
    // rfc: sp-endpoint E-25
    pub(crate) fn push(
        &mut self,
        pipe: &Pipe,
        message: &mut Message,
        now: impl FnOnce() -> Instant,
    ) -> (Flow, Duty) {
        let outbox = match &mut self.half {
            Some(TxHalf::Stream { outbox, .. }) => outbox,
            Some(TxHalf::Direct(direct)) => {
                let flow = direct.push(std::mem::take(message));
                self.is_full |= flow == Flow::Full;
                return (flow, direct.take_ring().map_or(Duty::Nothing, Duty::Ring));
            }
            None => return (Flow::Full, Duty::Nothing),
        };
        let flow = match outbox.push(message) {
            Flow::Open if self.ends_after_cut => Flow::Full,
            flow => flow,
        };
        let is_much = !flow.is_open() || outbox.pending() >= ASSIST_OCTETS;
        if self.writing || pipe.is_blocked() {
            self.pace.goes_along();
            return (flow, Duty::Nothing);
        }
        let writes = match self.promise {
            Promise::Nobody => !self.pace.is_stream(now()) || is_much,
            Promise::Reactor if is_much => true,
            Promise::Reactor | Promise::Sender => {
                self.pace.goes_along();
                return (flow, Duty::Nothing);
            }
        };
        if writes {
            self.promise = Promise::Sender;
            (flow, Duty::Write)
        } else {
            self.promise = Promise::Reactor;
            (flow, Duty::Ask)
        }
    }

    /// Whether the system, or the peer in this process, has taken all that was pushed.
    pub(crate) fn is_drained(&self) -> bool {
        match &self.half {
            Some(TxHalf::Stream { outbox, .. }) => outbox.pending() == 0,
            Some(TxHalf::Direct(direct)) => direct.is_drained(),
            None => true,
        }
    }

    /// Octets that wait here for the system; `None` where there is no such part.
    // rfc: sp-monitor M-06
    pub(crate) fn waiting(&self) -> Option<usize> {
        match &self.half {
            Some(TxHalf::Stream { outbox, .. }) => Some(outbox.pending()),
            Some(TxHalf::Direct(_)) | None => None,
        }
    }

    /// Asks that the peer be told that nothing more comes, once everything is sent.
    pub(crate) fn finish(&mut self) {
        self.finishing = true;
    }

    /// Asks for the same, and that the pipe go on until the peer has told the same.
    // rfc: sp-endpoint E-92
    pub(crate) fn half_close(&mut self) {
        self.finishing = true;
        self.is_half_closing = true;
    }

    /// True when nothing more is to be read: the pipe half-closes and leads to a peer in this
    /// process, which cannot be told to send no more, and gets back what was not read. Also once it
    /// has ended, so that who comes late reads nothing that nobody wants any more.
    // rfc: sp-endpoint E-92
    pub(crate) fn gives_back(&self) -> bool {
        self.is_half_closing && !matches!(self.half, Some(TxHalf::Stream { .. }))
    }

    /// True when the peer in this process has taken everything, or is gone; if not, it rings.
    // rfc: sp-endpoint E-92
    pub(crate) fn is_taken(&self) -> bool {
        match &self.half {
            Some(TxHalf::Direct(direct)) => direct.is_drained() || !direct.is_alive(),
            Some(TxHalf::Stream { .. }) | None => true,
        }
    }

    /// The stream, for the writer that is to begin. `None`: there is nothing to do with it, since
    /// somebody else is writing, the kernel takes nothing, or there is no stream.
    pub(crate) fn begin(&mut self, pipe: &Pipe, found: &mut Flushed) -> Option<Box<dyn StreamTx>> {
        self.promise = Promise::Nobody;
        if self.writing || pipe.is_blocked() || pipe.failure().is_some() {
            return None;
        }
        match &mut self.half {
            Some(TxHalf::Stream { io, .. }) => {
                let io = io.take();
                self.writing = io.is_some();
                io
            }
            Some(TxHalf::Direct(direct)) => {
                direct.flush();
                found.ring = direct.take_ring();
                let room = direct.is_alive() && direct.flow().is_open();
                found.writable = room && std::mem::take(&mut self.is_full);
                let finishes = self.finishing && !self.is_half_closing;
                found.finished = finishes && !std::mem::replace(&mut self.is_shut, true);
                None
            }
            None => None,
        }
    }

    /// What the writer writes next.
    pub(crate) fn take_batch(&mut self) -> Option<Batch> {
        match &mut self.half {
            Some(TxHalf::Stream { outbox, .. }) if self.ends_after_cut => outbox.take_cut(),
            Some(TxHalf::Stream { outbox, .. }) => outbox.take_batch(),
            _ => None,
        }
    }

    /// Takes a batch back. True when the machine is to be told that there is room.
    pub(crate) fn give_back(&mut self, batch: Batch, written: usize) -> bool {
        match &mut self.half {
            Some(TxHalf::Stream { outbox, .. }) => outbox.give_back(batch, written),
            _ => false,
        }
    }

    /// A sender has written so many octets since then.
    pub(crate) fn measure(&mut self, began: Instant, octets: usize) {
        let ended = now();
        if octets <= SMALL_WRITE_OCTETS {
            self.pace.wrote(began, ended);
        } else {
            self.pace.pause_ends(ended);
        }
    }

    /// True, once, when the writer that found nothing left is to tell the peer so.
    pub(crate) fn is_to_shut(&mut self) -> bool {
        self.finishing && !std::mem::replace(&mut self.is_shut, true)
    }

    /// The writer is done; `is_idle` when it found nothing left. True when the source is to be
    /// watched in another way.
    pub(crate) fn end(
        &mut self,
        pipe: &Pipe,
        stream: Box<dyn StreamTx>,
        is_idle: bool,
        found: &mut Flushed,
    ) -> bool {
        if let Some(TxHalf::Stream { io, .. }) = &mut self.half {
            *io = Some(stream);
        }
        self.writing = false;
        found.ending = self.ending.take();
        if is_idle && self.ends_after_cut {
            found.ending.get_or_insert(EndReason::ClosedByPeer);
        }
        found.awaits_peer = !self.is_read_out && (self.is_half_closing || pipe.is_two_way());
        let blocked = pipe.is_blocked();
        std::mem::replace(&mut self.watched, blocked) != blocked
    }

    /// The peer has ended its side. True when this one goes on all the same: it was told to finish
    /// and has not written everything yet, or has written a part of a message.
    // rfc: sp-endpoint E-46 E-49
    pub(crate) fn goes_on_writing(&mut self, pipe: &Pipe) -> bool {
        if let Some(TxHalf::Stream { outbox, .. }) = &self.half
            && !self.finishing
        {
            let is_cut = self.writing || outbox.is_cut();
            self.ends_after_cut = is_cut && pipe.failure().is_none();
            return self.ends_after_cut;
        }
        let has_something = match &self.half {
            Some(TxHalf::Stream { outbox, .. }) => self.writing || !outbox.is_empty(),
            _ => false,
        };
        self.is_read_out = has_something && self.finishing && pipe.failure().is_none();
        self.is_read_out
    }

    /// Takes the side out for good. `None` when a thread is writing, which then ends the pipe, or
    /// when the pipe has ended.
    pub(crate) fn take_remains(&mut self, reason: &EndReason) -> Option<Remains> {
        if self.writing {
            self.ending.get_or_insert_with(|| reason.clone());
            return None;
        }
        self.half.take().map(Remains)
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
            TxHalf::Direct(mut direct) => {
                let left = leave && direct.leave();
                let unsent = std::iter::from_fn(move || direct.take_unsent());
                Box::new(unsent.take(if left { 0 } else { usize::MAX }))
            }
        }
    }
}
