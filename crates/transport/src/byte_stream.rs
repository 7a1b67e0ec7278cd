//! Byte streams: what a transport has to offer when `speedwell-stream` does the rest.
//! See `rfc/0001-contracts.md`.

use std::io::{self, IoSlice};

use crate::{Addr, Credentials, PollCx, Progress, Source};

/// The writing side of a byte stream. Never blocks.
pub trait StreamTx: Send {
    /// Writes as much as is taken at once.
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
