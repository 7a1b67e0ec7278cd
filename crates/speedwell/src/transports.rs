//! The transports that a socket has unless it is given others. See `rfc/0001-contracts.md`.

use speedwell_inproc::Inproc;
use speedwell_socket::Transports;
use speedwell_tcp::Tcp;

/// tcp and inproc, with the process's table of inproc names.
#[must_use]
pub fn default_transports() -> Transports {
    Transports::new().with(Tcp::new()).with(Inproc::new())
}
