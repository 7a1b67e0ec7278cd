//! Interfaces of this host in place of addresses. Asks the system anew each time, since addresses
//! change. Obeys `rfc/sp-tcp.md` section 2.

use std::net::{IpAddr, SocketAddr};

use speedwell_os::interface_addresses;
use speedwell_transport::{Error, ErrorKind};

use crate::address::{Zone, socket_addr};

/// Which versions of addresses will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V4,
    V6,
    /// IPv4 if there is one.
    Either,
}

impl Version {
    pub(crate) fn of(address: SocketAddr) -> Self {
        if address.is_ipv4() {
            Self::V4
        } else {
            Self::V6
        }
    }
}

/// The first address of the interface `name` that will do, with `port`.
///
/// rfc: sp-tcp T-26
pub(crate) fn address_of(name: &str, version: Version, port: u16) -> Result<SocketAddr, Error> {
    let failed = |error| Error::from_io("cannot list the interfaces of this host", error);
    let found = interface_addresses(name).map_err(failed)?;
    let first = |wanted: fn(&IpAddr) -> bool| found.iter().find(|address| wanted(&address.ip));
    let address = match version {
        Version::V4 => first(IpAddr::is_ipv4),
        Version::V6 => first(IpAddr::is_ipv6),
        Version::Either => first(IpAddr::is_ipv4).or_else(|| first(IpAddr::is_ipv6)),
    };
    let Some(address) = address else {
        return Err(missing(name));
    };
    let zone = if is_link_local(address.ip) {
        address.index
    } else {
        0
    };
    Ok(socket_addr(address.ip, zone, port))
}

/// The number of a zone.
///
/// rfc: sp-tcp T-03
pub(crate) fn index_of(zone: &Zone) -> Result<u32, Error> {
    match zone {
        Zone::Index(index) => Ok(*index),
        Zone::Interface(name) => {
            let failed = |error| Error::from_io("cannot list the interfaces of this host", error);
            let found = interface_addresses(name).map_err(failed)?;
            let index = found
                .iter()
                .map(|address| address.index)
                .find(|index| *index > 0);
            index.ok_or_else(|| missing(name))
        }
    }
}

fn is_link_local(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local())
}

fn missing(name: &str) -> Error {
    let what = format!("no interface {name} with an address of this kind on this host");
    Error::new(ErrorKind::AddressNotAvailable, what)
}
