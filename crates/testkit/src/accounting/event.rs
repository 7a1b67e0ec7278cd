//! What is written into the log that the checker reads. Holds no octet of a body.
//! See `rfc/sp-simulation.md` section 4.

use std::fmt;
use std::time::Duration;

use speedwell_protocol::DropCause;

/// One life of one application with one socket, or of one context of it. A process that is started
/// again is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartyId(pub u32);

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "party {}", self.0)
    }
}

/// One direction of one connection, seen from its writer: where messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

impl LinkId {
    /// The other direction of the same connection: the two differ in the last bit.
    #[must_use]
    pub fn back(self) -> Self {
        Self(self.0 ^ 1)
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link {}", self.0)
    }
}

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
        /// Whose socket.
        writer: PartyId,
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
    /// The time since the start, for all lines from here on.
    At(Duration),
    /// A party asks questions from here on, one at a time.
    Asks {
        /// Who.
        party: PartyId,
        /// With whose socket: the party of the socket, of which it may be one of several contexts.
        socket: PartyId,
        /// How long after it was sent a request is sent again, if at all.
        resend: Option<Duration>,
    },
    /// A party answers questions from here on, or passes them on.
    Hears {
        /// Who.
        party: PartyId,
        /// With whose socket.
        socket: PartyId,
        /// How many words a back-trace may have that it is given.
        ttl: u8,
    },
    /// A socket is one of the two of a device.
    Relays {
        /// The party of the socket.
        socket: PartyId,
        /// The number of the device.
        device: u32,
    },
    /// A socket took an answer from its application.
    Answered {
        /// Which answer.
        stamp: Stamp,
        /// The question that it answers.
        question: Stamp,
        /// What [`print_of`](super::print_of) says of its body.
        print: u64,
    },
    /// The last fault was over at this time. From then on, a question that is sent again gets its
    /// answer by its next turn.
    Calm {
        /// When.
        at: Duration,
        /// What the network and those who answer need for one question.
        slack: Duration,
    },
    /// A socket told a party that who had its request is gone.
    PeerLost(PartyId),
    /// The machine of a socket has a link to write to from here on, until its writing end is gone;
    /// and reads from the link back. The lines from here on are of worlds in which a message goes
    /// to many: what follows [`Event::Accepted`] up to the next other line says where it went.
    Joined {
        /// The link it writes to.
        link: LinkId,
        /// Whose socket.
        party: PartyId,
    },
    /// A message was accepted while a link was full, by a socket that holds it for that link.
    Held {
        /// Which message.
        stamp: Stamp,
        /// For which link.
        link: LinkId,
        /// Octets as the application sent it.
        octets: u64,
    },
    /// A socket dropped messages, and counted them.
    Dropped {
        /// Whose socket.
        party: PartyId,
        /// Under which pipe: the link that it writes to.
        link: Option<LinkId>,
        /// Why.
        cause: DropCause,
        /// How many.
        messages: u64,
    },
    /// A party wants what begins with this topic, and as often once more.
    Subscribed {
        /// Who.
        party: PartyId,
        /// What.
        topic: &'static str,
    },
    /// A party has ended one of its subscriptions.
    Unsubscribed {
        /// Who.
        party: PartyId,
        /// To what.
        topic: &'static str,
    },
    /// A party asks surveys from here on, one at a time.
    Surveys {
        /// Who.
        party: PartyId,
        /// With whose socket, of which it may be one of several contexts.
        socket: PartyId,
        /// How long answers are heard.
        deadline: Duration,
    },
    /// The machine of who asks surveys was given what a link brought so far.
    Offered {
        /// The link.
        link: LinkId,
        /// Octets of messages that were read from it.
        octets: u64,
    },
    /// A party was told that its survey is over.
    Over(PartyId),
}
