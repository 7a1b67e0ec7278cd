//! A live pipe as the simulated driver keeps it: both halves, and a count of its own of what was
//! pushed, which no code under test has a part in. See `rfc/sp-simulation.md` section 4.

use speedwell_engine::{Batch, Intake, Outbox};
use speedwell_testkit::accounting::{LinkId, Stamp};
use speedwell_testkit::net::{ConnectionId, Side, SimNet};
use speedwell_transport::StreamTx;

/// Octets that each side sends before the first message.
const GREETING_LEN: u64 = 8;
/// Octets in front of each message.
pub(super) const PREFIX_LEN: u64 = 8;

/// How far a pipe has come that was told to finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    No,
    /// What is left is being written.
    Writing,
    /// The peer was told that nothing more comes; we wait for it to say the same.
    Shut,
}

/// A message that was pushed, and where it begins among the octets of messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Push {
    pub(super) stamp: Stamp,
    pub(super) start: u64,
    /// What is known of it when its body is too short for a stamp.
    pub(super) short_print: Option<u64>,
}

pub(super) struct LivePipe {
    pub(super) wire: Wire,
    pub(super) outbox: Outbox,
    pub(super) limit: usize,
    /// What a writer has taken, and how much of it was written.
    pub(super) writing: Option<(Batch, usize)>,
    /// The outbox has answered full, and its machine was not told of room yet.
    pub(super) is_full: bool,
    pub(super) io: Box<dyn StreamTx>,
    /// Out only while its inbox is offered.
    pub(super) intake: Option<Intake>,
    pub(super) finish: Finish,
    pub(super) pushes: Vec<Push>,
    pub(super) pushed_octets: u64,
}

impl LivePipe {
    /// Ends the writing that is under way. True when the machine is to be told of room.
    pub(super) fn give_back(&mut self) -> bool {
        let Some((batch, written)) = self.writing.take() else {
            return false;
        };
        let has_room = self.outbox.give_back(batch, written);
        if has_room {
            self.is_full = false;
        }
        has_room
    }

    /// True when nothing is left to write.
    pub(super) fn is_written(&self) -> bool {
        self.writing.is_none() && self.outbox.is_empty()
    }

    /// How many messages had an octet taken, when `taken` octets were.
    pub(super) fn started(&self, taken: u64) -> usize {
        self.pushes.partition_point(|push| push.start < taken)
    }

    /// True when `taken` octets end within a message.
    pub(super) fn is_cut_at(&self, taken: u64) -> bool {
        let next = self.pushes.get(self.started(taken));
        taken != next.map_or(self.pushed_octets, |push| push.start)
    }
}

/// Where a pipe runs, as the accounting names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire {
    connection: ConnectionId,
    /// Our side.
    side: Side,
}

impl Wire {
    pub(super) fn new(connection: ConnectionId, side: Side) -> Self {
        Self { connection, side }
    }

    pub(super) fn outward(self) -> LinkId {
        link(self.connection, self.side)
    }

    pub(super) fn inward(self) -> LinkId {
        link(self.connection, self.side.other())
    }

    /// Octets of messages that our stream took.
    pub(super) fn taken(self, net: &SimNet) -> u64 {
        let traffic = net.traffic(self.connection, self.side);
        traffic.map_or(0, |traffic| traffic.taken.saturating_sub(GREETING_LEN))
    }

    /// Octets of messages that we read.
    pub(super) fn read(self, net: &SimNet) -> u64 {
        let traffic = net.traffic(self.connection, self.side.other());
        traffic.map_or(0, |traffic| traffic.read.saturating_sub(GREETING_LEN))
    }
}

fn link(connection: ConnectionId, writer: Side) -> LinkId {
    let of_side = match writer {
        Side::Dialer => 0,
        Side::Listener => 1,
    };
    LinkId(u64::from(connection.0) * 2 + of_side)
}
