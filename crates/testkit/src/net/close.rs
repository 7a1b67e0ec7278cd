//! How a simulated connection ends by the doing of its two sides, as TCP has it. Injected failures
//! stand in `fault.rs`. See `rfc/sp-simulation.md` section 3.

use std::io;

use super::connection::{ConnectionId, Reset, Side};
use super::lane::{Fin, Parcel};
use super::state::{Event, Fate, State};

impl State {
    /// The side says that it writes nothing more.
    pub(super) fn shutdown(&mut self, id: ConnectionId, side: Side) -> io::Result<()> {
        let Some(connection) = self.connection(id) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        if connection.end(side).reset != Reset::No {
            return Err(io::ErrorKind::NotConnected.into());
        }
        if connection.lane_from(side).fin == Fin::No {
            self.dispatch_parcel(id, side, Parcel::Fin);
        }
        Ok(())
    }

    /// The side is done. What it has not read makes its end a reset; without that, what it wrote
    /// still arrives, and the end of the stream behind it.
    // rfc: sp-simulation S-05
    pub(super) fn close(&mut self, id: ConnectionId, side: Side) {
        let Some(connection) = self.connection(id) else {
            return;
        };
        let end = connection.end(side);
        if end.is_closed {
            return;
        }
        end.is_closed = true;
        end.bell = None;
        let was_reset = end.reset != Reset::No;
        let inward = connection.lane_from(side.other());
        let unread = inward.readable() > 0;
        inward.is_void = true;
        if was_reset {
            return;
        }
        if unread {
            inward.lose_all();
            let travel = self.travel();
            self.schedule_after(travel, Event::Tell(id, side.other()));
        } else {
            // Cannot fail: the side is neither reset nor unknown.
            let _ = self.shutdown(id, side);
        }
    }

    /// A side learns that its connection is no more.
    pub(super) fn tell(&mut self, id: ConnectionId, side: Side) {
        let keeps = self.random.chance(1, 2);
        let Some(connection) = self.connection(id) else {
            return;
        };
        if connection.end(side).reset != Reset::No {
            return;
        }
        let inward = connection.lane_from(side.other());
        let reset = if keeps {
            inward.lose_transit();
            Reset::Keeping
        } else {
            inward.lose_all();
            Reset::Losing
        };
        inward.is_void = true;
        connection.lane_from(side).lose_transit();
        let end = connection.end(side);
        end.reset = reset;
        end.ring();
    }

    /// The listener is gone, and with it those who wait for it.
    pub(super) fn drop_listener(&mut self, at: u32) {
        let Some(listening) = self.listeners.remove(&at) else {
            return;
        };
        for id in listening.backlog {
            if let Some(connection) = self.connection(id) {
                connection.end(Side::Listener).is_closed = true;
                connection.lane_from(Side::Dialer).is_void = true;
            }
            let travel = self.travel();
            self.schedule_after(travel, Event::Tell(id, Side::Dialer));
        }
    }

    /// The dialer gives its attempt up; a connection that was made for it is closed.
    pub(super) fn drop_attempt(&mut self, number: u64) {
        if let Some(attempt) = self.attempts.remove(&number)
            && let Fate::Decided {
                connection: Some(id),
                ..
            } = attempt.fate
        {
            self.close(id, Side::Dialer);
        }
    }
}
