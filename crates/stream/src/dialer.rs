//! Dials: every byte stream of a connector becomes a connection. Never decides when to try again.
//! See `rfc/0001-contracts.md`.

use std::fmt;

use speedwell_transport::{Conn, Dialer, EndpointOptions, PollCx, Progress, StreamConnector};

use crate::{Framing, StreamConn};

/// A [`Dialer`] over a [`StreamConnector`].
pub struct StreamDialer {
    connector: Box<dyn StreamConnector>,
    framing: Framing,
    recv_max: Option<u64>,
}

impl StreamDialer {
    /// A dialer whose connections have this framing and the receive limit of `options`.
    #[must_use]
    pub fn new(
        connector: Box<dyn StreamConnector>,
        framing: Framing,
        options: &EndpointOptions,
    ) -> Self {
        Self {
            connector,
            framing,
            recv_max: options.recv_max,
        }
    }
}

impl Dialer for StreamDialer {
    fn poll_dial(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn Conn>> {
        StreamConn::over(self.connector.poll_connect(cx), self.framing, self.recv_max)
    }

    fn abandon(&mut self) {
        self.connector.abandon();
    }
}

impl fmt::Debug for StreamDialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamDialer")
            .field("framing", &self.framing)
            .field("recv_max", &self.recv_max)
            .finish_non_exhaustive()
    }
}
