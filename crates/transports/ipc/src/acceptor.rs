//! Listens at one name. Never blocks once it listens, and decides neither how many connections
//! there may be nor what to do when the system has run out. Obeys `rfc/sp-ipc.md` sections 4 and 5.

use std::io;
use std::sync::Arc;

use socket2::Socket;
use speedwell_os::{Own, poll_accept};
use speedwell_transport::{
    Addr, ByteStream, EndpointOptions, Error, PollCx, Progress, StreamAcceptor,
};

use crate::IpcOptions;
use crate::binding;
use crate::bound::BoundFile;
use crate::name::Name;
use crate::socket::{self, Buffers, cannot_listen};

/// A [`StreamAcceptor`] at one name. Dropping it gives the name free.
#[derive(Debug)]
pub(crate) struct Acceptor {
    // First, so that the file goes while the socket still listens.
    // rfc: sp-ipc C-19
    #[allow(dead_code, reason = "it is there to be dropped")]
    file: Option<BoundFile>,
    socket: Arc<Own<Socket>>,
    local: Addr,
    buffers: Buffers,
}

impl Acceptor {
    /// Binds to `name`, which is that of `addr`, and listens.
    pub(crate) fn bind(name: &Name, addr: &Addr, options: &EndpointOptions) -> Result<Self, Error> {
        let own = IpcOptions::of(options)?;
        let socket = socket::new().map_err(|error| cannot_listen(addr, error))?;
        let file = match name {
            Name::Path(path) => Some(binding::bind(&socket, path, addr, &own)?),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Name::Abstract(_) => {
                own.check_without_file()?;
                let at = name.to_sock_addr()?;
                let bound = socket.bind(&at).and_then(|()| socket::listen(&socket));
                bound.map_err(|error| cannot_listen(addr, error))?;
                None
            }
        };
        Ok(Self {
            file,
            socket: Arc::new(socket),
            local: addr.clone(),
            buffers: Buffers::new(options),
        })
    }

    /// A connection that was just accepted, made ready for use. Its peer has no name to tell.
    fn take(&self, socket: Own<Socket>) -> io::Result<Box<dyn ByteStream>> {
        socket.set_nonblocking(true)?;
        Ok(Box::new(self.buffers.stream(socket, None)))
    }
}

impl StreamAcceptor for Acceptor {
    fn local_addr(&self) -> Addr {
        self.local.clone()
    }

    fn poll_accept(&mut self, _: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>> {
        poll_accept(&self.socket, |new, _| self.take(new))
    }
}
