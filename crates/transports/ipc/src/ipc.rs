//! The two transports: names that are files, and on Linux names that are not. Only joins the parts.
//! Obeys `rfc/sp-ipc.md`.

use speedwell_stream::{Framing, StreamDialer, StreamListener};
use speedwell_transport::{Addr, Dialer, EndpointOptions, Env, Error, Listener, Transport};

use crate::acceptor::Acceptor;
use crate::connector::Connector;
use crate::name::Name;

/// The transport of addresses such as `ipc:///run/app.sock`. Obeys `rfc/sp-ipc.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipc;

impl Ipc {
    /// The transport. All of them are alike.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Transport for Ipc {
    fn scheme(&self) -> &str {
        "ipc"
    }

    fn dialer(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        _: &Env<'_>,
    ) -> Result<Box<dyn Dialer>, Error> {
        Ok(dialer(Name::path(addr.location())?, addr, options))
    }

    fn listener(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        _: &Env<'_>,
    ) -> Result<Box<dyn Listener>, Error> {
        listener(Name::path(addr.location())?, addr, options)
    }
}

/// The transport of addresses such as `abstract://app`: names that the system keeps, and forgets
/// with their last socket; no file bears them. Only Linux has them. Obeys `rfc/sp-ipc.md`.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Abstract;

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Abstract {
    /// The transport. All of them are alike.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Transport for Abstract {
    fn scheme(&self) -> &str {
        "abstract"
    }

    fn dialer(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        _: &Env<'_>,
    ) -> Result<Box<dyn Dialer>, Error> {
        Ok(dialer(Name::unfiled(addr.location())?, addr, options))
    }

    fn listener(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        _: &Env<'_>,
    ) -> Result<Box<dyn Listener>, Error> {
        listener(Name::unfiled(addr.location())?, addr, options)
    }
}

fn dialer(name: Name, addr: &Addr, options: &EndpointOptions) -> Box<dyn Dialer> {
    let connector = Box::new(Connector::new(name, addr, options));
    Box::new(StreamDialer::new(connector, Framing::Ipc, options))
}

fn listener(
    name: Name,
    addr: &Addr,
    options: &EndpointOptions,
) -> Result<Box<dyn Listener>, Error> {
    let acceptor = Box::new(Acceptor::bind(&name, addr, options)?);
    let listener = StreamListener::new(acceptor, Framing::Ipc, options);
    Ok(Box::new(listener))
}
