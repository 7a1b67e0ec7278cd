//! What a socket has counted. Counters only grow. See `rfc/0001-contracts.md`.

use speedwell_protocol::DropCause;

/// The counters of one socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Connections that dialers made and whose handshake fitted.
    pub connected: u64,
    /// Connections that listeners took and whose handshake fitted.
    pub accepted: u64,
    /// Attempts to connect that failed before the handshake.
    pub dial_errors: u64,
    /// Failures of accepting.
    pub accept_errors: u64,
    /// Handshakes that failed: silence, junk, a connection that broke.
    pub handshake_errors: u64,
    /// Peers of an endpoint type that this socket does not link to.
    pub wrong_protocol: u64,
    /// Peers that the protocol did not want, such as the second peer of a PAIR.
    pub rejected: u64,
    /// Connections refused because of `pipes_max` or `half_open_max`.
    pub over_limit: u64,
    /// Pipes that ended because the peer closed them.
    pub closed_by_peer: u64,
    /// Pipes that failed.
    pub broken: u64,
    /// Messages given to pipes.
    pub messages_out: u64,
    /// Octets of them, header and body.
    pub octets_out: u64,
    /// Messages that the protocol took from pipes.
    pub messages_in: u64,
    /// Octets of them, header and body.
    pub octets_in: u64,
    /// Of the messages given to pipes, those that came back when their pipe ended, since no octet
    /// of them had left. They went to the protocol, or were dropped and counted.
    pub returned: u64,
    /// Of the messages given to pipes, those that had left in part when their pipe ended. Whether
    /// the peer has seen their beginning is unknown; it delivers none of them.
    pub cut: u64,
    drops: [u64; DropCause::ALL.len()],
}

impl Stats {
    /// Messages dropped for one cause.
    #[must_use]
    pub fn dropped(&self, cause: DropCause) -> u64 {
        self.drops.get(cause.index()).copied().unwrap_or(0)
    }

    pub(crate) fn count_drop(&mut self, cause: DropCause, messages: u64) {
        if let Some(count) = self.drops.get_mut(cause.index()) {
            *count = count.saturating_add(messages);
        }
    }
}
