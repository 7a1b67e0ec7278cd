//! Listens: every byte stream of an acceptor becomes a connection. Never decides how many there
//! may be. See `rfc/0001-contracts.md`.

use std::fmt;

use speedwell_transport::{
    Addr, Conn, EndpointOptions, Listener, PollCx, Progress, StreamAcceptor,
};

use crate::{Framing, StreamConn};

/// A [`Listener`] over a [`StreamAcceptor`].
pub struct StreamListener {
    acceptor: Box<dyn StreamAcceptor>,
    framing: Framing,
    recv_max: Option<u64>,
}

impl StreamListener {
    /// A listener whose connections have this framing and the receive limit of `options`.
    #[must_use]
    pub fn new(
        acceptor: Box<dyn StreamAcceptor>,
        framing: Framing,
        options: &EndpointOptions,
    ) -> Self {
        Self {
            acceptor,
            framing,
            recv_max: options.recv_max,
        }
    }
}

impl Listener for StreamListener {
    fn local_addr(&self) -> Addr {
        self.acceptor.local_addr()
    }

    fn poll_accept(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn Conn>> {
        StreamConn::over(self.acceptor.poll_accept(cx), self.framing, self.recv_max)
    }
}

impl fmt::Debug for StreamListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamListener")
            .field("local_addr", &self.local_addr())
            .field("framing", &self.framing)
            .field("recv_max", &self.recv_max)
            .finish_non_exhaustive()
    }
}
