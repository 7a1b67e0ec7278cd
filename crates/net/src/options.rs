//! What a user may ask of the TCP connections of an endpoint. Plain values: nothing is set here.
//! Obeys `rfc/sp-tcp.md` section 3.

use std::time::Duration;

/// Options of an endpoint over TCP, given through
/// [`EndpointOptions::set`](speedwell_transport::EndpointOptions::set).
///
/// ```
/// use std::time::Duration;
/// use speedwell_net::TcpOptions;
/// use speedwell_transport::EndpointOptions;
///
/// let mut tcp = TcpOptions::default();
/// tcp.keepalive = Some(Duration::from_secs(30));
/// let mut options = EndpointOptions::default();
/// options.set(tcp);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpOptions {
    /// Send small messages at once instead of collecting them (`TCP_NODELAY`). True unless set.
    pub nodelay: bool,
    /// Probe a connection that was silent for so long, in whole seconds of at least one; how often
    /// and how many times is the system's choice. `None`, the default, does not probe.
    pub keepalive: Option<Duration>,
    /// Use IPv4 alone: `*` is `0.0.0.0`, and an IPv6 address is refused. False unless set.
    pub ipv4_only: bool,
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self {
            nodelay: true,
            keepalive: None,
            ipv4_only: false,
        }
    }
}
