//! A peer over plain TCP that says what a test wants said, octet by octet.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::watch::SOON;

/// The numbers of endpoint types, as they stand in a greeting.
pub(crate) const PAIR: u16 = 0x10;
pub(crate) const PAIR1: u16 = 0x11;
pub(crate) const PUB: u16 = 0x20;
pub(crate) const SUB: u16 = 0x21;
pub(crate) const REQ: u16 = 0x30;
pub(crate) const REP: u16 = 0x31;
pub(crate) const PUSH: u16 = 0x50;
pub(crate) const PULL: u16 = 0x51;
pub(crate) const SURVEYOR: u16 = 0x62;
pub(crate) const BUS: u16 = 0x70;

/// The greeting of an endpoint type. rfc: sp-wire W-03
pub(crate) fn greeting(id: u16) -> [u8; 8] {
    let [high, low] = id.to_be_bytes();
    [0, b'S', b'P', 0, high, low, 0, 0]
}

/// What precedes a message of so many octets. rfc: sp-wire W-11
pub(crate) fn prefix(octets: u64) -> [u8; 8] {
    octets.to_be_bytes()
}

/// One plain connection.
pub(crate) struct RawPeer(TcpStream);

impl RawPeer {
    /// Connects to an address such as `tcp://127.0.0.1:5555`.
    pub(crate) fn connects(address: &str) -> Self {
        Self::over(TcpStream::connect(address.trim_start_matches("tcp://")).unwrap())
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    /// Connects, and shakes hands as an endpoint of type `id`.
    pub(crate) fn greets(address: &str, id: u16) -> Self {
        let mut peer = Self::connects(address);
        assert!(peer.says(&greeting(id)));
        peer.hears::<8>();
        peer
    }

    /// Connects with so small a receive buffer in the system, and shakes hands.
    pub(crate) fn greets_with_recv_buffer(address: &str, id: u16, octets: usize) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(octets).unwrap();
        let at: SocketAddr = address.trim_start_matches("tcp://").parse().unwrap();
        socket.connect(&at.into()).unwrap();
        let mut peer = Self::over(socket.into());
        assert!(peer.says(&greeting(id)));
        peer.hears::<8>();
        peer
    }

    /// False when the connection is gone.
    pub(crate) fn says(&mut self, octets: &[u8]) -> bool {
        self.0.write_all(octets).is_ok()
    }

    /// Sends a whole message.
    pub(crate) fn sends(&mut self, body: &[u8]) -> bool {
        self.says(&[&prefix(body.len() as u64)[..], body].concat())
    }

    /// Reads exactly so many octets.
    pub(crate) fn hears<const N: usize>(&mut self) -> [u8; N] {
        let mut octets = [0; N];
        self.0.read_exact(&mut octets).unwrap();
        octets
    }

    /// Reads a whole message; `None` when the connection has ended.
    pub(crate) fn receives(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; 8];
        self.0.read_exact(&mut length).ok()?;
        let mut body = vec![0; usize::try_from(u64::from_be_bytes(length)).unwrap()];
        self.0.read_exact(&mut body).ok()?;
        Some(body)
    }

    /// Ends one direction, or both.
    pub(crate) fn ends(&self, which: Shutdown) {
        // It may be gone already.
        let _ = self.0.shutdown(which);
    }

    /// Waits until the socket has dropped the connection, and says how long that took.
    pub(crate) fn is_dropped(&mut self) -> Duration {
        let start = Instant::now();
        assert!(self.is_dropped_within(SOON), "still connected");
        start.elapsed()
    }

    /// Waits so long for the socket to drop the connection; what it still says is passed over.
    pub(crate) fn is_dropped_within(&mut self, patience: Duration) -> bool {
        let start = Instant::now();
        let mut rest = [0; 64];
        while let Some(left) = patience.checked_sub(start.elapsed()) {
            // No patience at all would mean for ever.
            let left = left.max(Duration::from_millis(1));
            self.0.set_read_timeout(Some(left)).unwrap();
            match self.0.read(&mut rest) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::TimedOut => {}
                    _ => return true,
                },
            }
        }
        false
    }
}
