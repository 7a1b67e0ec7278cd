//! A live pipe as the simulated driver keeps it: both halves, and a count of its own of what was
//! pushed, which no code under test has a part in. See `rfc/sp-simulation.md` section 4.

use speedwell_engine::{Batch, Intake, Outbox};
use speedwell_message::{Flow, Message};
use speedwell_testkit::accounting::Stamp;
use speedwell_transport::{DirectTx, Error, Framing, StreamTx, Tx};

use super::wire::Wire;
use crate::Bench;

/// How far a pipe has come that was told to finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    No,
    /// What is left is being written.
    Writing,
    /// The same, and the peer has ended its own side already.
    WritingOn,
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
    pub(super) tx: Transmit,
    /// The transmitting side has answered full, and its machine was not told of room yet.
    pub(super) is_full: bool,
    /// Why transmitting failed. What came before is read first.
    pub(super) failed: Option<Error>,
    /// Out only while its inbox is offered.
    pub(super) intake: Option<Intake>,
    pub(super) finish: Finish,
    pub(super) pushes: Vec<Push>,
    pub(super) pushed_octets: u64,
}

/// The transmitting side.
pub(super) enum Transmit {
    Stream(Box<Writer>),
    /// Messages change hands in this process.
    Direct(Box<dyn DirectTx>),
}

/// A transmitting side that is a stream of octets.
pub(super) struct Writer {
    pub(super) outbox: Outbox,
    pub(super) io: Box<dyn StreamTx>,
    /// What was taken out to be written, and how much of it was.
    pub(super) writing: Option<(Batch, usize)>,
    limit: usize,
}

impl LivePipe {
    /// The peer has ended its side. True when this side goes on all the same: it was told to
    /// finish, and has not written everything yet.
    // rfc: sp-endpoint E-46
    pub(super) fn goes_on_writing(&mut self) -> bool {
        let has_something = match &self.tx {
            Transmit::Stream(writer) => writer.writing.is_some() || !writer.outbox.is_empty(),
            Transmit::Direct(_) => false,
        };
        if self.finish != Finish::Writing || !has_something || self.failed.is_some() {
            return false;
        }
        self.finish = Finish::WritingOn;
        true
    }

    pub(super) fn new(wire: Wire, tx: Tx, send_limit: usize, intake: Intake) -> Self {
        Self {
            wire,
            tx: match tx {
                Tx::Stream { framing, io } => {
                    Transmit::Stream(Writer::boxed(framing, io, send_limit))
                }
                Tx::Direct(direct) => Transmit::Direct(direct),
            },
            is_full: false,
            failed: None,
            intake: Some(intake),
            finish: Finish::No,
            pushes: Vec::new(),
            pushed_octets: 0,
        }
    }

    /// True when nothing is left to write, or to be taken by a peer in this process.
    pub(super) fn is_written(&self, bench: &Bench) -> bool {
        match &self.tx {
            Transmit::Stream(writer) => writer.writing.is_none() && writer.outbox.is_empty(),
            Transmit::Direct(_) => self.wire.read_by_peer(bench) == self.pushed_octets,
        }
    }

    /// Octets that have left for good: that the stream took, or that the peer did. With `leaves`
    /// what lies ready for a peer in this process stays there.
    // rfc: sp-simulation S-10
    pub(super) fn taken(&self, leaves: bool, bench: &Bench) -> u64 {
        match &self.tx {
            Transmit::Stream(_) => self.wire.taken(bench),
            Transmit::Direct(direct) if leaves && direct.is_alive() => self.pushed_octets,
            Transmit::Direct(_) => self.wire.read_by_peer(bench),
        }
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

impl Transmit {
    /// Whether the system, or the peer in this process, has taken all that was pushed.
    pub(super) fn is_drained(&self) -> bool {
        match self {
            Self::Stream(writer) => writer.writing.is_none() && writer.outbox.is_empty(),
            Self::Direct(direct) => direct.is_drained(),
        }
    }

    pub(super) fn push(&mut self, message: Message) -> Flow {
        match self {
            Self::Stream(writer) => writer.outbox.push(&message),
            Self::Direct(direct) => direct.push(message),
        }
    }

    /// True when it holds more than its limit and one message of so many octets. A direct half
    /// has the limit of its peer.
    pub(super) fn is_beyond_limit(&self, message: usize) -> bool {
        match self {
            Self::Stream(writer) => {
                writer.outbox.pending() > writer.limit.saturating_add(message + 8)
            }
            Self::Direct(_) => false,
        }
    }
}

impl Writer {
    fn boxed(framing: Framing, io: Box<dyn StreamTx>, limit: usize) -> Box<Self> {
        Box::new(Self {
            outbox: Outbox::new(framing, limit),
            io,
            writing: None,
            limit,
        })
    }

    /// Ends the writing that is under way. True when the machine is to be told of room.
    pub(super) fn give_back(&mut self) -> bool {
        match self.writing.take() {
            Some((batch, written)) => self.outbox.give_back(batch, written),
            None => false,
        }
    }
}
