//! A peer of bare octets, which reads, writes and ends when it is told to and not before.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use speedwell::Endpoint;

use crate::by_hand::SOON;

/// The endpoint types of the two ends of a pipeline.
pub(crate) const PUSH: u8 = 0x50;
pub(crate) const PULL: u8 = 0x51;

pub(crate) struct RawPeer(TcpStream);

impl RawPeer {
    /// Connects to a socket and shakes hands.
    pub(crate) fn connect(bound: &Endpoint, id: u8) -> Self {
        let address = bound.address().strip_prefix("tcp://").unwrap().to_owned();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.write_all(&[0, b'S', b'P', 0, 0, id, 0, 0]).unwrap();
        stream.read_exact(&mut [0; 8]).unwrap();
        Self(stream)
    }

    pub(crate) fn send(&mut self, body: &[u8]) {
        let len = u64::try_from(body.len()).unwrap();
        self.0.write_all(&len.to_be_bytes()).unwrap();
        self.0.write_all(body).unwrap();
    }

    /// Tells that nothing more comes.
    pub(crate) fn end(&self) {
        self.0.shutdown(Shutdown::Write).unwrap();
    }

    /// Reads a message of this length.
    pub(crate) fn receive(&mut self, len: usize) -> Vec<u8> {
        let mut prefix = [0; 8];
        self.0.read_exact(&mut prefix).unwrap();
        assert_eq!(u64::from_be_bytes(prefix), u64::try_from(len).unwrap());
        let mut body = vec![0; len];
        self.0.read_exact(&mut body).unwrap();
        body
    }
}
