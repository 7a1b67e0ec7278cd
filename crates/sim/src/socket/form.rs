//! What differs between sockets beyond their machine: where a message says who sent it, and which
//! random numbers are drawn for them. Asks no code under test. See `rfc/sp-simulation.md`
//! section 9.

use speedwell_message::Message;
use speedwell_testkit::accounting::{Stamp, TOPIC_LEN, body, stamp_of, topic_of};

/// What the messages of a socket look like to its application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// The body is what an application sent.
    #[default]
    Cooked,
    /// A back-trace stands before that, in the header and in the body, as a device sees it.
    Raw,
    /// A topic stands before that, which follows from who sent it.
    Topical,
}

impl Form {
    /// A message with this stamp, whose payload has so many octets.
    #[must_use]
    pub fn message(self, stamp: Stamp, len: usize) -> Message {
        let payload = body(stamp, len);
        Message::from(match self {
            Self::Cooked | Self::Raw => payload,
            Self::Topical => [&topic_of(stamp)[..], &payload].concat(),
        })
    }

    /// Whether what stands before the payload follows from it.
    pub(super) fn fits(self, message: &Message) -> bool {
        let topic = stamp_of(self.payload(message)).map(topic_of);
        self != Self::Topical || message.body().get(..TOPIC_LEN) == topic.as_ref().map(|it| &it[..])
    }

    /// What an application sent, behind all words that lead there, or behind its topic.
    #[must_use]
    pub fn payload(self, message: &Message) -> &[u8] {
        let (header, mut body) = (message.header(), message.body());
        if self == Self::Topical {
            return body.get(TOPIC_LEN..).unwrap_or_default();
        }
        let ends = |word: &[u8; 4]| u32::from_be_bytes(*word) >> 31 == 1;
        if self == Self::Cooked || header.last_chunk().is_some_and(ends) {
            return body;
        }
        while let Some((word, rest)) = body.split_first_chunk() {
            body = rest;
            if ends(word) {
                break;
            }
        }
        body
    }
}

/// What random numbers a machine is given. Where the words of pipes begin stays a matter of chance:
/// two lives of one device must not share them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Draws {
    /// Any.
    #[default]
    Fair,
    /// Only large ones: what counts up from a random start soon begins again.
    // rfc: sp-simulation S-58
    NearTheEnd,
}

impl Draws {
    /// The number that is given for one that was drawn.
    pub(super) fn of(self, bits: u64) -> u64 {
        match self {
            Self::Fair => bits,
            // The upper half is one of the last eight that it can be.
            Self::NearTheEnd => bits | 0xffff_fff8_0000_0000,
        }
    }
}
