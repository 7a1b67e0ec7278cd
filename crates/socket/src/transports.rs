//! The transports that a socket may use: a value, passed on. Registers nothing anywhere.
//! See `rfc/0001-contracts.md`.

use std::sync::Arc;

use speedwell_transport::Transport;

/// A set of transports by scheme. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct Transports {
    set: Vec<Arc<dyn Transport>>,
}

impl Transports {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a transport, in the place of one with the same scheme.
    #[must_use]
    pub fn with(mut self, transport: impl Transport + 'static) -> Self {
        self.set
            .retain(|other| other.scheme() != transport.scheme());
        self.set.push(Arc::new(transport));
        self
    }

    /// The transport of a scheme.
    #[must_use]
    pub fn find(&self, scheme: &str) -> Option<&dyn Transport> {
        self.set
            .iter()
            .find(|transport| transport.scheme() == scheme)
            .map(|found| &**found)
    }
}
