//! Connects to one Unix socket, again and again. Never waits: the system connects at once or not at
//! all. Obeys `rfc/sp-ipc.md` section 5.

use std::io::{self, ErrorKind as Io};

use rustix::io::Errno;
use speedwell_os::{Connecting, connect};
use speedwell_transport::{
    Addr, ByteStream, EndpointOptions, Error, ErrorKind, PollCx, Progress, StreamConnector,
};

use crate::name::Name;
use crate::socket::{self, Buffers};

/// A [`StreamConnector`] to one name. It has no attempt under way between two polls.
#[derive(Debug)]
pub(crate) struct Connector {
    name: Name,
    peer: Addr,
    buffers: Buffers,
}

impl Connector {
    pub(crate) fn new(name: Name, addr: &Addr, options: &EndpointOptions) -> Self {
        Self {
            name,
            peer: addr.clone(),
            buffers: Buffers::new(options),
        }
    }

    fn connect(&self) -> Result<Box<dyn ByteStream>, Error> {
        let target = self.name.to_sock_addr()?;
        let socket = socket::new().map_err(|error| self.failed(error))?;
        match connect(&socket, &target).map_err(|error| self.failed(error))? {
            Connecting::Connected => {
                let peer = Some(self.peer.clone());
                Ok(Box::new(self.buffers.stream(socket, peer)))
            }
            Connecting::UnderWay => Err(self.failed(Io::WouldBlock.into())),
        }
    }

    /// rfc: sp-ipc C-22
    fn failed(&self, error: io::Error) -> Error {
        let peer = &self.peer;
        if error.kind() == Io::WouldBlock {
            let what = format!("too many wait already for {peer} to accept them");
            return Error::from_io(what, error).with_kind(ErrorKind::Refused);
        }
        let another_type = error.raw_os_error() == Some(Errno::PROTOTYPE.raw_os_error());
        let error = Error::from_io(format!("cannot connect to {peer}"), error);
        if another_type {
            return error.with_kind(ErrorKind::BadPeer);
        }
        error
    }
}

impl StreamConnector for Connector {
    fn poll_connect(&mut self, _: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>> {
        match self.connect() {
            Ok(stream) => Progress::Ready(stream),
            Err(error) => Progress::Fail(error),
        }
    }

    fn abandon(&mut self) {}
}
