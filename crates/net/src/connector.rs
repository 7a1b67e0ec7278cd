//! Connects to one TCP address, again and again. Never blocks, and decides no pause between
//! attempts. Obeys `rfc/sp-tcp.md` sections 2, 4 and 6.

use std::io::{self, ErrorKind as Io};
use std::mem;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::Socket;
use speedwell_transport::{
    Addr, ByteStream, EndpointOptions, Error, ErrorKind, Interest, PollCx, Progress, Source,
    StreamConnector,
};

use crate::socket::{SocketOptions, to_addr};
use crate::{TcpAddress, TcpByteStream};

/// The number of `EINPROGRESS`, which the standard library gives no name. Windows says that the
/// call would block.
const IN_PROGRESS: Option<i32> = if cfg!(not(unix)) {
    None
} else if cfg!(any(
    target_os = "illumos",
    target_os = "solaris",
    all(
        target_os = "linux",
        any(target_arch = "mips", target_arch = "mips64")
    )
)) {
    Some(150)
} else if cfg!(any(target_os = "linux", target_os = "android")) {
    Some(115)
} else {
    Some(36)
};

/// A [`StreamConnector`] to one TCP address.
///
/// ```text
///         started           connected
///  Idle ──────────► Pending ──────────► (a stream) Idle
///                      └── failed, abandoned ────► Idle
/// ```
#[derive(Debug)]
pub struct TcpConnector {
    target: SocketAddr,
    peer: Addr,
    options: SocketOptions,
    attempt: Attempt,
}

#[derive(Debug)]
enum Attempt {
    Idle,
    /// The system is connecting the socket.
    Pending(Arc<Socket>),
}

impl TcpConnector {
    /// A connector to `addr`, whatever its scheme. Does not look for a peer yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidAddress`] when the address is not `HOST:PORT` with a literal host.
    pub fn new(addr: &Addr, options: &EndpointOptions) -> Result<Self, Error> {
        let options = SocketOptions::new(options);
        let target = TcpAddress::parse(addr.location())?.to_connect()?;
        options.check(target)?;
        Ok(Self {
            target,
            peer: to_addr(addr.scheme(), target)?,
            options,
            attempt: Attempt::Idle,
        })
    }

    /// The socket of the present attempt, which is started if there is none.
    fn attempt(&mut self) -> io::Result<Arc<Socket>> {
        match mem::replace(&mut self.attempt, Attempt::Idle) {
            Attempt::Pending(socket) => Ok(socket),
            Attempt::Idle => self.start(),
        }
    }

    fn start(&self) -> io::Result<Arc<Socket>> {
        let socket = self.options.socket_for(self.target)?;
        self.options.apply(&socket)?;
        match socket.connect(&self.target.into()) {
            Err(error) if !goes_on(&error) => Err(error),
            Ok(()) | Err(_) => Ok(Arc::new(socket)),
        }
    }
}

impl StreamConnector for TcpConnector {
    fn poll_connect(&mut self, _: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>> {
        let outcome = self
            .attempt()
            .and_then(|socket| Ok((Outcome::of(&socket)?, socket)));
        match outcome {
            Ok((Outcome::Connected, socket)) => {
                let peer = Some(self.peer.clone());
                Progress::Ready(Box::new(TcpByteStream::new(socket, peer)))
            }
            Ok((Outcome::UnderWay, socket)) => {
                let source = Source::os(Arc::<Socket>::clone(&socket));
                self.attempt = Attempt::Pending(socket);
                Progress::Wait(Interest::writable(source))
            }
            Ok((Outcome::ToItself, _)) => Progress::Fail(Error::new(
                ErrorKind::Refused,
                format!("nobody listens at {}: it answered itself", self.target),
            )),
            Err(error) => {
                let what = format!("cannot connect to {}", self.target);
                Progress::Fail(Error::from_io(what, error))
            }
        }
    }

    fn abandon(&mut self) {
        self.attempt = Attempt::Idle;
    }
}

/// How far a socket has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    UnderWay,
    Connected,
    /// The system chose the very port that was to be connected to, and nobody listened there.
    ToItself,
}

impl Outcome {
    fn of(socket: &Socket) -> io::Result<Self> {
        if let Some(error) = socket.take_error()? {
            return Err(error);
        }
        let peer = match socket.peer_addr() {
            Ok(peer) => peer,
            Err(error) if error.kind() == Io::NotConnected => return Ok(Self::UnderWay),
            Err(error) => return Err(error),
        };
        // rfc: sp-tcp T-20
        if socket.local_addr()? == peer {
            // Closed by a reset, or the port would be taken for minutes.
            let _ = socket.set_linger(Some(Duration::ZERO));
            return Ok(Self::ToItself);
        }
        Ok(Self::Connected)
    }
}

/// Whether the system is connecting all the same. After a signal it goes on, too.
fn goes_on(error: &io::Error) -> bool {
    match error.kind() {
        Io::Interrupted => true,
        Io::WouldBlock => IN_PROGRESS.is_none(),
        _ => IN_PROGRESS.is_some() && error.raw_os_error() == IN_PROGRESS,
    }
}

#[cfg(test)]
mod tests;
