//! TCP sockets with the options of an endpoint: non-blocking, closed on `exec`. Never connects or
//! listens by itself. Obeys `rfc/sp-tcp.md` section 3.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use speedwell_os::{Own, StreamSocket, ask_for_buffers};
use speedwell_transport::{Addr, EndpointOptions, Error, ErrorKind};

use crate::TcpOptions;

/// The shortest silence before a probe: systems count seconds.
const KEEPALIVE_MIN: Duration = Duration::from_secs(1);

/// Octets of one reading where the system sizes its buffer itself. Who reads holds the socket, and
/// what arrives meanwhile has to wait: out of many MiB, messages of 1 MiB come a fifth slower when
/// each is one reading.
const READING_OCTETS_MAX: usize = 64 * 1024;

/// What an endpoint asks of each of its sockets.
#[derive(Clone, Debug)]
pub(crate) struct SocketOptions {
    pub(crate) tcp: TcpOptions,
    send_buffer: Option<usize>,
    recv_buffer: Option<usize>,
    inflight: Option<usize>,
}

impl SocketOptions {
    pub(crate) fn new(options: &EndpointOptions) -> Self {
        Self {
            tcp: options.get().cloned().unwrap_or_default(),
            send_buffer: options.system_send_buffer(),
            recv_buffer: options.system_recv_buffer(),
            inflight: options.inflight,
        }
    }

    /// Refuses IPv6 when only IPv4 is to be used.
    pub(crate) fn check(&self, address: SocketAddr) -> Result<(), Error> {
        // rfc: sp-tcp T-13
        if self.tcp.ipv4_only && address.is_ipv6() {
            let why = "an IPv6 address where an option asks for IPv4 alone";
            return Err(Error::new(ErrorKind::InvalidAddress, why));
        }
        Ok(())
    }

    /// A socket that can be bound to or connected to `address`. Its buffers are asked for now: a
    /// window is agreed upon when a connection begins.
    pub(crate) fn socket_for(&self, address: SocketAddr) -> io::Result<Own<Socket>> {
        let domain = Domain::for_address(address);
        let socket = Own::new(Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?);
        // rfc: sp-tcp T-15: `Socket::new` and `accept` see to the other half of it.
        socket.set_nonblocking(true)?;
        // rfc: sp-tcp T-14: the system may give less than it was asked for.
        ask_for_buffers(&socket, self.send_buffer, self.recv_buffer);
        Ok(socket)
    }

    /// A connection over a socket with these options.
    pub(crate) fn stream(&self, socket: Arc<Own<Socket>>, peer: Option<Addr>) -> StreamSocket {
        let stream = StreamSocket::new(socket, peer);
        match self.recv_buffer {
            // rfc: sp-tcp T-32
            None => stream.reading_at_most(READING_OCTETS_MAX),
            Some(_) => stream,
        }
    }

    /// Sets what concerns a connection, on one that was just made.
    pub(crate) fn apply(&self, socket: &Socket) -> io::Result<()> {
        // rfc: sp-tcp T-11, T-12
        socket.set_tcp_nodelay(self.tcp.nodelay)?;
        if let Some(octets) = self.inflight {
            limit_unsent(socket, octets)?;
        }
        match self.tcp.keepalive {
            Some(silence) => {
                let silence = silence.max(KEEPALIVE_MIN);
                socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(silence))
            }
            None => Ok(()),
        }
    }
}

/// Has the system take no more once so many octets are unsent.
// rfc: sp-tcp T-31
#[cfg(any(target_os = "linux", target_os = "android"))]
fn limit_unsent(socket: &Socket, octets: usize) -> io::Result<()> {
    socket.set_tcp_notsent_lowat(u32::try_from(octets).unwrap_or(u32::MAX))
}

/// Elsewhere the system is not asked, and goes by the size of its buffer.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[expect(clippy::unnecessary_wraps, reason = "as where the system is asked")]
fn limit_unsent(_: &Socket, _: usize) -> io::Result<()> {
    Ok(())
}

/// A socket address as the address of a transport. An IPv4 peer of a listener for both is shown
/// as what it is.
pub(crate) fn to_addr(scheme: &str, address: SocketAddr) -> Result<Addr, Error> {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => Addr::from_parts(scheme, SocketAddr::new(ip, address.port())),
        IpAddr::V6(_) => Addr::from_parts(scheme, address),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use speedwell_transport::ByteStream;

    use super::*;

    #[test]
    fn only_a_buffer_that_the_system_sizes_is_read_in_small_pieces() {
        // rfc: sp-tcp T-32
        let reading = |recv_buffer| {
            let mut options = EndpointOptions::default();
            options.recv_buffer = recv_buffer;
            let options = SocketOptions::new(&options);
            let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let socket = options.socket_for(any).unwrap();
            let stream = Box::new(options.stream(Arc::new(socket), None));
            stream.split().rx.octets_max()
        };
        assert_eq!(reading(None), 64 * 1024);
        assert_eq!(reading(Some(1024 * 1024)), usize::MAX);
    }
}
