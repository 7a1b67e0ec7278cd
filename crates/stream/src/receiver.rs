//! The receiving half of a pipe: reads a stream, decodes within a budget, keeps what is over.
//! Never waits, and never delivers a part of a message. Obeys `rfc/sp-wire.md` sections 3 to 6.

use std::fmt;
use std::io::{self, ErrorKind as Io};

use speedwell_message::Inbox;
use speedwell_transport::{
    Budget, End, Error, ErrorKind, RxHalf, RxState, SCRATCH_OCTETS, Scratch, Source, StreamRx,
};

use crate::Framing;
use crate::body::Room;
use crate::decoder::{Decoder, Limits};
use crate::leftover::Leftover;

/// Octets that one reading asks for at least, whatever the budget: fewer are not worth a call.
const READ_OCTETS_MIN: usize = 512;

/// Octets that are read into the thread's buffer when a large message is expected, or behind one:
/// its prefix, and small messages before it. What comes of the large one has to be copied.
const BEYOND_OCTETS: usize = 4 * 1024;

/// An [`RxHalf`] over a [`StreamRx`].
///
/// At rest it owns no memory but itself. While a message arrives it owns at most twice what has
/// been received of it, or what the message before it had; while it is paused, what one reading
/// brought and the budget did not allow.
pub struct StreamRxHalf {
    io: Box<dyn StreamRx>,
    decoder: Decoder,
    leftover: Leftover,
    short_read: ShortRead,
    end: Option<End>,
}

/// What a reading that did not fill the buffer says about the next one.
#[derive(Clone, Copy, Debug)]
enum ShortRead {
    /// Nothing is there: the system's readiness tells when there is. Saves a call per reading.
    Drained,
    /// Nothing: a doorbell rings once, so all has to be read until the stream would block.
    Unknown,
}

impl StreamRxHalf {
    /// The receiving half of a connection whose greeting has been read.
    ///
    /// `recv_max` is the longest message accepted, in octets of header and body; `None` is no
    /// limit.
    #[must_use]
    pub fn new(
        io: Box<dyn StreamRx>,
        source: &Source,
        framing: Framing,
        recv_max: Option<u64>,
    ) -> Self {
        Self {
            io,
            decoder: Decoder::new(framing, recv_max),
            leftover: Leftover::default(),
            short_read: match source {
                Source::Os(_) => ShortRead::Drained,
                Source::Doorbell => ShortRead::Unknown,
            },
            end: None,
        }
    }

    /// Octets of memory that the pipe owns behind the value.
    #[cfg(test)]
    fn heap_octets(&self) -> usize {
        self.decoder.heap_octets() + self.leftover.heap_octets()
    }

    /// Decodes what is left over, then reads once.
    fn advance(&mut self, inbox: &mut Inbox, budget: &mut Budget<'_>) -> Result<RxState, End> {
        let limits = Limits::of(budget);
        let rest = self
            .decoder
            .decode(self.leftover.octets(), inbox, limits)
            .map_err(End::Failed)?
            .len();
        self.leftover.shrink_to_last(rest);
        if rest > 0 || !limits.allow(inbox) {
            return Ok(RxState::more());
        }
        self.read_once(inbox, budget, limits)
    }

    /// Reads into the present message if it is large, and what follows into the thread's buffer.
    fn read_once(
        &mut self,
        inbox: &mut Inbox,
        budget: &mut Budget<'_>,
        limits: Limits,
    ) -> Result<RxState, End> {
        let is_large_next = self.decoder.expects_large();
        let room = self
            .decoder
            .room(self.io.octets_max())
            .map_err(End::Failed)?;
        let buffer_max = match &room {
            Some(room) if !room.is_last => 0,
            None if !is_large_next => SCRATCH_OCTETS,
            _ => BEYOND_OCTETS,
        };
        // What is over stays in memory while the pipe is paused.
        let buffer_max = buffer_max.min(budget.octets.max(READ_OCTETS_MIN));
        let scratch = &mut *budget.scratch;
        let (buffer, spare) = scratch.parts();
        let buffer = buffer.get_mut(..buffer_max).unwrap_or_default();
        let (wanted, result) = match room {
            Some(Room { octets, wanted, .. }) => {
                let read = || self.io.read_onto(octets, wanted, buffer);
                (wanted, uninterrupted(read))
            }
            None => (0, uninterrupted(|| self.io.read(buffer))),
        };
        let count = match result {
            // rfc: sp-tcp T-22: the system hands out what arrived first.
            Ok(0) => return Err(self.end_of_stream()),
            Ok(count) => count,
            Err(error) => return self.not_read(error, scratch),
        };
        self.decoder.deliver_if_whole(inbox);
        let beyond = count.saturating_sub(wanted);
        let received = buffer.get(..beyond).unwrap_or_default();
        let rest = self
            .decoder
            .decode(received, inbox, limits)
            .map_err(End::Failed)?;
        self.leftover.set(rest, spare);
        // A reading that ends where the message does may have been one that reads nothing beyond.
        let is_short = count < wanted || (beyond > 0 && beyond < buffer_max);
        match self.short_read {
            ShortRead::Drained if rest.is_empty() && is_short => Ok(RxState::idle()),
            ShortRead::Drained | ShortRead::Unknown => Ok(RxState::more()),
        }
    }

    /// Nothing was there, or the connection has failed.
    fn not_read(&mut self, error: io::Error, scratch: &mut Scratch) -> Result<RxState, End> {
        if error.kind() == Io::WouldBlock {
            self.leftover.clear(scratch.spare());
            return Ok(RxState::idle());
        }
        Err(End::Failed(Error::from_io("cannot receive", error)))
    }

    fn end_of_stream(&self) -> End {
        // rfc: sp-wire W-24, W-25
        if self.decoder.is_idle() {
            return End::Closed;
        }
        End::Failed(Error::new(
            ErrorKind::Disconnected,
            "the peer closed in the middle of a message",
        ))
    }
}

impl RxHalf for StreamRxHalf {
    fn read(&mut self, inbox: &mut Inbox, budget: &mut Budget<'_>) -> RxState {
        if let Some(end) = &self.end {
            return RxState::ended(end.clone());
        }
        let state = self.advance(inbox, budget).unwrap_or_else(|end| {
            // rfc: sp-wire W-23, W-25, W-26: what is whole stands in the inbox already.
            self.leftover.clear(budget.scratch.spare());
            self.decoder.discard();
            self.end = Some(end.clone());
            RxState::ended(end)
        });
        RxState {
            flush: self.io.wants_flush(),
            ..state
        }
    }
}

/// Reads once, whatever signals come.
fn uninterrupted(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == Io::Interrupted => {}
            result => return result,
        }
    }
}

impl fmt::Debug for StreamRxHalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamRxHalf")
            .field("short_read", &self.short_read)
            .field("left_over", &self.leftover.octets().len())
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
