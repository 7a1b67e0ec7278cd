//! Unix sockets with the options of an endpoint: non-blocking, closed on `exec`. Never connects or
//! binds by itself. Obeys `rfc/sp-ipc.md` section 3.

use std::io;
use std::sync::Arc;

use socket2::{Domain, Socket, Type};
use speedwell_os::{Own, StreamSocket, ask_for_buffers, peer_credentials};
use speedwell_transport::{Addr, EndpointOptions, Error};

/// Octets that the system is asked to hold in each direction unless the user set a size: its own
/// choice is a fraction of it, for ever, since Unix sockets do not tune themselves as TCP does.
const BUFFER_OCTETS: usize = 1024 * 1024;

/// Connections that the system keeps for us until we accept them; it may keep fewer.
const BACKLOG: i32 = 1024;

/// The buffers that an endpoint asks for each of its sockets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buffers {
    send: usize,
    recv: usize,
}

impl Buffers {
    pub(crate) fn new(options: &EndpointOptions) -> Self {
        Self {
            send: options.system_send_buffer().unwrap_or(BUFFER_OCTETS),
            recv: options.system_recv_buffer().unwrap_or(BUFFER_OCTETS),
        }
    }

    /// Systems differ in whether an accepted socket has the buffers of its listener, so each is
    /// asked for its own.
    ///
    /// rfc: sp-ipc C-15
    pub(crate) fn ask(self, socket: &Socket) {
        ask_for_buffers(socket, Some(self.send), Some(self.recv));
    }

    /// A connection over a socket that does not block.
    pub(crate) fn stream(self, socket: Own<Socket>, peer: Option<Addr>) -> StreamSocket {
        self.ask(&socket);
        let credentials = peer_credentials(&socket);
        StreamSocket::new(Arc::new(socket), peer).run_by(credentials)
    }
}

/// A new socket.
///
/// rfc: sp-ipc C-16
pub(crate) fn new() -> io::Result<Own<Socket>> {
    let socket = Own::new(Socket::new(Domain::UNIX, Type::STREAM, None)?);
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Takes connections from here on.
pub(crate) fn listen(socket: &Socket) -> io::Result<()> {
    socket.listen(BACKLOG)
}

/// What the system says to listening at `addr`.
pub(crate) fn cannot_listen(addr: &Addr, error: impl Into<io::Error>) -> Error {
    Error::from_io(format!("cannot listen at {addr}"), error.into())
}
