//! A message of which a part has arrived. Its memory follows the octets received, never the length
//! claimed alone. Obeys `rfc/sp-wire.md` section 5.

use speedwell_message::{INLINE_OCTETS_MAX, Message};
use speedwell_transport::{Error, ErrorKind};

/// Octets first reserved for a message that does not fit inline: with the pipe itself, what a
/// silent peer costs stays below 1 KiB.
const FIRST_OCTETS: usize = 512;

/// From this many missing octets on, a message is read straight into its own memory: below, one
/// reading of the thread's buffer brings the rest and what follows it.
const DIRECT_MISSING_MIN: usize = 64 * 1024;

/// Octets that one reading straight into a message has room for: fewer are not worth a system
/// call. A message qualifies when as many have come, so that the room is no more than was received.
const DIRECT_STEP_MIN: usize = 32 * 1024;

/// Octets that one reading straight into a message has room for at most: more would be zeroed too
/// long before they are written.
const DIRECT_STEP_MAX: usize = 256 * 1024;

/// An incomplete message: at least one octet is missing.
pub(crate) enum PartialBody {
    /// Fits inside a message, so it needs no memory of its own.
    Inline {
        claimed: usize,
        received: usize,
        octets: [u8; INLINE_OCTETS_MAX],
    },
    /// `octets` is `received` octets of the peer, and then zeros that the next reading may fill.
    Heap {
        claimed: usize,
        received: usize,
        /// What is reserved at once.
        first: usize,
        octets: Vec<u8>,
    },
}

impl PartialBody {
    /// A message of `claimed` octets, none of which has arrived. Reserves nothing yet. The peer has
    /// shown that it sends messages of `proven` octets: with the first octet as many are reserved.
    pub(crate) fn new(claimed: usize, proven: usize) -> Self {
        if claimed <= INLINE_OCTETS_MAX {
            Self::Inline {
                claimed,
                received: 0,
                octets: [0; INLINE_OCTETS_MAX],
            }
        } else {
            Self::Heap {
                claimed,
                received: 0,
                first: proven.max(FIRST_OCTETS),
                octets: Vec::new(),
            }
        }
    }

    /// Octets that have not arrived.
    pub(crate) fn missing(&self) -> usize {
        match self {
            Self::Inline {
                claimed, received, ..
            }
            | Self::Heap {
                claimed, received, ..
            } => claimed.saturating_sub(*received),
        }
    }

    /// Takes what is missing from the front of `input`, and returns the rest.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exhausted`] when there is no memory for it.
    pub(crate) fn fill<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], Error> {
        let count = input.len().min(self.missing());
        let (taken, rest) = input.split_at_checked(count).unwrap_or((input, &[]));
        match self {
            Self::Inline {
                received, octets, ..
            } => {
                let end = received.saturating_add(taken.len());
                if let Some(room) = octets.get_mut(*received..end) {
                    room.copy_from_slice(taken);
                }
                *received = end;
            }
            Self::Heap {
                claimed,
                received,
                first,
                octets,
            } => {
                octets.truncate(*received);
                *received = received.saturating_add(taken.len());
                grow(octets, *received, *received, *first, *claimed)?;
                octets.extend_from_slice(taken);
            }
        }
        Ok(rest)
    }

    /// Room to read straight into, when so much is missing that it is worth a reading of its own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exhausted`] when there is no memory for it.
    pub(crate) fn room(&mut self) -> Result<Option<&mut [u8]>, Error> {
        let missing = self.missing();
        let Self::Heap {
            claimed,
            received,
            first,
            octets,
        } = self
        else {
            return Ok(None);
        };
        if missing < DIRECT_MISSING_MIN || *received < DIRECT_STEP_MIN {
            return Ok(None);
        }
        if octets.len().saturating_sub(*received) < DIRECT_STEP_MIN {
            let wanted = received.saturating_add(DIRECT_STEP_MIN);
            grow(octets, *received, wanted, *first, *claimed)?;
            let step = octets.capacity().min(*claimed).saturating_sub(*received);
            octets.resize(received.saturating_add(step.min(DIRECT_STEP_MAX)), 0);
        }
        Ok(octets.get_mut(*received..))
    }

    /// Notes that a reading put `count` octets into the room.
    pub(crate) fn advance(&mut self, count: usize) {
        if let Self::Heap { received, .. } = self {
            *received = received.saturating_add(count);
        }
    }

    /// The message, once nothing is missing.
    pub(crate) fn into_message(self) -> Message {
        match self {
            Self::Inline {
                received, octets, ..
            } => Message::copy_from_slice(octets.get(..received).unwrap_or_default()),
            Self::Heap {
                received,
                mut octets,
                ..
            } => {
                octets.truncate(received);
                Message::from(octets)
            }
        }
    }

    /// Octets of memory behind the value.
    #[cfg(test)]
    pub(crate) fn heap_octets(&self) -> usize {
        match self {
            Self::Inline { .. } => 0,
            Self::Heap { octets, .. } => octets.capacity(),
        }
    }
}

