//! What can be done to the simulated network: connections broken, hosts lost, ways blocked. Never
//! happens by itself. See `rfc/sp-simulation.md` section 3.

use std::time::Duration;

use super::connection::{ConnectionId, Side};
use super::lane::Fin;
use super::state::{Event, State};
use super::{HostId, SimNet};

/// How a connection is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Both sides are told of a reset, each within this time. What is on its way is lost.
    Reset(Duration),
    /// Both sides see the end of the stream, though neither has ended it. What is on its way is
    /// lost.
    End,
}

// rfc: sp-simulation S-06
impl SimNet {
    /// Breaks a connection.
    pub fn break_connection(&self, connection: ConnectionId, how: Break) {
        self.state().break_connection(connection, how);
    }

    /// A host loses its power: what it had on its way is lost, it closes nothing, and its peers
    /// learn of it by a reset within `notice`.
    pub fn lose_host(&self, host: HostId, notice: Duration) {
        self.state().lose_host(host, notice);
    }

    /// Nothing passes from one host to the other any more; it waits for [`SimNet::heal`].
    pub fn block(&self, from: HostId, to: HostId) {
        self.state().walls.insert((from, to));
    }

    /// All ways are open again, and what waited goes on.
    pub fn heal(&self) {
        self.state().heal();
    }

    /// The next `count` calls of a listener fail for want of descriptors.
    pub fn exhaust(&self, at: u32, count: u32) {
        if let Some(listening) = self.state().listeners.get_mut(&at) {
            listening.exhausted = count;
        }
    }
}

impl State {
    fn break_connection(&mut self, id: ConnectionId, how: Break) {
        for side in [Side::Dialer, Side::Listener] {
            match how {
                Break::Reset(within) => {
                    let wait = self.random.time(Duration::ZERO..=within);
                    self.schedule_after(wait, Event::Tell(id, side));
                }
                Break::End => self.end_stream_to(id, side),
            }
        }
        self.run_due();
    }

    fn end_stream_to(&mut self, id: ConnectionId, side: Side) {
        let Some(connection) = self.connection(id) else {
            return;
        };
        let inward = connection.lane_from(side.other());
        inward.lose_transit();
        if inward.fin == Fin::No {
            inward.fin = Fin::Arrived;
        }
        connection.lane_from(side).is_void = true;
        connection.end(side).ring();
    }

    fn lose_host(&mut self, host: HostId, notice: Duration) {
        self.listeners.retain(|_, listening| listening.host != host);
        for id in (0..self.connections_len()).map(ConnectionId) {
            for side in [Side::Dialer, Side::Listener] {
                let Some(connection) = self.connection(id) else {
                    continue;
                };
                let end = connection.end(side);
                if end.host != host || end.is_closed {
                    continue;
                }
                end.is_closed = true;
                end.bell = None;
                connection.lane_from(side).lose_transit();
                let inward = connection.lane_from(side.other());
                inward.lose_all();
                inward.is_void = true;
                let wait = self.random.time(Duration::ZERO..=notice);
                self.schedule_after(wait, Event::Tell(id, side.other()));
            }
        }
    }

    fn heal(&mut self) {
        self.walls.clear();
        for event in std::mem::take(&mut self.held) {
            let wait = self.options.latency;
            self.schedule_after(wait, event);
        }
    }
}
