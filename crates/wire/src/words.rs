//! Header words: the 32-bit words that REQ, REP, SURVEYOR, RESPONDENT and PAIR v1 put before a
//! body.
//!
//! Obeys `rfc/sp-wire.md` sections 7 to 9. It never changes a message: it says how many octets
//! of it are header, and what to do with it is the protocol's.
//!
//! ```text
//!  0 pipe id (31)   most recent hop      ┐
//!  0 pipe id (31)   an earlier hop       │ the back-trace
//!  1 request id (31)                     ┘
//!  body
//! ```

use core::fmt;

/// Octets in a header word.
pub const WORD_LEN: usize = 4;

/// The bit that marks the last word of a back-trace, the request or survey id.
pub const REQUEST_BIT: u32 = 0x8000_0000;

/// The least TTL there is, in words.
pub const TTL_MIN: u8 = 1;

/// The TTL of a socket whose user has set none, in words: a request id and seven devices.
// rfc: sp-wire W-34
pub const TTL_DEFAULT: u8 = 8;

/// The hop count that PAIR v1 sends on a direct message.
// rfc: sp-wire W-37
pub const DIRECT_HOPS: u8 = 1;

/// What [`scan_backtrace`] found at the front of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a message whose back-trace is not found is to be dropped"]
pub enum Backtrace {
    /// A whole back-trace; the body begins behind it.
    Found {
        /// Octets in it, four for each word.
        octets: usize,
        /// Words in it, the request id among them: from 1 to the TTL.
        words: u8,
    },
    /// More words than the TTL allows. Drop the message, keep the pipe.
    TooManyHops,
    /// The message ends before a word with the top bit set. Drop the message, keep the pipe.
    Malformed,
}

/// Finds the back-trace at the front of `input`, reading at most `ttl` words of it. `input` is
/// octets in any form: a slice, or two of them chained.
///
/// The words are counted with the request id among them, so the default of 8 lets a request
/// through that came by seven devices. A `ttl` of 0 lets nothing through.
///
/// # Examples
///
/// ```
/// use speedwell_wire::words::{Backtrace, TTL_DEFAULT, scan_backtrace};
///
/// let message = b"\x04\xd9\xf8\x99\xe2\x3c\x2d\xe1body";
/// let found = scan_backtrace(message, TTL_DEFAULT);
/// assert_eq!(found, Backtrace::Found { octets: 8, words: 2 });
/// assert_eq!(scan_backtrace(message, 1), Backtrace::TooManyHops);
/// ```
pub fn scan_backtrace<'a>(input: impl IntoIterator<Item = &'a u8>, ttl: u8) -> Backtrace {
    let mut octets = 0;
    let mut rest = input.into_iter();
    // rfc: sp-wire W-32, W-33
    for words in 1..=ttl {
        let Some(value) = next_word(&mut rest) else {
            // rfc: sp-wire W-30
            return Backtrace::Malformed;
        };
        octets += WORD_LEN;
        // rfc: sp-wire W-27
        if is_request_id(value) {
            return Backtrace::Found { octets, words };
        }
    }
    if next_word(&mut rest).is_some() {
        Backtrace::TooManyHops
    } else {
        Backtrace::Malformed
    }
}

/// The next four octets as a word; `None` when there are fewer.
fn next_word<'a>(octets: &mut impl Iterator<Item = &'a u8>) -> Option<u32> {
    let mut next = || octets.next().copied();
    Some(u32::from_be_bytes([next()?, next()?, next()?, next()?]))
}

/// The four octets of a header word.
#[inline]
#[must_use]
pub const fn word(value: u32) -> [u8; WORD_LEN] {
    value.to_be_bytes()
}

/// The header word at the front of `input` and what follows it; `None` under four octets.
///
/// # Examples
///
/// ```
/// use speedwell_wire::words::split_word;
///
/// assert_eq!(split_word(b"\x80\0\0\x07body"), Some((0x8000_0007, &b"body"[..])));
/// assert_eq!(split_word(b"\x80\0\0"), None);
/// ```
#[inline]
#[must_use]
pub const fn split_word(input: &[u8]) -> Option<(u32, &[u8])> {
    match input.split_first_chunk() {
        Some((octets, rest)) => Some((u32::from_be_bytes(*octets), rest)),
        None => None,
    }
}

/// The request id, or survey id, made of the low 31 bits of `counter`.
#[inline]
#[must_use]
pub const fn request_id(counter: u32) -> u32 {
    counter | REQUEST_BIT
}

/// The request id after `id`; after the last of the 2^31 comes the first.
///
/// # Examples
///
/// ```
/// use speedwell_wire::words::next_request_id;
///
/// assert_eq!(next_request_id(0x8000_0007), 0x8000_0008);
/// assert_eq!(next_request_id(0xffff_ffff), 0x8000_0000);
/// ```
#[inline]
#[must_use]
pub const fn next_request_id(id: u32) -> u32 {
    // rfc: sp-wire W-28
    request_id(id.wrapping_add(1))
}

/// Whether a word ends a back-trace: whether its top bit is set.
#[inline]
#[must_use]
pub const fn is_request_id(value: u32) -> bool {
    value & REQUEST_BIT != 0
}

/// The word that a device prepends for the pipe it received on: the low 31 bits of `pipe`.
#[inline]
#[must_use]
pub const fn device_word(pipe: u32) -> u32 {
    // rfc: sp-wire W-29
    pipe & !REQUEST_BIT
}

/// The hop count in the header word of a PAIR v1 message.
///
/// A direct message carries 0 or 1. A count over the receiver's TTL is dropped by the protocol.
///
/// # Errors
///
/// [`HopError`] when any of the first three octets is not zero. Drop the message.
///
/// # Examples
///
/// ```
/// use speedwell_wire::words::hop_count;
///
/// assert_eq!(hop_count(3), Ok(3));
/// assert!(hop_count(0x100).is_err());
/// ```
#[inline]
pub const fn hop_count(word: u32) -> Result<u8, HopError> {
    match word.to_be_bytes() {
        // rfc: sp-wire W-36
        [0, 0, 0, hops] => Ok(hops),
        // rfc: sp-wire W-38
        _ => Err(HopError { word }),
    }
}

/// A PAIR v1 header word that is no hop count. The peer is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HopError {
    word: u32,
}

impl HopError {
    /// The word that was received.
    #[must_use]
    pub const fn word(&self) -> u32 {
        self.word
    }
}

impl fmt::Display for HopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hop count {:#010x} is over 0xff", self.word)
    }
}

impl core::error::Error for HopError {}

#[cfg(test)]
mod tests;
