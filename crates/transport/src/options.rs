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
    /// Octets that any one place on the way of a pipe may hold where nobody could take them back:
    /// the system's buffers, and what was read and not delivered. `None` sets no such limit.
    pub inflight: Option<usize>,
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
        let limit = self.recv_buffer.unwrap_or(Self::RECV_BUFFER);
        limit.min(self.inflight.unwrap_or(usize::MAX))
    }

    /// What the system is to be asked to hold for sending, in octets; `None` is its own choice.
    #[must_use]
    pub fn system_send_buffer(&self) -> Option<usize> {
        Self::within(self.inflight, self.send_buffer)
    }

    /// What the system is to be asked to hold of what was received, in octets; `None` is its own
    /// choice.
    #[must_use]
    pub fn system_recv_buffer(&self) -> Option<usize> {
        Self::within(self.inflight, self.recv_buffer)
    }

    /// Systems double what they are asked for, to pay their own expense from it: half of the limit
    /// keeps within it.
    // rfc: sp-endpoint E-75
    fn within(inflight: Option<usize>, buffer: Option<usize>) -> Option<usize> {
        let most = inflight.map(|octets| (octets / 2).max(1));
        most.into_iter().chain(buffer).min()
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
            inflight: None,
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
            .field("inflight", &self.inflight)
            .field("own", &self.own.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-endpoint E-75
    #[test]
    fn the_limit_of_what_is_under_way_bounds_each_place() {
        let mut options = EndpointOptions::default();
        let places = |options: &EndpointOptions| {
            let system = (options.system_send_buffer(), options.system_recv_buffer());
            (system.0, system.1, options.recv_limit())
        };
        assert_eq!(places(&options), (None, None, 128 * 1024));
        options.inflight = Some(10_000);
        assert_eq!(places(&options), (Some(5_000), Some(5_000), 10_000));
        assert_eq!(options.send_limit(), 128 * 1024, "it can be taken back");
        (options.send_buffer, options.recv_buffer) = (Some(1_000), Some(100_000));
        assert_eq!(places(&options), (Some(1_000), Some(5_000), 10_000));
        options.inflight = Some(1);
        assert_eq!(places(&options), (Some(1), Some(1), 1));
    }
}
