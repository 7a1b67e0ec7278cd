//! A connected stream socket of the system as a byte stream. Never blocks, never raises a signal,
//! and does not know which family the socket is of. See `rfc/0001-contracts.md`.

use std::io::{self, IoSlice, Read};
use std::net::Shutdown;
use std::sync::Arc;

use socket2::Socket;
use speedwell_transport::{Addr, ByteHalves, ByteStream, Credentials, Source, StreamRx, StreamTx};

/// Slices that one call hands to the system; more are an error on most systems, not less work.
const SLICES_MAX: usize = 1024;

/// Octets that the system can be asked for as a buffer: it counts in 32 bits with a sign.
const BUFFER_OCTETS_MAX: usize = 0x7fff_ffff;

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

/// A connection over a stream socket. It is closed when its source and both its halves are dropped.
// rfc: sp-tcp T-24
#[derive(Debug)]
pub struct StreamSocket {
    socket: Arc<Socket>,
    peer: Option<Addr>,
    credentials: Option<Credentials>,
}

impl StreamSocket {
    /// Over a socket that is connected and does not block, to a peer at `peer`, if that is known.
    #[must_use]
    pub fn new(socket: Arc<Socket>, peer: Option<Addr>) -> Self {
        Self {
            socket,
            peer,
            credentials: None,
        }
    }

    /// Says who runs the peer, if that is known.
    #[must_use]
    pub fn run_by(mut self, credentials: Option<Credentials>) -> Self {
        self.credentials = credentials;
        self
    }
}

impl ByteStream for StreamSocket {
    fn peer_addr(&self) -> Option<Addr> {
        self.peer.clone()
    }

    fn peer_credentials(&self) -> Option<Credentials> {
        self.credentials
    }

    fn split(self: Box<Self>) -> ByteHalves {
        ByteHalves {
            source: Source::os(Arc::<Socket>::clone(&self.socket)),
            tx: Box::new(SocketTx(Arc::clone(&self.socket))),
            rx: Box::new(SocketRx(self.socket)),
        }
    }
}

struct SocketTx(Arc<Socket>);

impl StreamTx for SocketTx {
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

struct SocketRx(Arc<Socket>);

impl StreamRx for SocketRx {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

/// Asks the system for buffers of these sizes, in octets; `None` leaves one as it is. The system
/// may give less, double what it gives, or refuse: none of it is an error.
pub fn ask_for_buffers(socket: &Socket, send: Option<usize>, recv: Option<usize>) {
    if let Some(octets) = send {
        let _ = socket.set_send_buffer_size(octets.min(BUFFER_OCTETS_MAX));
    }
    if let Some(octets) = recv {
        let _ = socket.set_recv_buffer_size(octets.min(BUFFER_OCTETS_MAX));
    }
}
