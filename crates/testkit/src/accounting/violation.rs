//! What the checker finds, in words. See `rfc/sp-simulation.md` section 4.

use std::fmt;

use super::{LinkId, PartyId, Stamp};

/// A broken promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// An accepted message was neither delivered nor reported, and nothing excuses that.
    Lost {
        /// Which.
        stamp: Stamp,
        /// Where it was last.
        link: Option<LinkId>,
    },
    /// A message was delivered twice.
    Duplicated(Stamp),
    /// Octets of a message were written to two links.
    SentTwice(Stamp),
    /// A message was delivered in another place than it was sent.
    OutOfOrder {
        /// Which was delivered.
        stamp: Stamp,
        /// Which should have been.
        expected: Option<Stamp>,
    },
    /// The body that was delivered is not the one that was sent.
    Altered {
        /// Who received it.
        consumer: PartyId,
        /// Which message it should have been, when that is known.
        expected: Option<Stamp>,
    },
    /// A message was delivered or pushed that no application gave.
    Invented(Option<Stamp>),
    /// A new message was pushed while an older one waited that had come back.
    Overtaken {
        /// The new message.
        stamp: Stamp,
        /// The one that waited.
        waiting: Stamp,
    },
    /// A socket reported another number of messages unsent than were.
    Misreported {
        /// Whose socket.
        party: PartyId,
        /// What it said.
        reported: u64,
        /// What was.
        unsent: u64,
    },
    /// The log is not one: a number was left out, or a message accepted twice.
    BadLog(Stamp),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { stamp, link: None } => write!(f, "message {stamp} is lost"),
            Self::Lost {
                stamp,
                link: Some(link),
            } => write!(f, "message {stamp} is lost on link {}", link.0),
            Self::Duplicated(stamp) => write!(f, "message {stamp} was delivered twice"),
            Self::SentTwice(stamp) => write!(f, "message {stamp} was written to two links"),
            Self::OutOfOrder {
                stamp,
                expected: Some(expected),
            } => write!(f, "message {stamp} was delivered before {expected}"),
            Self::OutOfOrder {
                stamp,
                expected: None,
            } => write!(f, "message {stamp} came on a link it was not sent on"),
            Self::Altered {
                consumer,
                expected: Some(stamp),
            } => write!(f, "party {} received {stamp} altered", consumer.0),
            Self::Altered {
                consumer,
                expected: None,
            } => write!(f, "party {} received what nobody sent", consumer.0),
            Self::Invented(Some(stamp)) => write!(f, "message {stamp} was never accepted"),
            Self::Invented(None) => write!(f, "a message was never accepted"),
            Self::Overtaken { stamp, waiting } => {
                write!(
                    f,
                    "message {stamp} was sent before {waiting}, which came back"
                )
            }
            Self::Misreported {
                party,
                reported,
                unsent,
            } => write!(
                f,
                "party {} reported {reported} messages unsent, and it was {unsent}",
                party.0
            ),
            Self::BadLog(stamp) => write!(f, "the log accepts {stamp} out of turn"),
        }
    }
}
