//! A transport by somebody else: `wormhole://NAME`. A dialer leaves one of a pair of connected
//! sockets with the listener of that name. Names belong to one [`Wormhole`] and its clones. It
//! never speaks SP: `speedwell-stream` does. Unix only, else empty. See `rfc/0001-contracts.md`.
#![cfg(unix)]
#![forbid(unsafe_code)]

use std::collections::{HashMap, VecDeque};
use std::io::{self, IoSlice, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use speedwell_stream::{Framing, StreamDialer, StreamListener};
use speedwell_transport::{
    Addr, ByteHalves, ByteStream, Dialer, Doorbell, EndpointOptions, Env, Error, ErrorKind,
    Interest, Listener, PollCx, Progress, Source, StreamAcceptor, StreamConnector, StreamRx,
    StreamTx, Transport,
};

/// The transport. A clone knows the same names.
#[derive(Clone, Default)]
pub struct Wormhole(Arc<Mutex<HashMap<String, Mouth>>>);

/// What dialers left with a listener, and how to tell it.
#[derive(Default)]
struct Mouth {
    arrived: VecDeque<Wire>,
    bell: Option<Doorbell>,
}

impl Wormhole {
    /// A transport that knows no name.
    pub fn new() -> Self {
        Self::default()
    }

    fn mouths(&self) -> MutexGuard<'_, HashMap<String, Mouth>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Wormhole {
    fn scheme(&self) -> &str {
        "wormhole"
    }

    fn dialer(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        _: &Env<'_>,
    ) -> Result<Box<dyn Dialer>, Error> {
        let far = Box::new(Far(self.clone(), addr.clone()));
        Ok(Box::new(StreamDialer::new(far, Framing::Tcp, options)))
    }

    fn listener(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        _: &Env<'_>,
    ) -> Result<Box<dyn Listener>, Error> {
        let mut mouths = self.mouths();
        if mouths.contains_key(addr.location()) {
            return Err(Error::new(ErrorKind::AddressInUse, "the name is taken"));
        }
        mouths.insert(addr.location().to_owned(), Mouth::default());
        let near = Box::new(Near(self.clone(), addr.clone()));
        Ok(Box::new(StreamListener::new(near, Framing::Tcp, options)))
    }
}

/// The dialing side.
struct Far(Wormhole, Addr);

impl StreamConnector for Far {
    fn poll_connect(&mut self, _: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>> {
        match (self.0.mouths().get_mut(self.1.location()), pair()) {
            (Some(mouth), Ok((ours, theirs))) => {
                mouth.arrived.push_back(theirs);
                mouth.bell.iter().for_each(Doorbell::ring);
                Progress::Ready(Box::new(ours))
            }
            (None, _) => Progress::Fail(Error::new(ErrorKind::Refused, "nobody has that name")),
            (_, Err(error)) => Progress::Fail(Error::from_io("cannot open a wormhole", error)),
        }
    }

    fn abandon(&mut self) {}
}

fn pair() -> io::Result<(Wire, Wire)> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)
        .and(theirs.set_nonblocking(true))?;
    Ok((Wire(Arc::new(ours)), Wire(Arc::new(theirs))))
}

/// The listening side. The name is free again when it is dropped.
struct Near(Wormhole, Addr);

impl StreamAcceptor for Near {
    fn local_addr(&self) -> Addr {
        self.1.clone()
    }

    fn poll_accept(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>> {
        let mut mouths = self.0.mouths();
        let mouth = mouths.entry(self.1.location().to_owned()).or_default();
        mouth.bell = Some(cx.bell().clone());
        match mouth.arrived.pop_front() {
            Some(wire) => Progress::Ready(Box::new(wire)),
            None => Progress::Wait(Interest::bell()),
        }
    }
}

impl Drop for Near {
    fn drop(&mut self) {
        self.0.mouths().remove(self.1.location());
    }
}

/// One socket, and then each half of it.
struct Wire(Arc<UnixStream>);

impl ByteStream for Wire {
    fn split(self: Box<Self>) -> ByteHalves {
        ByteHalves {
            source: Source::os(self.0.clone()),
            tx: Box::new(Wire(self.0.clone())),
            rx: self,
        }
    }
}

impl StreamTx for Wire {
    fn write(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self.0).write_vectored(octets)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.0.shutdown(std::net::Shutdown::Write)
    }
}

impl StreamRx for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}
