//! The options of a socket that the engine obeys. Those of transports and protocols are theirs.
//! See `rfc/0001-contracts.md`.

use std::time::Duration;

/// Times and limits of one socket.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SocketOptions {
    /// The longest wait before the first reconnection; the wait is a random part of it. 100 ms;
    /// less than [`Backoff::MIN`](crate::Backoff::MIN) counts as that.
    pub reconnect_min: Duration,
    /// Up to where the longest wait doubles with each failure. At or below `reconnect_min` it does
    /// not grow. Zero.
    pub reconnect_max: Duration,
    /// How long a connection must last before the back-off starts anew. 1 s.
    pub stable_after: Duration,
    /// The time from the start of a connection to the end of its handshake. 5 s.
    pub handshake_timeout: Duration,
    /// How long closing may take to send what was accepted; zero is not at all. 1 s.
    pub linger: Duration,
    /// Pipes, live and in their handshake together, that a socket may have. 65,536.
    pub pipes_max: usize,
    /// Connections that listeners took and that are in their handshake: from so many on the next
    /// one is refused. 4,096.
    pub half_open_max: usize,
    /// Whether each peer waits to be approved by the application before it becomes a pipe. False.
    pub require_approval: bool,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            reconnect_min: Duration::from_millis(100),
            reconnect_max: Duration::ZERO,
            stable_after: Duration::from_secs(1),
            handshake_timeout: Duration::from_secs(5),
            linger: Duration::from_secs(1),
            pipes_max: 65_536,
            half_open_max: 4096,
            require_approval: false,
        }
    }
}
