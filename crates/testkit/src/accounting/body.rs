//! Bodies that say who sent them and cannot be altered unseen. Random only in appearance.
//! See `rfc/sp-simulation.md` section 4.

use super::{PartyId, Stamp};

/// Octets of a stamp at the start of a body. A shorter body has none, and is known by its print.
pub const STAMP_LEN: usize = 12;
/// Octets of what [`topic_of`] gives.
pub const TOPIC_LEN: usize = 2;

/// The body of a message: a stamp, and octets that follow from it.
///
/// ```
/// use speedwell_testkit::accounting::{PartyId, Stamp, body, print_of, stamp_of};
///
/// let stamp = Stamp { producer: PartyId(3), seq: 9 };
/// let sent = body(stamp, 100);
/// assert_eq!((sent.len(), stamp_of(&sent)), (100, Some(stamp)));
/// assert_ne!(print_of(&sent), print_of(&sent[1..]));
/// ```
// rfc: sp-simulation S-11
#[must_use]
pub fn body(stamp: Stamp, len: usize) -> Vec<u8> {
    let mut octets = Vec::with_capacity(len.saturating_add(STAMP_LEN));
    if len >= STAMP_LEN {
        octets.extend_from_slice(&stamp.producer.0.to_be_bytes());
        octets.extend_from_slice(&stamp.seq.to_be_bytes());
    }
    let mut word = mix(u64::from(stamp.producer.0) << 40 ^ stamp.seq);
    while octets.len() < len {
        word = mix(word);
        octets.extend_from_slice(&word.to_be_bytes());
    }
    octets.truncate(len);
    octets
}

/// The stamp of a body; `None` when it is too short to have one.
#[must_use]
pub fn stamp_of(body: &[u8]) -> Option<Stamp> {
    let (producer, rest) = body.split_first_chunk()?;
    let (seq, _) = rest.split_first_chunk()?;
    Some(Stamp {
        producer: PartyId(u32::from_be_bytes(*producer)),
        seq: u64::from_be_bytes(*seq),
    })
}

/// The body of an answer: as [`body`], and the stamp of the question behind its own.
///
/// ```
/// use speedwell_testkit::accounting::{PartyId, Stamp, answer, question_of, stamp_of};
///
/// let stamp = |producer, seq| Stamp { producer: PartyId(producer), seq };
/// let sent = answer(stamp(3, 9), stamp(1, 4), 0);
/// assert_eq!((stamp_of(&sent), question_of(&sent)), (Some(stamp(3, 9)), Some(stamp(1, 4))));
/// ```
// rfc: sp-simulation S-50
#[must_use]
pub fn answer(stamp: Stamp, question: Stamp, len: usize) -> Vec<u8> {
    let mut octets = body(stamp, len.max(2 * STAMP_LEN));
    let question = body(question, STAMP_LEN);
    for (octet, of_question) in octets.iter_mut().skip(STAMP_LEN).zip(question) {
        *octet = of_question;
    }
    octets
}

/// The question of an answer; `None` when the body is too short to name one.
#[must_use]
pub fn question_of(body: &[u8]) -> Option<Stamp> {
    body.get(STAMP_LEN..).and_then(stamp_of)
}

/// The topics that bodies stand behind where topics are: two letters that follow from the stamp.
///
/// ```
/// use speedwell_testkit::accounting::{PartyId, Stamp, topic_of};
///
/// let stamp = Stamp { producer: PartyId(3), seq: 9 };
/// assert!(topic_of(stamp).iter().all(|letter| b"ab".contains(letter)));
/// ```
#[must_use]
pub fn topic_of(stamp: Stamp) -> [u8; TOPIC_LEN] {
    let word = mix(u64::from(stamp.producer.0) << 20 ^ stamp.seq);
    let letter = |bit: u32| if word >> bit & 1 == 0 { b'a' } else { b'b' };
    [letter(40), letter(50)]
}

/// A number that is another one for every other body, as good as always.
#[must_use]
pub fn print_of(body: &[u8]) -> u64 {
    let len = u64::try_from(body.len()).unwrap_or(u64::MAX);
    let (words, rest) = body.as_chunks();
    let fold = |print: u64, word: u64| mix(print ^ word);
    let print = words
        .iter()
        .map(|word| u64::from_be_bytes(*word))
        .fold(mix(len), fold);
    rest.iter().map(|octet| u64::from(*octet)).fold(print, fold)
}

fn mix(word: u64) -> u64 {
    let word = (word ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xff51_afd7_ed55_8ccd);
    word ^ (word >> 32)
}
