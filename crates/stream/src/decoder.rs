//! Octets in, messages out: prefixes and bodies in whatever pieces they arrive. Never reads from
//! anything, and looks at no message. Obeys `rfc/sp-wire.md` sections 3 to 6.

use speedwell_message::{Inbox, Message};
use speedwell_transport::{Budget, Error, ErrorKind};
use speedwell_wire::{FrameError, Framing, PrefixDecoder};

use crate::body::{PartialBody, Room};

/// From this length on a message is large: it is better to read it straight into its own memory
/// than to copy it there.
const LARGE_OCTETS: usize = 32 * 1024;

/// How much of a [`Budget`] is left, without its buffer.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    messages: usize,
    octets: usize,
}

impl Limits {
    pub(crate) fn of(budget: &Budget<'_>) -> Self {
        Self {
            messages: budget.messages,
            octets: budget.octets,
        }
    }

    /// As [`Budget::allows`].
    #[inline]
    pub(crate) fn allow(self, inbox: &Inbox) -> bool {
        inbox.is_empty() || (inbox.len() < self.messages && inbox.octets() < self.octets)
    }
}

/// Where in the stream of one pipe the reading stands.
pub(crate) struct Decoder {
    prefix: PrefixDecoder,
    body: Option<PartialBody>,
    /// Octets of the last message that came in pieces.
    proven: usize,
    /// Whether the last message that began to arrive is large.
    large: bool,
}

impl Decoder {
    /// At the first message boundary.
    pub(crate) fn new(framing: Framing, recv_max: Option<u64>) -> Self {
        Self {
            prefix: PrefixDecoder::new(framing, recv_max),
            body: None,
            proven: 0,
            large: false,
        }
    }

    /// Adds whole messages to `inbox` while the limits allow, and returns what is not decoded.
    ///
    /// # Errors
    ///
    /// When the peer broke the framing or a limit, or there is no memory for its message. What
    /// was added before stays.
    pub(crate) fn decode<'a>(
        &mut self,
        mut input: &'a [u8],
        inbox: &mut Inbox,
        limits: Limits,
    ) -> Result<&'a [u8], Error> {
        // rfc: sp-wire W-22
        while !input.is_empty() && limits.allow(inbox) {
            input = match &mut self.body {
                None => self.start(input, inbox)?,
                Some(body) => {
                    let rest = body.fill(input)?;
                    self.deliver_if_whole(inbox);
                    rest
                }
            };
        }
        Ok(input)
    }

    /// Where to read straight into the present message if it is large, `octets_max` octets at most.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exhausted`] when there is no memory for it.
    pub(crate) fn room(&mut self, octets_max: usize) -> Result<Option<Room<'_>>, Error> {
        match &mut self.body {
            Some(body) => body.room(octets_max),
            None => Ok(None),
        }
    }

    /// Delivers the present message if a reading has made it whole.
    pub(crate) fn deliver_if_whole(&mut self, inbox: &mut Inbox) {
        if let Some(body) = self.body.take_if(|body| body.missing() == 0) {
            let message = body.into_message();
            self.proven = message.octets();
            inbox.push(message);
        }
    }

    /// True when the last message was so large that the next one should be read straight into its
    /// own memory, as soon as its length is known.
    pub(crate) fn expects_large(&self) -> bool {
        self.large && self.body.is_none()
    }

    /// True between two messages.
    pub(crate) fn is_idle(&self) -> bool {
        self.prefix.is_idle() && self.body.is_none()
    }

    /// Gives up the memory of a message that will never be whole.
    pub(crate) fn discard(&mut self) {
        self.body = None;
    }

    /// Octets of memory behind the value.
    #[cfg(test)]
    pub(crate) fn heap_octets(&self) -> usize {
        self.body.as_ref().map_or(0, PartialBody::heap_octets)
    }

    /// Reads a prefix, and the message behind it when all of it is there.
    #[inline]
    fn start<'a>(&mut self, input: &'a [u8], inbox: &mut Inbox) -> Result<&'a [u8], Error> {
        // rfc: sp-wire W-17: nothing tells a header from the body here, so the limit is on both.
        let (taken, length) = self.prefix.push(input).map_err(|error| refusal(&error))?;
        let rest = input.get(taken..).unwrap_or_default();
        let Some(length) = length else {
            return Ok(rest);
        };
        let length = usize::try_from(length).map_err(|_| beyond_memory(length))?;
        self.large = length >= LARGE_OCTETS;
        match rest.split_at_checked(length) {
            Some((body, rest)) => {
                inbox.push(Message::copy_from_slice(body));
                Ok(rest)
            }
            None => {
                let body = self.body.insert(PartialBody::new(length, self.proven));
                body.fill(rest)
            }
        }
    }
}

/// rfc: sp-wire W-15, W-18, W-19
#[cold]
fn refusal(error: &FrameError) -> Error {
    let kind = match error {
        FrameError::TooLong { .. } => ErrorKind::MessageTooLong,
        _ => ErrorKind::BadPeer,
    };
    Error::new(kind, error.to_string())
}

/// A length that the limit allows and this machine cannot address.
#[cold]
fn beyond_memory(length: u64) -> Error {
    Error::new(
        ErrorKind::MessageTooLong,
        format!("message of {length} octets is more than this machine can address"),
    )
}
