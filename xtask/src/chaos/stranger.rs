//! A TCP peer that speaks as it likes: half a greeting, too much, nothing, and ends as it likes.
//! The octets it needs are written out here; it uses nothing of what it tries.
//! See `rfc/sp-wire.md`.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use socket2::SockRef;

use super::patience::LIMIT;

/// The endpoint type of PAIR.
pub(crate) const PAIR: u8 = 0x10;
/// The endpoint type of PUSH.
pub(crate) const PUSH: u8 = 0x50;
/// The endpoint type of PULL.
pub(crate) const PULL: u8 = 0x51;

/// A connection to us.
#[derive(Debug)]
pub(crate) struct Stranger(TcpStream);

impl Stranger {
    /// Connects to a port of this host.
    pub(crate) fn connects(port: u16) -> Result<Self> {
        Self::over(TcpStream::connect((Ipv4Addr::LOCALHOST, port))?)
    }

    /// Takes a connection of ours.
    pub(crate) fn accepts(listener: &TcpListener) -> Result<Self> {
        Self::over(listener.accept()?.0)
    }

    fn over(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        Ok(Self(stream))
    }

    /// Some of them, all connected.
    pub(crate) fn crowd(port: u16, count: u64) -> Result<Vec<Self>> {
        (0..count).map(|_| Self::connects(port)).collect()
    }

    /// Sends octets.
    pub(crate) fn sends(&mut self, octets: &[u8]) -> Result<()> {
        Ok(self.0.write_all(octets)?)
    }

    /// Sends octets to a peer that may be gone.
    pub(crate) fn tries(&mut self, octets: &[u8]) {
        // That it is gone is what is looked at next.
        let _gone = self.0.write_all(octets);
    }

    /// Greets as an endpoint of type `of`.
    pub(crate) fn greets(&mut self, of: u8) -> Result<()> {
        self.sends(&greeting(of))
    }

    /// Takes our greeting, whole: then we have seen what it sent before, or will before its end.
    pub(crate) fn is_greeted(&mut self) -> Result<()> {
        Ok(self.0.read_exact(&mut [0; 8])?)
    }

    /// Sends a message of this body.
    pub(crate) fn sends_message(&mut self, body: &[u8]) -> Result<()> {
        let mut frame = claim(u64::try_from(body.len())?).to_vec();
        frame.extend_from_slice(body);
        self.sends(&frame)
    }

    /// Ends the connection with a reset.
    pub(crate) fn resets(self) -> Result<()> {
        Ok(SockRef::from(&self.0).set_linger(Some(Duration::ZERO))?)
    }

    /// Says that nothing more comes, and goes on listening.
    pub(crate) fn half_closes(&self) -> Result<()> {
        Ok(self.0.shutdown(Shutdown::Write)?)
    }

    /// Reads until we end the connection; says how long that took.
    pub(crate) fn until_dropped(&mut self) -> Result<Duration> {
        let started = Instant::now();
        let mut octets = [0; 4096];
        loop {
            match self.0.read(&mut octets) {
                Ok(0) => return Ok(started.elapsed()),
                Ok(_) => {}
                Err(error) if is_over(error.kind()) => return Ok(started.elapsed()),
                Err(error) => bail!("it was not dropped: {error}"),
            }
        }
    }

    /// Whether we have ended the connection by now.
    pub(crate) fn is_dropped(&mut self) -> Result<bool> {
        self.0.set_nonblocking(true)?;
        let mut octets = [0; 64];
        let dropped = loop {
            match self.0.read(&mut octets) {
                Ok(0) => break true,
                Ok(_) => {}
                Err(error) => break error.kind() != ErrorKind::WouldBlock,
            }
        };
        self.0.set_nonblocking(false)?;
        Ok(dropped)
    }
}

/// Whether an error of reading is the end of the connection.
fn is_over(kind: ErrorKind) -> bool {
    kind == ErrorKind::ConnectionReset || kind == ErrorKind::BrokenPipe
}

/// A greeting of an endpoint of type `of`.
pub(crate) fn greeting(of: u8) -> [u8; 8] {
    [0, b'S', b'P', 0, 0, of, 0, 0]
}

/// The length that stands before a message.
pub(crate) fn claim(octets: u64) -> [u8; 8] {
    octets.to_be_bytes()
}

/// A listener of a stranger, and the address where we connect to it.
pub(crate) fn listener() -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = format!("tcp://{}", listener.local_addr()?);
    Ok((listener, address))
}
