//! What a socket is set to. Values are checked where they are set.
//! See `rfc/sp-endpoint.md`.

use std::time::Duration;

use speedwell_protocol::Priority;
use speedwell_transport::EndpointOptions;

/// The options that the driver itself obeys; the engine has its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) endpoint: EndpointOptions,
    pub(crate) send_timeout: Option<Duration>,
    pub(crate) recv_timeout: Option<Duration>,
    pub(crate) send_priority: Priority,
    pub(crate) recv_priority: Priority,
    pub(crate) name: String,
}
