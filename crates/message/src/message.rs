//! The message: a protocol header and a body. Carries octets; never interprets them.
//! See `rfc/0001-contracts.md`.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::PipeId;
use crate::repr::Repr;

/// A message: protocol header, body, and the pipe that it came on.
///
/// An application mostly sees bodies. Headers are the protocol's, and visible in raw sockets.
/// Cloning shares a large body and copies a small one; neither allocates.
///
/// ```
/// use speedwell_message::Message;
///
/// let message = Message::from(vec![0; 100_000]);
/// let twin = message.clone();
/// assert_eq!(twin.body().as_ptr(), message.body().as_ptr());
/// ```
#[derive(Clone)]
pub struct Message {
    repr: Repr,
    origin: Option<PipeId>,
}

impl Message {
    /// An empty message.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            repr: Repr::EMPTY,
            origin: None,
        }
    }

    /// A message with a header, for raw sockets and protocols.
    ///
    /// ```
    /// use speedwell_message::{Bytes, Message};
    ///
    /// let message = Message::with_header(&[0, 0, 0, 1], Bytes::from_static(b"hop"));
    /// assert_eq!((message.header().len(), message.body()), (4, &b"hop"[..]));
    /// ```
    #[must_use]
    pub fn with_header(header: &[u8], body: Bytes) -> Self {
        Self {
            repr: Repr::from_parts(header, body),
            origin: None,
        }
    }

    /// Copies a body: inline when it is small, into memory of its own otherwise.
    #[must_use]
    #[inline]
    pub fn copy_from_slice(body: &[u8]) -> Self {
        Self {
            repr: Repr::of_body(body),
            origin: None,
        }
    }

    /// The protocol header; empty for most protocols once a message reached the application.
    #[must_use]
    #[inline]
    pub fn header(&self) -> &[u8] {
        self.repr.header()
    }

    /// The body: what the application sent.
    #[must_use]
    #[inline]
    pub fn body(&self) -> &[u8] {
        self.repr.body()
    }

    /// Octets of header and body together.
    #[must_use]
    #[inline]
    pub fn octets(&self) -> usize {
        self.header().len().saturating_add(self.body().len())
    }

    /// The body as a shared buffer: no copy when it is large, a copy when it is inline.
    #[must_use]
    pub fn body_bytes(&self) -> Bytes {
        self.repr.body_bytes()
    }

    /// Takes the body out: no copy when it is large, a copy when it is inline.
    #[must_use]
    pub fn into_body(self) -> Bytes {
        self.repr.into_body()
    }

    /// The body's shared buffer when it has one: `None` says that the body is inline.
    #[must_use]
    pub fn shared_body(&self) -> Option<&Bytes> {
        self.repr.shared_body()
    }

    /// Replaces the header.
    pub fn set_header(&mut self, header: &[u8]) {
        let repr = Repr::inline(header, self.body())
            .unwrap_or_else(|| Repr::from_parts(header, self.repr.body_bytes()));
        self.repr = repr;
    }

    /// Puts octets in front of the header, as a device does with the word of the pipe.
    pub fn push_header(&mut self, front: &[u8]) {
        let mut header: SmallVec<[u8; 64]> = SmallVec::from_slice(front);
        header.extend_from_slice(self.header());
        self.set_header(&header);
    }

    /// Moves `n` octets from the front of the body to the end of the header: how a protocol takes
    /// its header from what arrived. False, with nothing changed, when the body is shorter.
    #[must_use = "a body that is too short is malformed"]
    pub fn body_to_header(&mut self, n: usize) -> bool {
        self.repr.body_to_header(n)
    }

    /// Makes the first `n` octets of header and body together the header, and the rest the body:
    /// how a protocol reads what arrived, since the border it arrives with means nothing
    /// (`rfc/0001-contracts.md`). False, with nothing changed, when there are fewer octets.
    ///
    /// Copies only what moves into a header. What moves back into a large shared body makes a copy
    /// of that body; no message that arrived on a stream ever needs it.
    ///
    /// ```
    /// use speedwell_message::{Bytes, Message};
    ///
    /// let mut streamed = Message::from(b"\x80\0\0\x07body");
    /// let mut handed_over = Message::with_header(b"\x80\0\0\x07", Bytes::from_static(b"body"));
    /// assert!(streamed.set_border(4) && handed_over.set_border(4));
    /// assert_eq!(streamed, handed_over);
    /// ```
    #[must_use = "a message that is too short is malformed"]
    #[inline]
    pub fn set_border(&mut self, n: usize) -> bool {
        let header = self.header().len();
        if n < header {
            self.repr.header_to_body(header - n);
            return true;
        }
        n == header || self.repr.body_to_header(n - header)
    }

    /// Takes `n` octets off the front of the header. False, with nothing changed, when the header
    /// is shorter.
    #[must_use = "a header that is too short is malformed"]
    pub fn trim_header(&mut self, n: usize) -> bool {
        self.repr.trim_header(n)
    }

    /// The pipe that the message was received on; `None` for a message made here.
    #[must_use]
    pub fn origin(&self) -> Option<PipeId> {
        self.origin
    }

    /// Notes the pipe that the message was received on. Drivers do this.
    pub fn set_origin(&mut self, origin: Option<PipeId>) {
        self.origin = origin;
    }
}

impl Default for Message {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.body().get(..16).unwrap_or(self.body());
        f.debug_struct("Message")
            .field("header", &self.header())
            .field("body_octets", &self.body().len())
            .field("body_start", &shown)
            .field("origin", &self.origin)
            .finish()
    }
}

/// Equal header and equal body; where a message came from does not matter.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.header() == other.header() && self.body() == other.body()
    }
}

impl Eq for Message {}

impl From<Bytes> for Message {
    fn from(body: Bytes) -> Self {
        Self::with_header(&[], body)
    }
}

impl From<Vec<u8>> for Message {
    fn from(body: Vec<u8>) -> Self {
        Self::from(Bytes::from(body))
    }
}

impl From<Box<[u8]>> for Message {
    fn from(body: Box<[u8]>) -> Self {
        Self::from(Bytes::from(body))
    }
}

impl From<String> for Message {
    fn from(body: String) -> Self {
        Self::from(Bytes::from(body))
    }
}

impl From<&[u8]> for Message {
    #[inline]
    fn from(body: &[u8]) -> Self {
        Self::copy_from_slice(body)
    }
}

impl<const N: usize> From<&[u8; N]> for Message {
    #[inline]
    fn from(body: &[u8; N]) -> Self {
        Self::copy_from_slice(body)
    }
}

impl<const N: usize> From<[u8; N]> for Message {
    fn from(body: [u8; N]) -> Self {
        Self::copy_from_slice(&body)
    }
}

impl From<&Vec<u8>> for Message {
    fn from(body: &Vec<u8>) -> Self {
        Self::copy_from_slice(body)
    }
}

impl From<&str> for Message {
    #[inline]
    fn from(body: &str) -> Self {
        Self::copy_from_slice(body.as_bytes())
    }
}

#[cfg(test)]
mod tests;
