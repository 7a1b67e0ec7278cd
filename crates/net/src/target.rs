//! What a dialer connects to, and from where: a literal, or a name that is looked up for each
//! attempt. Connects nothing. Obeys `rfc/sp-tcp.md` sections 2 and 4.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use speedwell_transport::{Doorbell, Error, ErrorKind, LookUp, Resolver};

use crate::address::{Host, TcpAddress, invalid};
use crate::interface::{self, Version};
use crate::socket::SocketOptions;

/// Addresses of one name that an attempt goes through; a name has a handful.
pub(crate) const ADDRESSES_MAX: usize = 256;

/// Where a dialer connects to, and from where.
#[derive(Debug)]
pub(crate) struct Target {
    to: To,
    /// A literal or an interface; `None` leaves it to the system.
    local: Option<Host>,
    ipv4_only: bool,
}

#[derive(Debug)]
enum To {
    Literal(SocketAddr),
    Name {
        host: String,
        port: u16,
        resolver: Arc<dyn Resolver>,
    },
}

impl Target {
    /// rfc: sp-tcp T-08, T-09, T-10, T-27
    pub(crate) fn new(
        address: TcpAddress,
        options: &SocketOptions,
        resolver: Option<&Arc<dyn Resolver>>,
    ) -> Result<Self, Error> {
        let TcpAddress { local, host, port } = address;
        if port == 0 {
            return Err(invalid("nobody listens at port 0"));
        }
        let to = match host {
            Host::Any => return Err(invalid("* is an address to listen at, not to connect to")),
            Host::Name(host) => To::Name {
                resolver: resolver.ok_or_else(no_resolver)?.clone(),
                host,
                port,
            },
            literal @ Host::Literal { .. } => {
                let address = literal.to_socket_addr(Version::Either, port)?;
                options.check(address)?;
                To::Literal(to_this_host(address))
            }
        };
        let target = Self {
            to,
            local: local.filter(|local| *local != Host::Any),
            ipv4_only: options.tcp.ipv4_only,
        };
        target.check_local()?;
        Ok(target)
    }

    /// What cannot work later either is refused now.
    fn check_local(&self) -> Result<(), Error> {
        match (&self.to, &self.local) {
            (To::Literal(to), Some(_)) => self.local_for(*to).map(drop),
            (To::Name { .. }, Some(local)) => local.to_socket_addr(Version::Either, 0).map(drop),
            (_, None) => Ok(()),
        }
    }

    /// The addresses to try, if no name has to be looked up for them.
    pub(crate) fn literal(&self) -> Option<SocketAddr> {
        match &self.to {
            To::Literal(address) => Some(*address),
            To::Name { .. } => None,
        }
    }

    /// Begins to look the name up; `None` where there is none.
    pub(crate) fn look_up(&self, bell: &Doorbell) -> Option<Box<dyn LookUp>> {
        match &self.to {
            To::Literal(_) => None,
            To::Name {
                host,
                port,
                resolver,
            } => Some(resolver.look_up(host, *port, bell)),
        }
    }

    /// Of the addresses that a name has, those to try, in order: such as gave no answer last time
    /// come last.
    ///
    /// rfc: sp-tcp T-28, T-29
    pub(crate) fn choose(
        &self,
        found: Vec<SocketAddr>,
        silent: &[SocketAddr],
    ) -> VecDeque<SocketAddr> {
        let fits = |address: &SocketAddr| match &self.local {
            Some(Host::Literal { ip, .. }) => ip.is_ipv4() == address.is_ipv4(),
            _ => !self.ipv4_only || address.is_ipv4(),
        };
        let mut chosen: Vec<_> = found.into_iter().filter(fits).take(ADDRESSES_MAX).collect();
        chosen.sort_by_key(|address| silent.contains(address));
        chosen.into()
    }

    /// The address to connect from, for a connection to `to`.
    pub(crate) fn local_for(&self, to: SocketAddr) -> Result<Option<SocketAddr>, Error> {
        let Some(local) = &self.local else {
            return Ok(None);
        };
        let address = local.to_socket_addr(Version::of(to), 0)?;
        if address.is_ipv4() != to.is_ipv4() {
            return Err(invalid("an IPv4 and an IPv6 address cannot be connected"));
        }
        Ok(Some(address))
    }
}

impl Host {
    /// The address that a literal or an interface stands for at present.
    pub(crate) fn to_socket_addr(&self, version: Version, port: u16) -> Result<SocketAddr, Error> {
        match self {
            Self::Any => Err(invalid("* stands for no single address")),
            Self::Literal { ip, zone } => {
                let zone = interface::index_of(zone)?;
                Ok(crate::address::socket_addr(*ip, zone, port))
            }
            Self::Name(name) => interface::address_of(name, version, port),
        }
    }
}

/// rfc: sp-tcp T-10
fn to_this_host(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    address
}

fn no_resolver() -> Error {
    let what = "the driver of this transport does not look names up";
    Error::new(ErrorKind::AddressNotAvailable, what)
}

#[cfg(test)]
mod tests;
