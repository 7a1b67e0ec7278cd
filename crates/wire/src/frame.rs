//! Message lengths: the prefix that stands before each message on a byte stream.
//!
//! Obeys `rfc/sp-wire.md` sections 3 to 6. It never sees a message's octets and never reserves
//! memory: it says how long the next message is, or that it is refused.
//!
//! ```text
//!  Tcp       length (8, big-endian)   message
//!  Ipc   01  length (8, big-endian)   message
//! ```

use core::fmt;

/// The type octet before each message in IPC framing; no other is in use.
pub const IPC_MESSAGE: u8 = 0x01;

/// Octets in the longest prefix there is.
pub const PREFIX_LEN_MAX: usize = 9;

/// The greatest length that is ever accepted: 2^63 - 1.
pub const LENGTH_MAX: u64 = u64::MAX >> 1;

/// Octets in a length.
const LENGTH_LEN: u8 = 8;

/// How messages are told apart on a byte stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// A length of eight octets. Used over TCP, TLS and any stream that is handed to us.
    // rfc: sp-wire W-13
    Tcp,
    /// The octet 01, then a length of eight octets. Used over Unix sockets and named pipes.
    // rfc: sp-wire W-16
    Ipc,
}

impl Framing {
    /// Octets in the prefix of each message.
    #[must_use]
    pub const fn prefix_len(self) -> usize {
        match self {
            Self::Tcp => 8,
            Self::Ipc => 9,
        }
    }
}

/// Writes the prefix of a message of `len` octets (header and body) and returns its length.
///
/// What stands behind the prefix in `out` is zero. No message in memory reaches
/// [`LENGTH_MAX`]; a greater `len` is written as it is, and every receiver refuses it.
///
/// # Examples
///
/// ```
/// use speedwell_wire::frame::{Framing, encode_length};
///
/// let mut out = [0; 16];
/// let written = encode_length(Framing::Ipc, 258, &mut out);
/// assert_eq!(out.get(..written), Some(&[1, 0, 0, 0, 0, 0, 0, 1, 2][..]));
/// ```
#[inline]
pub fn encode_length(framing: Framing, len: u64, out: &mut [u8; 16]) -> usize {
    match framing {
        Framing::Tcp => tcp_prefix(len, out),
        Framing::Ipc => ipc_prefix(len, out),
    }
}

/// [`encode_length`] of [`Framing::Tcp`], to be named where a function pointer is wanted.
#[inline]
pub fn tcp_prefix(len: u64, out: &mut [u8; 16]) -> usize {
    // rfc: sp-wire W-11, W-12: the length and nothing else
    *out = (u128::from(len) << 64).to_be_bytes();
    Framing::Tcp.prefix_len()
}

/// [`encode_length`] of [`Framing::Ipc`], to be named where a function pointer is wanted.
#[inline]
pub fn ipc_prefix(len: u64, out: &mut [u8; 16]) -> usize {
    // rfc: sp-wire W-14
    *out = ((u128::from(IPC_MESSAGE) << 120) | (u128::from(len) << 56)).to_be_bytes();
    Framing::Ipc.prefix_len()
}

/// Reads the prefixes of one direction of one connection, in whatever pieces they arrive.
///
/// After each length the caller takes that many octets for the message and then comes back with
/// what follows. The answer to a stream does not depend on where it was cut.
///
/// # Examples
///
/// ```
/// use speedwell_wire::frame::{FrameError, Framing, PrefixDecoder};
///
/// let mut decoder = PrefixDecoder::new(Framing::Tcp, Some(1024));
/// assert_eq!(decoder.push(&[0, 0, 0, 0, 0])?, (5, None));
/// assert!(!decoder.is_idle());
/// assert_eq!(decoder.push(b"\0\0\x02hi")?, (3, Some(2)));
/// assert!(decoder.is_idle());
///
/// let refusal = decoder.push(&1025_u64.to_be_bytes());
/// assert_eq!(refusal, Err(FrameError::TooLong { length: 1025, max: 1024 }));
/// # Ok::<(), FrameError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PrefixDecoder {
    framing: Framing,
    max: u64,
    pending: Pending,
}

/// What has been read of the prefix at hand.
#[derive(Clone, Copy, Debug)]
enum Pending {
    /// Nothing: this is a message boundary.
    Nothing,
    /// The type octet if there is one, and `octets` (0 to 7) octets of the length.
    Length { octets: u8, value: u64 },
    /// The stream was refused, for good.
    Refused(FrameError),
}

