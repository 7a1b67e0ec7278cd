#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use speedwell_net::{TcpAcceptor, TcpConnector};
use speedwell_stream::{Framing, StreamDialer, StreamListener};
use speedwell_transport::{Addr, Dialer, EndpointOptions, Env, Error, Listener, Transport};

pub use speedwell_net::TcpOptions;

/// The transport of addresses such as `tcp://127.0.0.1:5555`. Obeys `rfc/sp-tcp.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tcp;

impl Tcp {
    /// The transport. All of them are alike.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Transport for Tcp {
    fn scheme(&self) -> &str {
        "tcp"
    }

    fn dialer(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        env: &Env<'_>,
    ) -> Result<Box<dyn Dialer>, Error> {
        let connector = Box::new(TcpConnector::new(addr, options, env)?);
        // rfc: sp-wire W-13
        let dialer = StreamDialer::new(connector, Framing::Tcp, options);
        Ok(Box::new(dialer))
    }

    fn listener(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        _: &Env<'_>,
    ) -> Result<Box<dyn Listener>, Error> {
        let acceptor = Box::new(TcpAcceptor::bind(addr, options)?);
        let listener = StreamListener::new(acceptor, Framing::Tcp, options);
        Ok(Box::new(listener))
    }
}
