//! Where a socket listens or connects to. Holds nothing open. See `rfc/sp-simulation.md` section 5.

/// What carries messages from one socket to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carrier {
    /// The simulated network: a byte stream.
    #[default]
    Network,
    /// The memory of one process: the `inproc` transport.
    Memory,
}

/// A place where a socket listens: a number on a carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where the number means something.
    pub carrier: Carrier,
    /// Which place there.
    pub number: u32,
}

impl Place {
    /// A place on the network.
    #[must_use]
    pub fn network(number: u32) -> Self {
        let carrier = Carrier::Network;
        Self { carrier, number }
    }

    /// A place in memory.
    #[must_use]
    pub fn memory(number: u32) -> Self {
        let carrier = Carrier::Memory;
        Self { carrier, number }
    }
}
