//! Byte streams: what a transport has to offer when `speedwell-stream` does the rest.
//! See `rfc/0001-contracts.md`.

use std::io::{self, IoSlice};

use crate::{Addr, Credentials, PollCx, Progress, Source};

/// The writing side of a byte stream. Never blocks.
pub trait StreamTx: Send {
    /// Writes as much as is taken at once. Over a [`Source::Os`], fewer octets than were offered
    /// say that no more are taken now: the next call comes when the system reports that they are.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] when nothing is taken now, [`io::ErrorKind::Interrupted`] is
    /// tried again; anything else ends the pipe.
    fn write(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Moves on what the stream itself holds back, as TLS does. Most streams hold nothing.
    ///
    /// # Errors
    ///
    /// As [`StreamTx::write`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Tells the peer that nothing more will come.
    ///
    /// # Errors
    ///
    /// When the connection is gone already.
    fn shutdown_write(&mut self) -> io::Result<()>;
}

/// The reading side of a byte stream. Never blocks.
pub trait StreamRx: Send {
    /// Reads what has arrived; 0 is the end of the stream.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] when nothing is there now, [`io::ErrorKind::Interrupted`] is
    /// tried again; anything else ends the pipe.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Reads onto the end of `octets`, `wanted` of them at most, and then into `beyond` what has
    /// arrived behind them. Returns how many came in all: fewer than `wanted`, or `wanted` when
    /// nothing is read beyond, is what came onto the end.
    ///
    /// A large message is read in this way, straight into memory of its own. A stream that can
    /// read into memory which nobody has filled, or into two places at once, does better than
    /// what stands here. There is room for `wanted` octets; what there was stays as it is.
    ///
    /// # Errors
    ///
    /// As [`StreamRx::read`]; then `octets` is what it was.
    fn read_onto(
        &mut self,
        octets: &mut Vec<u8>,
        wanted: usize,
        beyond: &mut [u8],
    ) -> io::Result<usize> {
        let _ = beyond;
        let start = octets.len();
        octets.resize(start.saturating_add(wanted), 0);
        let result = self.read(octets.get_mut(start..).unwrap_or_default());
        octets.truncate(start.saturating_add(*result.as_ref().unwrap_or(&0)));
        result
    }

    /// Octets that one reading should ask for at most, where asking for more makes it slower.
    fn octets_max(&self) -> usize {
        usize::MAX
    }

    /// True when reading made the stream want to send octets of its own, as TLS may.
    fn wants_flush(&self) -> bool {
        false
    }
}

/// A connected byte stream.
pub trait ByteStream: Send {
    /// Finishes what precedes the first octet, such as a TLS handshake. Most streams are open.
    fn poll_open(&mut self, cx: &mut PollCx<'_>) -> Progress<()> {
        let _ = cx;
        Progress::Ready(())
    }

    /// Where the peer is, when that is known.
    fn peer_addr(&self) -> Option<Addr> {
        None
    }

    /// Who runs the peer, when it is a process of this host and the system says so. Asked for once
    /// the stream is open.
    fn peer_credentials(&self) -> Option<Credentials> {
        None
    }

    /// The two sides. Called once, after `poll_open` was ready.
    fn split(self: Box<Self>) -> ByteHalves;
}

/// The two sides of a byte stream, and what tells that they can go on.
#[allow(
    missing_debug_implementations,
    reason = "the sides are trait objects without Debug"
)]
pub struct ByteHalves {
    /// What tells that a side can go on.
    pub source: Source,
    /// The writing side.
    pub tx: Box<dyn StreamTx>,
    /// The reading side.
    pub rx: Box<dyn StreamRx>,
}

/// Connects byte streams to one address, as [`Dialer`](crate::Dialer) does pipes.
pub trait StreamConnector: Send {
    /// Goes on with the present attempt, or starts one.
    fn poll_connect(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>>;

    /// Gives up the present attempt, if any.
    fn abandon(&mut self);
}

/// Accepts byte streams at one address, as [`Listener`](crate::Listener) does pipes.
pub trait StreamAcceptor: Send {
    /// The address that peers connect to.
    fn local_addr(&self) -> Addr;

    /// The next stream. A `Fail` concerns one connection; the acceptor goes on.
    fn poll_accept(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>>;
}
