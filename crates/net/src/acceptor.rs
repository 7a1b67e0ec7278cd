//! Listens at a TCP address. Never blocks, and decides neither how many connections there may be
//! nor what to do when the system has run out. Obeys `rfc/sp-tcp.md` sections 2, 4 and 6.

use std::io::{self, ErrorKind as Io};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use socket2::{SockAddr, Socket};
use speedwell_transport::{
    Addr, ByteStream, EndpointOptions, Error, Interest, PollCx, Progress, Source, StreamAcceptor,
};

use crate::interface::Version;
use crate::socket::{SocketOptions, to_addr};
use crate::{TcpAddress, TcpByteStream};

/// Connections that the system keeps for us until we accept them; it may keep fewer.
const BACKLOG: i32 = 1024;

/// Connections in a row that may be gone when they are accepted. Then the driver has its turn, and
/// paces a listener that never gets further.
const GONE_MAX: usize = 64;

/// A [`StreamAcceptor`] at one TCP address. Dropping it closes the port.
// rfc: sp-tcp T-25: what was accepted has sockets of its own.
#[derive(Debug)]
pub struct TcpAcceptor {
    socket: Arc<Socket>,
    local: Addr,
    options: SocketOptions,
}

impl TcpAcceptor {
    /// Binds to `addr`, whatever its scheme, and listens.
    ///
    /// # Errors
    ///
    /// [`InvalidAddress`](speedwell_transport::ErrorKind::InvalidAddress) when the address is not
    /// `HOST:PORT`; [`AddressNotAvailable`](speedwell_transport::ErrorKind::AddressNotAvailable)
    /// when the host is neither `*`, a literal nor an interface; else what the system says, such as
    /// [`AddressInUse`](speedwell_transport::ErrorKind::AddressInUse).
    pub fn bind(addr: &Addr, options: &EndpointOptions) -> Result<Self, Error> {
        let options = SocketOptions::new(options);
        let address = TcpAddress::parse(addr.location())?;
        let failed = |error| Error::from_io(format!("cannot listen at {addr}"), error);
        let version = if options.tcp.ipv4_only {
            Version::V4
        } else {
            Version::Either
        };
        let socket = match address.to_bind(version)? {
            Some(own) => {
                options.check(own)?;
                listen(&options, own)
            }
            None => listen_anywhere(&options, address.port),
        }
        .map_err(failed)?;
        let local = local_addr(&socket).map_err(failed)?;
        Ok(Self {
            local: to_addr(addr.scheme(), local)?,
            socket: Arc::new(socket),
            options,
        })
    }

    /// The next connection that `accept` gives and that is not gone already.
    fn accept(
        &self,
        mut accept: impl FnMut() -> io::Result<(Socket, SockAddr)>,
    ) -> Progress<Box<dyn ByteStream>> {
        let mut gone = 0;
        let failure = loop {
            let error = match accept() {
                Ok((socket, peer)) => match self.take(socket, peer.as_socket()) {
                    Ok(stream) => return Progress::Ready(stream),
                    Err(error) => error,
                },
                Err(error) if error.kind() == Io::WouldBlock => {
                    let source = Source::os(Arc::<Socket>::clone(&self.socket));
                    return Progress::Wait(Interest::readable(source));
                }
                Err(error) if !is_gone(&error) => break error,
                Err(error) => error,
            };
            // rfc: sp-tcp T-18
            gone += 1;
            if gone > GONE_MAX {
                break error;
            }
        };
        // rfc: sp-tcp T-19
        Progress::Fail(Error::from_io("cannot accept a connection", failure))
    }

    /// A connection that was just accepted, made ready for use.
    fn take(&self, socket: Socket, peer: Option<SocketAddr>) -> io::Result<Box<dyn ByteStream>> {
        // rfc: sp-tcp T-15
        socket.set_nonblocking(true)?;
        self.options.apply(&socket)?;
        let peer = peer.and_then(|peer| to_addr(self.local.scheme(), peer).ok());
        Ok(Box::new(TcpByteStream::new(Arc::new(socket), peer)))
    }
}

impl StreamAcceptor for TcpAcceptor {
    fn local_addr(&self) -> Addr {
        self.local.clone()
    }

    fn poll_accept(&mut self, _: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>> {
        self.accept(|| self.socket.accept())
    }
}

/// The numbers of errors that `accept` reports of one connection and that the standard library
/// gives no kind. Linux hands out whatever the network said of a connection before it was accepted:
/// `ENONET`, `EPROTO`, `ENOPROTOOPT`, `EOPNOTSUPP` and `EHOSTDOWN`. Elsewhere it is `EPROTO` alone.
const GONE: &[i32] = if cfg!(all(
    any(target_os = "linux", target_os = "android"),
    any(target_arch = "mips", target_arch = "mips64")
)) {
    &[64, 71, 99, 122, 147]
} else if cfg!(any(target_os = "linux", target_os = "android")) {
    &[64, 71, 92, 95, 112]
} else if cfg!(any(target_os = "illumos", target_os = "solaris")) {
    &[71]
} else if cfg!(target_vendor = "apple") {
    &[100]
} else if cfg!(target_os = "freebsd") {
    &[92]
} else {
    &[]
};

/// Whether an error of `accept` is that of one connection, or a signal's: the next one may do.
fn is_gone(error: &io::Error) -> bool {
    match error.kind() {
        Io::Interrupted
        | Io::ConnectionAborted
        | Io::ConnectionReset
        | Io::TimedOut
        | Io::HostUnreachable
        | Io::NetworkUnreachable
        | Io::NetworkDown => true,
        _ => error
            .raw_os_error()
            .is_some_and(|number| GONE.contains(&number)),
    }
}

/// A socket that listens at `address`; IPv6's unspecified address is both versions'.
fn listen(options: &SocketOptions, address: SocketAddr) -> io::Result<Socket> {
    let socket = options.socket_for(address)?;
    // rfc: sp-tcp T-07
    if address.is_ipv6() && address.ip().is_unspecified() {
        socket.set_only_v6(false)?;
    }
    // rfc: sp-tcp T-16: before the system chooses a port it might choose one that is taken.
    let chosen_by_us = address.port() != 0;
    if chosen_by_us {
        reuse_address(&socket)?;
    }
    socket.bind(&address.into())?;
    if !chosen_by_us {
        reuse_address(&socket)?;
    }
    socket.listen(BACKLOG)?;
    Ok(socket)
}

/// Lets a port be had again while old connections to it are remembered. Elsewhere than on Unix it
/// would let others take the port from us.
fn reuse_address(socket: &Socket) -> io::Result<()> {
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    Ok(())
}

/// Listens at every address of this host: of both versions, or of IPv4 if there is no other.
///
/// rfc: sp-tcp T-07
fn listen_anywhere(options: &SocketOptions, port: u16) -> io::Result<Socket> {
    let v4 = (Ipv4Addr::UNSPECIFIED, port).into();
    if options.tcp.ipv4_only {
        return listen(options, v4);
    }
    match listen(options, (Ipv6Addr::UNSPECIFIED, port).into()) {
        Err(error) if lacks_ipv6(&error) => listen(options, v4),
        result => result,
    }
}

/// Whether an error can come from a host without IPv6, rather than from the port.
fn lacks_ipv6(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        Io::AddrInUse | Io::PermissionDenied | Io::OutOfMemory
    )
}

fn local_addr(socket: &Socket) -> io::Result<SocketAddr> {
    let unknown = || io::Error::other("the system names no address");
    socket.local_addr()?.as_socket().ok_or_else(unknown)
}

#[cfg(test)]
mod tests;
