//! TCP addresses: `[LOCAL;]HOST:PORT`. Takes text apart and never looks a name up.
//! Obeys `rfc/sp-tcp.md` section 2.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use speedwell_transport::{Error, ErrorKind};

use crate::interface::Version;

/// Octets that a host name may have.
const NAME_LEN_MAX: usize = 253;

/// What stands where an address names a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Host {
    /// `*`: every address of this host.
    Any,
    /// An IPv4 address, or an IPv6 address with its zone.
    Literal {
        /// The address.
        ip: IpAddr,
        /// The zone of a link-local address; index 0 for none.
        zone: Zone,
    },
    /// To connect to: the name of a host. To listen at or to connect from: of an interface.
    Name(String),
}

/// Which interface a link-local address belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Zone {
    /// The interface's index; 0 where there is no zone.
    Index(u32),
    /// The interface's name.
    Interface(String),
}

/// A TCP address, taken apart.
///
/// ```
/// use speedwell_net::{Host, TcpAddress};
///
/// let address = TcpAddress::parse("eth0;example.org:5555")?;
/// assert_eq!(address.local, Some(Host::Name("eth0".into())));
/// assert_eq!(address.host, Host::Name("example.org".into()));
/// assert_eq!(address.port, 5555);
/// # Ok::<(), speedwell_transport::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TcpAddress {
    /// What stands before `;`: where to connect from.
    pub local: Option<Host>,
    /// The host.
    pub host: Host,
    /// The port; 0 lets the system choose, where it may.
    pub port: u16,
}

impl TcpAddress {
    /// Takes the part of an address behind `://` apart.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidAddress`] when it is not `[LOCAL;]HOST:PORT`.
    pub fn parse(location: &str) -> Result<Self, Error> {
        let (local, remote) = match location.split_once(';') {
            Some((local, remote)) => (Some(Host::parse(local)?), remote),
            None => (None, location),
        };
        // rfc: sp-tcp T-01
        let (host, port) = remote
            .rsplit_once(':')
            .ok_or_else(|| invalid("a tcp address ends in : and a port"))?;
        Ok(Self {
            local,
            host: Host::parse(host)?,
            port: parse_port(port)?,
        })
    }

    /// Where a listener is to bind now: `None` is every address of this host.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidAddress`] for `LOCAL;`, which only dialers know;
    /// [`ErrorKind::AddressNotAvailable`] for a name that no interface has.
    pub(crate) fn to_bind(&self, version: Version) -> Result<Option<SocketAddr>, Error> {
        // rfc: sp-tcp T-05, T-06
        if self.local.is_some() {
            return Err(invalid("only an address to connect to has a part before ;"));
        }
        match &self.host {
            Host::Any => Ok(None),
            host => host.to_socket_addr(version, self.port).map(Some),
        }
    }
}

impl Host {
    fn parse(text: &str) -> Result<Self, Error> {
        if text == "*" {
            return Ok(Self::Any);
        }
        if let Some(bracketed) = text.strip_prefix('[') {
            let bracketed = bracketed
                .strip_suffix(']')
                .ok_or_else(|| invalid("an IPv6 address ends in ]"))?;
            return parse_v6(bracketed);
        }
        if let Ok(ip) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Literal {
                ip: ip.into(),
                zone: Zone::Index(0),
            });
        }
        parse_name(text)
    }
}

/// rfc: sp-tcp T-03
fn parse_v6(text: &str) -> Result<Host, Error> {
    let (ip, zone) = match text.split_once('%') {
        Some((ip, zone)) => (ip, parse_zone(zone)?),
        None => (text, Zone::Index(0)),
    };
    let ip = ip
        .parse::<Ipv6Addr>()
        .map_err(|_| invalid("what stands in [] is not an IPv6 address"))?;
    Ok(Host::Literal {
        ip: ip.into(),
        zone,
    })
}

fn parse_zone(text: &str) -> Result<Zone, Error> {
    if is_number(text) {
        let index = text
            .parse()
            .map_err(|_| invalid("the zone of an IPv6 address is at most 4294967295"))?;
        return Ok(Zone::Index(index));
    }
    if text.is_empty() || !text.chars().all(of_name) {
        return Err(invalid("the zone of an IPv6 address is a number or a name"));
    }
    Ok(Zone::Interface(text.to_owned()))
}

/// rfc: sp-tcp T-04
fn parse_name(text: &str) -> Result<Host, Error> {
    if text.is_empty() {
        return Err(invalid("the host of a tcp address is missing"));
    }
    if text.len() > NAME_LEN_MAX {
        return Err(invalid("a host name has at most 253 octets"));
    }
    if text.contains(':') {
        return Err(invalid("an IPv6 address stands in []"));
    }
    if text.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return Err(invalid("an IPv4 address is four numbers from 0 to 255"));
    }
    if !text.chars().all(of_name) {
        return Err(invalid("a host name is letters, digits, -, . and _"));
    }
    Ok(Host::Name(text.to_owned()))
}

fn of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')
}

/// rfc: sp-tcp T-02
fn parse_port(text: &str) -> Result<u16, Error> {
    if !is_number(text) {
        return Err(invalid("the port of a tcp address is a number"));
    }
    text.parse()
        .map_err(|_| invalid("the port of a tcp address is at most 65535"))
}

/// The standard library would also take a sign.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}

pub(crate) fn socket_addr(ip: IpAddr, zone: u32, port: u16) -> SocketAddr {
    match ip {
        IpAddr::V4(ip) => (ip, port).into(),
        IpAddr::V6(ip) => SocketAddrV6::new(ip, port, 0, zone).into(),
    }
}

pub(crate) fn invalid(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidAddress, why)
}

#[cfg(test)]
mod tests;
