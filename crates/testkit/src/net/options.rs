//! How octets travel through the simulated network. Decides nothing by itself.
//! See `rfc/sp-simulation.md` section 3.

use std::time::Duration;

/// How octets travel.
#[derive(Clone, Debug)]
pub struct NetOptions {
    /// The shortest time one way. 1 ms.
    pub latency: Duration,
    /// What a piece may take longer, at random; pieces never overtake each other. 1 ms.
    pub jitter: Duration,
    /// Octets of the largest piece that travels as one. 1,460.
    pub piece_max: usize,
    /// Octets that one direction of a new connection holds: written, not read. 16 KiB.
    pub buffer: usize,
    /// How many of 64 calls do less than they could: take or give a part only, say that they would
    /// block, or that a signal came. 8.
    pub noise: u64,
}

impl Default for NetOptions {
    fn default() -> Self {
        Self {
            latency: Duration::from_millis(1),
            jitter: Duration::from_millis(1),
            piece_max: 1460,
            buffer: 16 * 1024,
            noise: 8,
        }
    }
}
