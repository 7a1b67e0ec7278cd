//! The receiving half of a pipe: reads a stream, decodes within a budget, keeps what is over.
//! Never waits, and never delivers a part of a message. Obeys `rfc/sp-wire.md` sections 3 to 6.

use std::fmt;
use std::io::{self, ErrorKind as Io};

use speedwell_message::Inbox;
use speedwell_transport::{
    Budget, End, Error, ErrorKind, RxHalf, RxState, Scratch, Source, StreamRx,
};

use crate::Framing;
use crate::decoder::{Decoder, Limits};
use crate::leftover::Leftover;

/// Octets that one reading asks for at least, whatever the budget: fewer are not worth a call.
const READ_OCTETS_MIN: usize = 512;

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
        if let Some(room) = self.decoder.room().map_err(End::Failed)? {
            self.leftover.clear(budget.scratch.spare());
            let size = room.len();
            return match read(&mut *self.io, room) {
                Ok(0) => Err(self.end_of_stream()),
                Ok(count) => {
                    self.decoder.advance(count, inbox);
                    Ok(self.after_reading(count, size))
                }
                Err(error) => self.not_read(error, budget.scratch),
            };
        }
        self.read_into_scratch(inbox, budget, limits)
    }

    fn read_into_scratch(
        &mut self,
        inbox: &mut Inbox,
        budget: &mut Budget<'_>,
        limits: Limits,
    ) -> Result<RxState, End> {
        // What is over stays in memory while the pipe is paused.
        let octets_max = budget.octets.max(READ_OCTETS_MIN);
        let scratch = &mut *budget.scratch;
        let (buffer, spare) = scratch.parts();
        let end = buffer.len().min(octets_max);
        let buffer = buffer.get_mut(..end).unwrap_or_default();
        let count = match read(&mut *self.io, buffer) {
            // rfc: sp-tcp T-22: the system hands out what arrived first.
            Ok(0) => return Err(self.end_of_stream()),
            Ok(count) => count,
            Err(error) => return self.not_read(error, scratch),
        };
        let (size, received) = (buffer.len(), buffer.get(..count).unwrap_or_default());
        let rest = self
            .decoder
            .decode(received, inbox, limits)
            .map_err(End::Failed)?;
        self.leftover.set(rest, spare);
        if rest.is_empty() {
            Ok(self.after_reading(count, size))
        } else {
            Ok(RxState::more())
        }
    }

    /// Whether to read again at once, after `count` octets came for `size`.
    fn after_reading(&self, count: usize, size: usize) -> RxState {
        match self.short_read {
            ShortRead::Drained if count < size => RxState::idle(),
            ShortRead::Drained | ShortRead::Unknown => RxState::more(),
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
fn read(io: &mut dyn StreamRx, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match io.read(buffer) {
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
