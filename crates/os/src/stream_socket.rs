//! A connected stream socket of the system as a byte stream. Never blocks, never raises a signal,
//! and does not know which family the socket is of. See `rfc/0001-contracts.md`.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::sync::Arc;

use socket2::{MaybeUninitSlice, SockRef, Socket};
use speedwell_transport::{
    Addr, ByteHalves, ByteStream, Credentials, OsSource, Source, StreamRx, StreamTx,
};

use crate::Own;

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

/// Never block, whatever the socket was told: what has its number may be a stranger's by now, which
/// nobody told.
// rfc: sp-waiting W-60
#[cfg(unix)]
const RECV_FLAGS: i32 = libc::MSG_DONTWAIT;
#[cfg(not(unix))]
const RECV_FLAGS: i32 = 0;
const SEND_FLAGS: i32 = MSG_NOSIGNAL | RECV_FLAGS;

/// A connection over a stream socket. It is closed when its source and both its halves are dropped.
// rfc: sp-tcp T-24
#[derive(Debug)]
pub struct StreamSocket {
    socket: Arc<Own<Socket>>,
    peer: Option<Addr>,
    credentials: Option<Credentials>,
    reading_max: usize,
}

impl StreamSocket {
    /// Over a socket that is connected and does not block, to a peer at `peer`, if that is known.
    #[must_use]
    pub fn new(socket: Arc<Own<Socket>>, peer: Option<Addr>) -> Self {
        Self {
            socket,
            peer,
            credentials: None,
            reading_max: usize::MAX,
        }
    }

    /// Says who runs the peer, if that is known.
    #[must_use]
    pub fn run_by(mut self, credentials: Option<Credentials>) -> Self {
        self.credentials = credentials;
        self
    }

    /// Has readings ask for so many octets at most.
    #[must_use]
    pub fn reading_at_most(mut self, octets: usize) -> Self {
        self.reading_max = octets;
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
            source: Source::os(Arc::<Own<Socket>>::clone(&self.socket)),
            tx: Box::new(SocketTx(Arc::clone(&self.socket))),
            rx: Box::new(SocketRx {
                socket: self.socket,
                reading_max: self.reading_max,
            }),
        }
    }
}

struct SocketTx(Arc<Own<Socket>>);

impl StreamTx for SocketTx {
    fn write(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        // rfc: sp-waiting W-60
        self.0.check()?;
        match octets {
            [one] => self.0.send_with_flags(one, SEND_FLAGS),
            many => {
                let many = many.get(..SLICES_MAX).unwrap_or(many);
                self.0.send_vectored_with_flags(many, SEND_FLAGS)
            }
        }
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.0.look()?;
        // rfc: sp-tcp T-23: the other direction stays as it is.
        self.0.shutdown(Shutdown::Write)
    }
}

struct SocketRx {
    socket: Arc<Own<Socket>>,
    reading_max: usize,
}

impl SocketRx {
    /// What a reading brought. None at all for some room is the end: of what we had?
    // rfc: sp-waiting W-61
    fn brought(&self, octets: usize, room: usize) -> io::Result<usize> {
        if octets == 0 && room > 0 {
            self.socket.look()?;
        }
        Ok(octets)
    }
}

impl StreamRx for SocketRx {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // rfc: sp-waiting W-60
        self.socket.check()?;
        let octets = (self.socket).recv_with_flags(as_uninit(buffer), RECV_FLAGS)?;
        self.brought(octets, buffer.len())
    }

    fn read_onto(
        &mut self,
        octets: &mut Vec<u8>,
        wanted: usize,
        beyond: &mut [u8],
    ) -> io::Result<usize> {
        self.socket.check()?;
        octets.reserve(wanted);
        let start = octets.len();
        let room = octets.spare_capacity_mut();
        let mut slices = [
            MaybeUninitSlice::new(room.get_mut(..wanted).unwrap_or_default()),
            MaybeUninitSlice::new(as_uninit(beyond)),
        ];
        let (count, _) = (self.socket).recv_vectored_with_flags(&mut slices, RECV_FLAGS)?;
        // SAFETY: the system says that it wrote `count` octets, in the order of the slices.
        // The first was `wanted` octets of spare capacity.
        unsafe { octets.set_len(start + count.min(wanted)) };
        self.brought(count, wanted)
    }

    fn octets_max(&self) -> usize {
        self.reading_max
    }
}

/// Octets that have a value, as a place to put others.
fn as_uninit(octets: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    // SAFETY: of the same layout. Nobody makes an octet of it lose its value: it goes to the
    // system alone, which writes octets that have one.
    unsafe { &mut *(std::ptr::from_mut(octets) as *mut [MaybeUninit<u8>]) }
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

/// The buffers of a socket, in octets as the system reports them: Linux counts twice what it was
/// asked for, and with it what it needs itself. `None` is what it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BufferSizes {
    /// `SO_SNDBUF`.
    pub send: Option<usize>,
    /// `SO_RCVBUF`.
    pub recv: Option<usize>,
}

/// Asks the system how large the buffers of a source are; two system calls. A source that is no
/// socket has none.
// rfc: sp-monitor M-06
#[must_use]
pub fn buffer_sizes(source: &OsSource) -> BufferSizes {
    #[cfg(unix)]
    let handle = source.handle().as_fd();
    #[cfg(windows)]
    let handle = source.handle().as_socket();
    let socket = SockRef::from(&handle);
    BufferSizes {
        send: socket.send_buffer_size().ok(),
        recv: socket.recv_buffer_size().ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    // rfc: sp-monitor M-06
    #[test]
    fn the_system_says_how_large_the_buffers_of_a_socket_are() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let socket = Socket::from(stream);
        ask_for_buffers(&socket, Some(20_000), Some(30_000));
        let sizes = buffer_sizes(&OsSource::new(Arc::new(socket)));
        println!("asked for 20000 and 30000, given {sizes:?}");
        assert!(sizes.send.is_some_and(|octets| octets >= 20_000));
        assert!(sizes.recv.is_some_and(|octets| octets >= 30_000));
    }

    #[test]
    fn a_message_is_read_onto_what_there_is_and_what_follows_beside_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let socket = Arc::new(Own::new(Socket::from(listener.accept().unwrap().0)));
        let arrives = || {
            let _ = socket.peek(&mut [MaybeUninit::uninit()]).unwrap();
        };
        let mut rx = Box::new(StreamSocket::new(Arc::clone(&socket), None))
            .split()
            .rx;

        let (mut octets, mut beyond) = (b"he".to_vec(), *b"????");
        peer.write_all(b"llo, w").unwrap();
        arrives();
        assert_eq!(rx.read_onto(&mut octets, 3, &mut beyond).unwrap(), 6);
        assert_eq!((&octets[..], &beyond), (&b"hello"[..], b", w?"));

        peer.write_all(b"or").unwrap();
        arrives();
        assert_eq!(rx.read_onto(&mut octets, 3, &mut beyond).unwrap(), 2);
        assert_eq!((&octets[..], &beyond), (&b"helloor"[..], b", w?"));

        let error = rx.read_onto(&mut octets, 3, &mut beyond).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        drop(peer);
        arrives();
        assert_eq!(rx.read_onto(&mut octets, 3, &mut beyond).unwrap(), 0);
        assert_eq!(octets, b"helloor");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_has_no_buffers() {
        let file = std::fs::File::open("/dev/null").unwrap();
        let sizes = buffer_sizes(&OsSource::new(Arc::new(file)));
        assert_eq!(sizes, BufferSizes::default());
    }
}
