//! The transports that a socket has unless it is given others. See `rfc/0001-contracts.md`.

use speedwell_inproc::Inproc;
use speedwell_socket::Transports;
use speedwell_tcp::Tcp;

/// tcp and inproc, with the process's table of inproc names; on Unix also ipc, and on Linux the
/// abstract names of Unix sockets.
#[must_use]
pub fn default_transports() -> Transports {
    let transports = Transports::new().with(Tcp::new()).with(Inproc::new());
    #[cfg(unix)]
    let transports = transports.with(speedwell_ipc::Ipc::new());
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let transports = transports.with(speedwell_ipc::Abstract::new());
    transports
}
