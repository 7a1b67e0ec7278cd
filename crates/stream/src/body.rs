//! A message of which a part has arrived. Its memory follows the octets received, never the length
//! claimed alone. Obeys `rfc/sp-wire.md` section 5.

use speedwell_message::{INLINE_OCTETS_MAX, Message};
use speedwell_transport::{Error, ErrorKind};

/// Octets first reserved for a message that does not fit inline: with the pipe itself, what a
/// silent peer costs stays below 1 KiB.
const FIRST_OCTETS: usize = 512;

/// Octets that one reading straight into a message has room for: fewer are not worth a place of
/// their own beside the thread's buffer.
const DIRECT_OCTETS_MIN: usize = 16 * 1024;

/// An incomplete message: at least one octet is missing.
pub(crate) enum PartialBody {
    /// Fits inside a message, so it needs no memory of its own.
    Inline {
        claimed: usize,
        received: usize,
        octets: [u8; INLINE_OCTETS_MAX],
    },
    Heap {
        claimed: usize,
        /// What is reserved at once.
        first: usize,
        octets: Vec<u8>,
    },
}

/// A place at the end of a message for what is read next.
pub(crate) struct Room<'a> {
    /// What has been received.
    pub(crate) octets: &'a mut Vec<u8>,
    /// How many octets to read onto their end.
    pub(crate) wanted: usize,
    /// Whether the message is whole with them.
    pub(crate) is_last: bool,
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
            } => claimed.saturating_sub(*received),
            Self::Heap {
                claimed, octets, ..
            } => claimed.saturating_sub(octets.len()),
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
                first,
                octets,
            } => {
                let received = octets.len().saturating_add(taken.len());
                grow(octets, received, received, *first, *claimed)?;
                octets.extend_from_slice(taken);
            }
        }
        Ok(rest)
    }

    /// Where to read straight into the message, `octets_max` octets at most, when so many are
    /// missing that it is worth it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exhausted`] when there is no memory for it.
    pub(crate) fn room(&mut self, octets_max: usize) -> Result<Option<Room<'_>>, Error> {
        let Self::Heap {
            claimed,
            first,
            octets,
        } = self
        else {
            return Ok(None);
        };
        let received = octets.len();
        let least = received.saturating_add(DIRECT_OCTETS_MIN);
        if *claimed < least || (received.saturating_mul(2) < least && *first < least) {
            return Ok(None);
        }
        grow(octets, received, least, *first, *claimed)?;
        let room = octets.capacity().min(*claimed).saturating_sub(received);
        let wanted = room.min(octets_max);
        Ok(Some(Room {
            is_last: received.saturating_add(wanted) == *claimed,
            octets,
            wanted,
        }))
    }

    /// The message, once nothing is missing.
    pub(crate) fn into_message(self) -> Message {
        match self {
            Self::Inline {
                received, octets, ..
            } => Message::copy_from_slice(octets.get(..received).unwrap_or_default()),
            Self::Heap { octets, .. } => Message::from(octets),
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
        // rfc: sp-wire W-20
        let mut body = PartialBody::new(200_000, 0);
        let room = |body: &mut PartialBody| {
            let room = body.room(usize::MAX).unwrap()?;
            room.octets.resize(room.octets.len() + room.wanted, 7);
            Some((room.wanted, room.is_last))
        };
        assert_eq!(room(&mut body), None);
        body.fill(&[7; DIRECT_OCTETS_MIN]).unwrap();
        for received in [16 * 1024, 32 * 1024, 64 * 1024] {
            assert_eq!(room(&mut body), Some((received, false)), "as much again");
        }
        body.fill(&[7; 1]).unwrap();
        assert_eq!(room(&mut body), Some((200_000 - 128 * 1024 - 1, true)));
        assert_eq!(body.into_message().body(), &vec![7; 200_000]);
    }

    #[test]
    fn few_missing_octets_are_not_worth_a_place_of_their_own() {
        let mut body = PartialBody::new(200_000, 0);
        body.fill(&[7; 190_000]).unwrap();
        assert!(body.room(usize::MAX).unwrap().is_none());
    }

    #[test]
    fn what_the_peer_has_shown_to_send_is_read_in_as_few_pieces_as_the_stream_likes() {
        let mut body = PartialBody::new(200_000, 200_000);
        body.fill(&[7; 10]).unwrap();
        let room = body.room(64 * 1024).unwrap().unwrap();
        assert!(room.wanted == 64 * 1024 && !room.is_last);
        let room = body.room(usize::MAX).unwrap().unwrap();
        assert!(room.wanted == 199_990 && room.is_last);
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
