//! The options of an endpoint, as transports see them. Protocols have their own.
//! See `rfc/0001-contracts.md`.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// What a socket asks of a transport when an endpoint is added. A copy is taken then: changing an
/// option of a socket later does not change its endpoints.
#[derive(Clone)]
#[non_exhaustive]
pub struct EndpointOptions {
    /// Octets, header and body, of the largest message received; `None` is no limit. A peer that
    /// announces more is disconnected. 1 MiB unless set.
    pub recv_max: Option<u64>,
    /// `SNDBUF` as the user set it, in octets; `None` leaves the kernel's part to the kernel.
    pub send_buffer: Option<usize>,
    /// `RCVBUF` as the user set it, in octets; `None` leaves the kernel's part to the kernel.
    pub recv_buffer: Option<usize>,
    own: Vec<Arc<dyn Any + Send + Sync>>,
}

impl EndpointOptions {
    /// The default of [`EndpointOptions::recv_max`].
    pub const RECV_MAX: u64 = 1024 * 1024;
    /// `SNDBUF` when the user has not set it, in octets.
    pub const SEND_BUFFER: usize = 128 * 1024;
    /// `RCVBUF` when the user has not set it, in octets.
    pub const RECV_BUFFER: usize = 128 * 1024;

    /// The limit of what may wait to be sent on one pipe, in octets.
    #[must_use]
    pub fn send_limit(&self) -> usize {
        self.send_buffer.unwrap_or(Self::SEND_BUFFER)
    }

    /// The limit of what one pipe has received and not delivered, in octets.
    #[must_use]
    pub fn recv_limit(&self) -> usize {
        self.recv_buffer.unwrap_or(Self::RECV_BUFFER)
    }

    /// Sets the options that one transport defines for itself, replacing those of the same type.
    ///
    /// ```
    /// use speedwell_transport::EndpointOptions;
    ///
    /// #[derive(Debug, PartialEq)]
    /// struct SmokeSignals { fires: u8 }
    ///
    /// let mut options = EndpointOptions::default();
    /// options.set(SmokeSignals { fires: 3 });
    /// assert_eq!(options.get::<SmokeSignals>(), Some(&SmokeSignals { fires: 3 }));
    /// ```
    pub fn set<T: Any + Send + Sync>(&mut self, options: T) {
        self.own.retain(|own| !(**own).is::<T>());
        self.own.push(Arc::new(options));
    }

    /// The options of one transport, when they were set.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.own.iter().find_map(|own| (**own).downcast_ref())
    }
}

impl Default for EndpointOptions {
    fn default() -> Self {
        Self {
            recv_max: Some(Self::RECV_MAX),
            send_buffer: None,
            recv_buffer: None,
            own: Vec::new(),
        }
    }
}

impl fmt::Debug for EndpointOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointOptions")
            .field("recv_max", &self.recv_max)
            .field("send_buffer", &self.send_buffer)
            .field("recv_buffer", &self.recv_buffer)
            .field("own", &self.own.len())
            .finish()
    }
}
