//! What the checker finds, in words. See `rfc/sp-simulation.md` section 4.

use std::fmt;
use std::time::Duration;

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
    /// An answer was received that is not that of the question which was waiting for one.
    WrongAnswer {
        /// Who received it.
        party: PartyId,
        /// The question that it answers.
        question: Option<Stamp>,
        /// The question that was waiting, if any was.
        expected: Option<Stamp>,
    },
    /// The answer to a question took longer than an interval of resending and what the network
    /// needs, though all faults were over.
    Late {
        /// The question.
        question: Stamp,
        /// How long it took.
        took: Duration,
    },
    /// A question was sent again though nobody waits for its answer any more.
    SentInVain(Stamp),
    /// A question was sent again before its time, and no pipe was lost that it was on.
    SentTooOften(Stamp),
    /// An answer, or a question on its way, went where nobody had asked for it.
    Misdirected {
        /// Which.
        stamp: Stamp,
        /// Where it went.
        link: LinkId,
    },
    /// A question was delivered that had come by more devices than the receiver allows.
    TooManyHops(Stamp),
    /// A peer was said to be lost while one who has the question is there, or none ever was.
    NotLost(PartyId),
    /// A message that was accepted did not go to a link that was there, and was not counted as
    /// dropped for it.
    NotSpread {
        /// Which.
        stamp: Stamp,
        /// The link that should have had it; none when nobody was there, and that was not counted.
        link: Option<LinkId>,
    },
    /// A message was delivered that its receiver had not subscribed to.
    Unwanted(Stamp),
    /// A link brought another number of messages that nobody wanted than were counted.
    Miscounted {
        /// The link.
        link: LinkId,
        /// What was counted.
        counted: u64,
        /// What was.
        unwanted: u64,
    },
    /// An answer was received at the deadline of its survey, or later.
    TooLate(Stamp),
    /// A party was told that its survey is over before it was, or twice.
    NotOver(PartyId),
    /// The log is not one: a number was left out, or a message accepted twice.
    BadLog(Stamp),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Lost { stamp, link } => write!(f, "message {stamp} is lost{}", on(link)),
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
            } => write!(f, "{consumer} received {stamp} altered"),
            Self::Altered { consumer, .. } => write!(f, "{consumer} received what nobody sent"),
            Self::Invented(Some(stamp)) => write!(f, "message {stamp} was never accepted"),
            Self::Invented(None) => write!(f, "a message was never accepted"),
            Self::Overtaken { stamp, waiting } => {
                write!(
                    f,
                    "message {stamp} was sent before {waiting}, which is back"
                )
            }
            Self::Misreported {
                party,
                reported,
                unsent,
            } => write!(f, "{party} reported {reported} unsent, and it was {unsent}"),
            Self::WrongAnswer {
                party,
                question,
                expected,
            } => {
                let (question, expected) = (name(question), name(expected));
                write!(f, "{party} got the answer to {question}, asking {expected}")
            }
            Self::Late { question, took } => {
                write!(f, "the answer to {question} took {took:?} without faults")
            }
            Self::SentInVain(stamp) => {
                write!(f, "question {stamp} was sent, and nobody waits for it")
            }
            Self::SentTooOften(stamp) => write!(f, "question {stamp} was sent again too early"),
            Self::Misdirected { stamp, link } => {
                write!(f, "message {stamp} went to {link}, which did not ask")
            }
            Self::TooManyHops(stamp) => write!(f, "question {stamp} came by too many devices"),
            Self::NotLost(party) => write!(f, "{party} was told of a lost peer that is there"),
            Self::BadLog(stamp) => write!(f, "the log accepts {stamp} out of turn"),
            ref of_many => of_many.tell_of_spreads(f),
        }
    }
}

impl Violation {
    /// What is wrong where each message is for everybody.
    fn tell_of_spreads(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotSpread { stamp, link } => {
                write!(f, "message {stamp} was not sent or counted{}", on(link))
            }
            Self::Unwanted(stamp) => write!(f, "message {stamp} was not subscribed to"),
            Self::Miscounted {
                link,
                counted,
                unwanted,
            } => write!(
                f,
                "{unwanted} were unwanted on {link}, and {counted} counted"
            ),
            Self::TooLate(stamp) => write!(f, "answer {stamp} was heard after the deadline"),
            Self::NotOver(party) => write!(f, "{party} was told too early that all is over"),
            _ => write!(f, "{self:?}"),
        }
    }
}

fn on(link: Option<LinkId>) -> String {
    link.map_or_else(String::new, |link| format!(" on {link}"))
}

fn name(stamp: Option<Stamp>) -> String {
    stamp.map_or_else(|| "nothing".to_owned(), |stamp| stamp.to_string())
}
