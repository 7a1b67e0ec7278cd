//! Where a pipe runs, as the accounting names it, and what went through as the carrier counts it.
//! Asks no code under test. See `rfc/sp-simulation.md` section 4.

use speedwell_testkit::accounting::LinkId;
use speedwell_testkit::net::{ConnectionId, Side, SimNet};
use speedwell_transport::Addr;

use super::Carrier;
use crate::{Bench, Memory};

/// Octets that each side sends before the first message.
const GREETING_LEN: u64 = 8;
/// Octets in front of each message.
pub(super) const PREFIX_LEN: u64 = 8;

#[derive(Clone, Copy, Debug)]
pub(super) struct Wire {
    carrier: Carrier,
    connection: ConnectionId,
    /// Our side.
    side: Side,
}

impl Wire {
    /// The wire to a peer at this address; `None` when no carrier here knows it.
    pub(super) fn to(peer: &Addr, side: Side) -> Option<Self> {
        let of_memory = Memory::connection_of(peer).map(|id| (Carrier::Memory, id));
        let of_network = || SimNet::connection_of(peer).map(|id| (Carrier::Network, id));
        let (carrier, connection) = of_memory.or_else(of_network)?;
        Some(Self {
            carrier,
            connection,
            side,
        })
    }

    pub(super) fn outward(self) -> LinkId {
        self.link(self.side)
    }

    pub(super) fn inward(self) -> LinkId {
        self.link(self.side.other())
    }

    fn link(self, writer: Side) -> LinkId {
        let of_carrier = match self.carrier {
            Carrier::Network => 0,
            Carrier::Memory => 2,
        };
        let of_side = match writer {
            Side::Dialer => 0,
            Side::Listener => 1,
        };
        LinkId(u64::from(self.connection.0) * 4 + of_carrier + of_side)
    }

    /// Octets of messages that our stream took.
    pub(super) fn taken(self, bench: &Bench) -> u64 {
        let traffic = bench.net.traffic(self.connection, self.side);
        traffic.map_or(0, |traffic| traffic.taken.saturating_sub(GREETING_LEN))
    }

    /// Octets of messages that we read.
    pub(super) fn read(self, bench: &Bench) -> u64 {
        self.read_by(self.side, bench)
    }

    /// Octets of messages that the peer read.
    pub(super) fn read_by_peer(self, bench: &Bench) -> u64 {
        self.read_by(self.side.other(), bench)
    }

    fn read_by(self, reader: Side, bench: &Bench) -> u64 {
        match self.carrier {
            Carrier::Memory => bench.memory.read(self.connection, reader),
            Carrier::Network => {
                let traffic = bench.net.traffic(self.connection, reader.other());
                traffic.map_or(0, |traffic| traffic.read.saturating_sub(GREETING_LEN))
            }
        }
    }
}
