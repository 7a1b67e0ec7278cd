//! The interfaces of this host, by name. Opens none, and remembers nothing: addresses change.
//! See `rfc/sp-tcp.md` section 2.

use std::io;
use std::net::IpAddr;

/// One address of an interface of this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InterfaceAddress {
    /// The address.
    pub ip: IpAddr,
    /// The number of the interface, which is the zone of its link-local addresses; 0 if the system
    /// names none.
    pub index: u32,
}

/// The addresses that the interface called `name` has now, in the system's order. None when there
/// is no such interface, or it has no address.
///
/// ```
/// # if cfg!(target_os = "linux") {
/// let loopback = speedwell_os::interface_addresses("lo")?;
/// assert!(loopback.iter().any(|address| address.ip.is_loopback()));
/// # }
/// assert_eq!(speedwell_os::interface_addresses("no such interface")?, []);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// When the system does not list its interfaces.
pub fn interface_addresses(name: &str) -> io::Result<Vec<InterfaceAddress>> {
    let all = if_addrs::get_if_addrs()?;
    let of_it = all.into_iter().filter(|interface| interface.name == name);
    let address = |interface: if_addrs::Interface| InterfaceAddress {
        ip: interface.ip(),
        index: interface.index.unwrap_or(0),
    };
    Ok(of_it.map(address).collect())
}
