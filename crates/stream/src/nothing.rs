//! A byte stream that is none: it stands where a stream was taken out of its place. Never reached
//! by a driver that keeps to the order of calls. See `rfc/0001-contracts.md`.

use std::io::{self, IoSlice};

use speedwell_transport::{ByteHalves, ByteStream, Source, StreamRx, StreamTx};

/// Reads nothing, takes nothing, and costs nothing.
pub(crate) struct Nothing;

impl ByteStream for Nothing {
    fn split(self: Box<Self>) -> ByteHalves {
        ByteHalves {
            source: Source::Doorbell,
            tx: Box::new(Self),
            rx: Box::new(Self),
        }
    }
}

impl StreamTx for Nothing {
    fn write(&mut self, _: &[IoSlice<'_>]) -> io::Result<usize> {
        Err(io::ErrorKind::NotConnected.into())
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::NotConnected.into())
    }
}

impl StreamRx for Nothing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::NotConnected.into())
    }
}
