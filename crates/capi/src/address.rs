//! What C is told of a wrong address: the numbers that nanomsg gives for the same. Looks at an
//! address before it is used only for what all transports share, and otherwise at one that has
//! failed. Obeys `rfc/sp-capi.md` section 7.

use speedwell::{Error, TransportErrorKind};

use crate::errno::Errno;
use crate::layout::SOCKADDR_MAX;

/// Octets that the path of a Unix socket may have, as nanomsg's users know it.
const PATH_LEN_MAX: usize = 107;

/// The text of an address whose transport can be asked.
// rfc: sp-capi A-55
pub(crate) fn check(address: &[u8]) -> Result<&str, Errno> {
    if address.len() >= SOCKADDR_MAX {
        return Err(Errno::NAMETOOLONG);
    }
    let address = str::from_utf8(address).map_err(|_| Errno::INVAL)?;
    let (scheme, location) = address.split_once("://").ok_or(Errno::INVAL)?;
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    if scheme.is_empty() || !scheme.chars().all(is_scheme) {
        return Err(Errno::PROTONOSUPPORT);
    }
    if scheme == "ipc" && location.len() > PATH_LEN_MAX {
        return Err(Errno::NAMETOOLONG);
    }
    Ok(address)
}

/// Why an address could not be bound: a host that this machine is not is no device of it.
// rfc: sp-capi A-56
pub(crate) fn bind_failure(address: &str, error: &Error) -> Errno {
    match (host_of(address), kind_of(error)) {
        (Some(_), Some(TransportErrorKind::InvalidAddress)) => Errno::NODEV,
        _ => Errno::from(error.clone()),
    }
}

/// Why an address could not be connected to: what stands before `;` is a device or none.
// rfc: sp-capi A-56
pub(crate) fn connect_failure(address: &str, error: &Error) -> Errno {
    let local = host_of(address).and_then(|host| host.split_once(';'));
    match (local, kind_of(error)) {
        (_, Some(TransportErrorKind::AddressNotAvailable)) => Errno::NODEV,
        (Some(("", _)), Some(TransportErrorKind::InvalidAddress)) => Errno::NODEV,
        _ => Errno::from(error.clone()),
    }
}

fn kind_of(error: &Error) -> Option<TransportErrorKind> {
    error.transport().map(speedwell::TransportError::kind)
}

/// The host of a tcp address whose port is one.
fn host_of(address: &str) -> Option<&str> {
    let (host, port) = address.strip_prefix("tcp://")?.rsplit_once(':')?;
    let is_number = !port.is_empty() && port.bytes().all(|octet| octet.is_ascii_digit());
    (is_number && port.parse::<u16>().is_ok()).then_some(host)
}