impl PrefixDecoder {
    /// A decoder at the first message boundary.
    ///
    /// `max` is the longest message accepted, in octets of header and body together; 0 accepts
    /// empty messages only, `None` anything up to [`LENGTH_MAX`].
    #[must_use]
    pub const fn new(framing: Framing, max: Option<u64>) -> Self {
        // rfc: sp-wire W-18
        let max = match max {
            Some(max) if max < LENGTH_MAX => max,
            Some(_) | None => LENGTH_MAX,
        };
        Self {
            framing,
            max,
            pending: Pending::Nothing,
        }
    }

    /// Reads on. Returns how many octets of `input` belong to the prefix and, once the prefix is
    /// whole, the length of the message that follows it.
    ///
    /// # Errors
    ///
    /// [`FrameError`] when the type octet is wrong or the length is over the limit, and the same
    /// error ever after: there is no way back into step, and the connection is to be closed.
    // rfc: sp-wire W-22
    #[inline]
    pub fn push(&mut self, input: &[u8]) -> Result<(usize, Option<u64>), FrameError> {
        if matches!(self.pending, Pending::Nothing) {
            match self.framing {
                Framing::Tcp => {
                    if let Some((octets, _)) = input.split_first_chunk() {
                        return self.accept(8, u64::from_be_bytes(*octets));
                    }
                }
                Framing::Ipc => {
                    if let Some(([IPC_MESSAGE, octets @ ..], _)) = input.split_first_chunk::<9>() {
                        return self.accept(9, u64::from_be_bytes(*octets));
                    }
                }
            }
        }
        self.push_slowly(input)
    }

    /// Whether the decoder stands at a message boundary: an end of stream here cuts no prefix.
    ///
    /// The octets of a message are its caller's to count.
    #[inline]
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self.pending, Pending::Nothing)
    }

    /// The longest message accepted, in octets of header and body together.
    #[must_use]
    pub const fn max(&self) -> u64 {
        self.max
    }

    #[inline]
    fn accept(&mut self, consumed: usize, length: u64) -> Result<(usize, Option<u64>), FrameError> {
        // rfc: sp-wire W-18, W-19, W-21
        if length > self.max {
            return Err(self.refuse(FrameError::TooLong {
                length,
                max: self.max,
            }));
        }
        Ok((consumed, Some(length)))
    }

    /// The path of prefixes that arrive in pieces, and of wrong type octets.
    #[cold]
    fn push_slowly(&mut self, input: &[u8]) -> Result<(usize, Option<u64>), FrameError> {
        let mut rest = input.iter();
        let (mut octets, mut value) = match self.pending {
            // rfc: sp-wire W-23
            Pending::Refused(error) => return Err(error),
            Pending::Length { octets, value } => (octets, value),
            Pending::Nothing => match (self.framing, input.first()) {
                (_, None) => return Ok((0, None)),
                (Framing::Ipc, Some(&IPC_MESSAGE)) => {
                    rest.next();
                    (0, 0)
                }
                // rfc: sp-wire W-15
                (Framing::Ipc, Some(&value)) => {
                    return Err(self.refuse(FrameError::WrongType { value }));
                }
                (Framing::Tcp, Some(_)) => (0, 0),
            },
        };
        for &octet in rest.by_ref().take(usize::from(LENGTH_LEN - octets)) {
            value = (value << 8) | u64::from(octet);
            octets += 1;
        }
        let consumed = input.len() - rest.len();
        if octets < LENGTH_LEN {
            self.pending = Pending::Length { octets, value };
            return Ok((consumed, None));
        }
        self.pending = Pending::Nothing;
        self.accept(consumed, value)
    }

    #[cold]
    fn refuse(&mut self, error: FrameError) -> FrameError {
        self.pending = Pending::Refused(error);
        error
    }
}

/// Why a stream was refused. The peer is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// A message is longer than the limit.
    TooLong {
        /// The length the peer announced, in octets.
        length: u64,
        /// The longest length accepted, in octets.
        max: u64,
    },
    /// The type octet of IPC framing is not [`IPC_MESSAGE`].
    WrongType {
        /// The octet that stood in its place.
        value: u8,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length, max } => {
                write!(f, "message of {length} octets is over the limit of {max}")
            }
            Self::WrongType { value } => {
                write!(
                    f,
                    "type octet before a message is {value:#04x} and must be 0x01"
                )
            }
        }
    }
}

impl core::error::Error for FrameError {}

#[cfg(test)]
mod tests;
