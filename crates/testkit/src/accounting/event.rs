//! What is written into the log that the checker reads. Holds no octet of a body.
//! See `rfc/sp-simulation.md` section 4.

use std::fmt;

/// One life of one application with one socket. A process that is started again is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartyId(pub u32);

/// One direction of one connection, seen from its writer: where messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// Who sent a message, and which of its messages it is: 0 and up without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// The sender.
    pub producer: PartyId,
    /// The number among the messages that were accepted from it.
    pub seq: u64,
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.producer.0, self.seq)
    }
}

/// One line of the log. The order of lines that concern one message or one link is that of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A socket took a message from its application.
    Accepted {
        /// Which message.
        stamp: Stamp,
        /// What [`print_of`](super::print_of) says of its body.
        print: u64,
    },
    /// A socket chose a link for a message.
    Pushed {
        /// Which message.
        stamp: Stamp,
        /// The link.
        link: LinkId,
        /// Octets of the message on the wire, with its prefix.
        octets: u64,
    },
    /// An application took a message from its socket.
    Delivered {
        /// The receiver.
        consumer: PartyId,
        /// The link it came on, when that is known.
        link: Option<LinkId>,
        /// What [`stamp_of`](super::stamp_of) says of its body.
        stamp: Option<Stamp>,
        /// What [`print_of`](super::print_of) says of its body.
        print: u64,
    },
    /// The writing end of a link is gone.
    WriterDone {
        /// The link.
        link: LinkId,
        /// Octets of messages that its stream had taken.
        taken: u64,
    },
    /// The reading end of a link is gone.
    ReaderDone {
        /// The link.
        link: LinkId,
        /// Who read.
        consumer: PartyId,
        /// Octets of messages that were read from its stream.
        read: u64,
        /// True when reading came to its own end: then all that was read is delivered.
        by_reader: bool,
    },
    /// A socket was closed by its application, and reported.
    Closed {
        /// Whose socket.
        party: PartyId,
        /// Messages reported as not sent.
        unsent: u64,
        /// Messages reported as cut in the middle.
        cut: u64,
    },
    /// A party takes no further message: its socket starts to close, or its process is no more.
    Deaf(PartyId),
    /// Everything under way has arrived: who turns deaf from now on excuses nothing by that.
    Settled,
    /// The process of a party is no more, and whatever was in it.
    Crashed(PartyId),
}
