//! Who runs the peer of a Unix socket. Never asks a socket of another family.
//! See `rfc/0001-contracts.md`.

use socket2::Socket;
use speedwell_transport::Credentials;

/// Who runs the peer of a connected Unix socket: for a dialer, whoever listened there. `None` where
/// the system does not say, and so far everywhere but on Linux and Android.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[must_use]
pub fn peer_credentials(socket: &Socket) -> Option<Credentials> {
    let peer = rustix::net::sockopt::socket_peercred(socket).ok()?;
    let credentials = Credentials::new(peer.uid.as_raw(), peer.gid.as_raw());
    match u32::try_from(peer.pid.as_raw_nonzero().get()) {
        Ok(pid) => Some(credentials.of_process(pid)),
        Err(_) => Some(credentials),
    }
}

/// Who runs the peer of a connected Unix socket: for a dialer, whoever listened there. `None` where
/// the system does not say, and so far everywhere but on Linux and Android.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[must_use]
pub fn peer_credentials(_: &Socket) -> Option<Credentials> {
    None
}
