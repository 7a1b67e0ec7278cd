//! A TCP connection as a byte stream. Never blocks, and never raises a signal.
//! Obeys `rfc/sp-tcp.md` section 5.

use std::io::{self, IoSlice, Read};
use std::net::Shutdown;
use std::sync::Arc;

use socket2::Socket;
use speedwell_transport::{Addr, ByteHalves, ByteStream, Source, StreamRx, StreamTx};

/// Slices that one call hands to the system; more are an error on most systems, not less work.
const SLICES_MAX: usize = 1024;

/// Do not raise `SIGPIPE`: this code may be loaded into a program that does not expect it. The
/// standard library gives the number no name. Where there is none, the socket itself was told.
// rfc: sp-tcp T-21
const MSG_NOSIGNAL: i32 = if cfg!(any(target_os = "linux", target_os = "android")) {
    0x4000
} else if cfg!(target_os = "freebsd") {
    0x2_0000
} else if cfg!(any(
    target_os = "openbsd",
    target_os = "netbsd",
    target_os = "dragonfly"
)) {
    0x400
} else if cfg!(any(target_os = "illumos", target_os = "solaris")) {
    0x200
} else {
    0
};

/// A TCP connection. It is closed when its source and both its halves are dropped.
// rfc: sp-tcp T-24
#[derive(Debug)]
pub struct TcpByteStream {
    socket: Arc<Socket>,
    peer: Option<Addr>,
}

impl TcpByteStream {
    /// Over a socket that is connected and does not block.
    pub(crate) fn new(socket: Arc<Socket>, peer: Option<Addr>) -> Self {
        Self { socket, peer }
    }
}

impl ByteStream for TcpByteStream {
    fn peer_addr(&self) -> Option<Addr> {
        self.peer.clone()
    }

    fn split(self: Box<Self>) -> ByteHalves {
        ByteHalves {
            source: Source::os(Arc::<Socket>::clone(&self.socket)),
            tx: Box::new(TcpTx(Arc::clone(&self.socket))),
            rx: Box::new(TcpRx(self.socket)),
        }
    }
}

struct TcpTx(Arc<Socket>);

impl StreamTx for TcpTx {
    fn write(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        match octets {
            [one] => self.0.send_with_flags(one, MSG_NOSIGNAL),
            many => {
                let many = many.get(..SLICES_MAX).unwrap_or(many);
                self.0.send_vectored_with_flags(many, MSG_NOSIGNAL)
            }
        }
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        // rfc: sp-tcp T-23: the other direction stays as it is.
        self.0.shutdown(Shutdown::Write)
    }
}

struct TcpRx(Arc<Socket>);

impl StreamRx for TcpRx {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}