/// Makes room for `wanted` octets in all. When there is too little, reserves for as many octets
/// again as were received, or `first` when that is more, and never for more than the message has.
///
/// rfc: sp-wire W-20
fn grow(
    octets: &mut Vec<u8>,
    received: usize,
    wanted: usize,
    first: usize,
    claimed: usize,
) -> Result<(), Error> {
    if octets.capacity() >= wanted.min(claimed) {
        return Ok(());
    }
    let capacity = received
        .saturating_mul(2)
        .max(first)
        .min(claimed)
        .saturating_sub(octets.len());
    octets
        .try_reserve_exact(capacity)
        .map_err(|_| Error::new(ErrorKind::Exhausted, "no memory for a message that arrives"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_follows_what_was_received() {
        // rfc: sp-wire W-20
        let mut body = PartialBody::new(1 << 40, 0);
        assert_eq!(body.heap_octets(), 0);
        let mut received = 0;
        for piece in [1, 3, 600, 5_000, 60_000, 60_000] {
            body.fill(&vec![7; piece]).unwrap();
            received += piece;
            let bound = (2 * received).max(FIRST_OCTETS);
            assert!(body.heap_octets() <= bound, "{received}");
        }
    }

    #[test]
    fn what_the_peer_has_shown_to_send_is_reserved_at_once() {
        // rfc: sp-wire W-20
        for (claimed, proven, reserved) in [
            (1 << 40, 100_000, 100_000),
            (50_000, 100_000, 50_000),
            (50_000, 0, FIRST_OCTETS),
        ] {
            let mut body = PartialBody::new(claimed, proven);
            assert_eq!(body.heap_octets(), 0);
            body.fill(&[7]).unwrap();
            assert_eq!(body.heap_octets(), reserved);
        }
    }

    #[test]
    fn a_whole_message_owns_exactly_its_size() {
        // rfc: sp-wire W-20
        for claimed in [73, 511, 512, 513, 100_000] {
            let mut body = PartialBody::new(claimed, 0);
            body.fill(&vec![7; claimed / 3]).unwrap();
            assert!(body.fill(&vec![7; claimed]).unwrap().len() == claimed / 3);
            assert_eq!((body.missing(), body.heap_octets()), (0, claimed));
            assert_eq!(body.into_message().body(), &vec![7; claimed]);
        }
    }

    #[test]
    fn room_is_offered_only_to_large_messages_that_really_come() {
        let mut body = PartialBody::new(200_000, 0);
        assert!(body.room().unwrap().is_none());
        body.fill(&[7; DIRECT_STEP_MIN]).unwrap();
        let room = body.room().unwrap().unwrap().len();
        assert_eq!(room, DIRECT_STEP_MIN);
        body.room().unwrap().unwrap().fill(7);
        body.advance(room);
        body.room().unwrap().unwrap()[..10].fill(7);
        body.advance(10);
        body.fill(&vec![7; 200_000]).unwrap();
        assert_eq!(body.into_message().body(), &vec![7; 200_000]);
    }

    #[test]
    fn small_messages_need_no_memory() {
        let mut body = PartialBody::new(INLINE_OCTETS_MAX, 0);
        for _ in 0..INLINE_OCTETS_MAX {
            assert_eq!(body.fill(b"x").unwrap(), b"");
        }
        assert_eq!(body.heap_octets(), 0);
        assert_eq!(body.into_message().body(), [b'x'; INLINE_OCTETS_MAX]);
    }
}
