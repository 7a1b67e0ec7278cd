//! Listens at a TCP address. Never blocks, and decides neither how many connections there may be
//! nor what to do when the system has run out. Obeys `rfc/sp-tcp.md` sections 2, 4 and 6.

use std::io::{self, ErrorKind as Io};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use socket2::Socket;
use speedwell_os::{Own, poll_accept};
use speedwell_transport::{
    Addr, ByteStream, EndpointOptions, Error, PollCx, Progress, StreamAcceptor,
};

use crate::TcpAddress;
use crate::interface::Version;
use crate::socket::{SocketOptions, to_addr};

/// Connections that the system keeps for us until we accept them; it may keep fewer.
const BACKLOG: i32 = 1024;

/// A [`StreamAcceptor`] at one TCP address. Dropping it closes the port.
// rfc: sp-tcp T-25: what was accepted has sockets of its own.
#[derive(Debug)]
pub struct TcpAcceptor {
    socket: Arc<Own<Socket>>,
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

    /// A connection that was just accepted, made ready for use.
    fn take(
        &self,
        socket: Own<Socket>,
        peer: Option<SocketAddr>,
    ) -> io::Result<Box<dyn ByteStream>> {
        // rfc: sp-tcp T-15
        socket.set_nonblocking(true)?;
        self.options.apply(&socket)?;
        let peer = peer.and_then(|peer| to_addr(self.local.scheme(), peer).ok());
        Ok(Box::new(self.options.stream(Arc::new(socket), peer)))
    }
}

impl StreamAcceptor for TcpAcceptor {
    fn local_addr(&self) -> Addr {
        self.local.clone()
    }

    fn poll_accept(&mut self, _: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>> {
        poll_accept(&self.socket, |new, peer| self.take(new, peer.as_socket()))
    }
}

/// A socket that listens at `address`; IPv6's unspecified address is both versions'.
fn listen(options: &SocketOptions, address: SocketAddr) -> io::Result<Own<Socket>> {
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
fn listen_anywhere(options: &SocketOptions, port: u16) -> io::Result<Own<Socket>> {
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
