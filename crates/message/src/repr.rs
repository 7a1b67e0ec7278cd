//! How a message lies in memory: small ones inside the value, larger bodies shared. Knows nothing
//! of protocols: it moves the border between header and body, and counts octets.
#![allow(
    clippy::indexing_slicing,
    reason = "split <= len <= INLINE_OCTETS_MAX, always"
)]

use bytes::{Buf, Bytes};
use smallvec::SmallVec;

/// Octets of header and body together that a message holds without an allocation.
pub const INLINE_OCTETS_MAX: usize = 72;

/// Octets that a processor moves at once.
const BLOCK: usize = 16;

/// Octets of a header kept beside a shared body without an allocation.
const HEADER_INLINE: usize = 24;

type Header = SmallVec<[u8; HEADER_INLINE]>;

/// Where whole words are moved: at an odd place each move would be one of odd pieces, which the
/// processor cannot forward to the next.
#[derive(Clone)]
#[repr(align(8))]
pub(crate) struct Octets([u8; INLINE_OCTETS_MAX]);

#[derive(Clone)]
pub(crate) enum Repr {
    Inline { len: u8, split: u8, octets: Octets },
    Shared { header: Header, body: Bytes },
}

impl Repr {
    pub(crate) const EMPTY: Self = Self::Inline {
        len: 0,
        split: 0,
        octets: Octets([0; INLINE_OCTETS_MAX]),
    };

    /// Small parts are copied inline; otherwise `None`.
    #[inline]
    pub(crate) fn inline(header: &[u8], body: &[u8]) -> Option<Self> {
        let len = header.len().checked_add(body.len())?;
        if len > INLINE_OCTETS_MAX {
            return None;
        }
        let mut octets = [0; INLINE_OCTETS_MAX];
        octets[..header.len()].copy_from_slice(header);
        octets[header.len()..len].copy_from_slice(body);
        Some(Self::Inline {
            len: small(len),
            split: small(header.len()),
            octets: Octets(octets),
        })
    }

    /// A copy of a body alone.
    #[inline]
    pub(crate) fn of_body(body: &[u8]) -> Self {
        if body.len() > INLINE_OCTETS_MAX {
            return Self::Shared {
                header: Header::new(),
                body: Bytes::copy_from_slice(body),
            };
        }
        let mut octets = [0; INLINE_OCTETS_MAX];
        copy(body, &mut octets);
        Self::Inline {
            len: small(body.len()),
            split: 0,
            octets: Octets(octets),
        }
    }

    #[inline]
    pub(crate) fn from_parts(header: &[u8], body: Bytes) -> Self {
        Self::inline(header, &body).unwrap_or_else(|| Self::Shared {
            header: Header::from_slice(header),
            body,
        })
    }

    #[inline]
    pub(crate) fn header(&self) -> &[u8] {
        match self {
            Self::Inline { split, octets, .. } => &octets.0[..usize::from(*split)],
            Self::Shared { header, .. } => header,
        }
    }

    #[inline]
    pub(crate) fn body(&self) -> &[u8] {
        match self {
            Self::Inline { len, split, octets } => {
                &octets.0[usize::from(*split)..usize::from(*len)]
            }
            Self::Shared { body, .. } => body,
        }
    }

    pub(crate) fn body_bytes(&self) -> Bytes {
        match self {
            Self::Inline { .. } => Bytes::copy_from_slice(self.body()),
            Self::Shared { body, .. } => body.clone(),
        }
    }

    pub(crate) fn into_body(self) -> Bytes {
        match self {
            Self::Inline { .. } => Bytes::copy_from_slice(self.body()),
            Self::Shared { body, .. } => body,
        }
    }

    pub(crate) fn shared_body(&self) -> Option<&Bytes> {
        match self {
            Self::Inline { .. } => None,
            Self::Shared { body, .. } => Some(body),
        }
    }

    /// Moves `n` octets from the front of the body to the end of the header.
    pub(crate) fn body_to_header(&mut self, n: usize) -> bool {
        if n > self.body().len() {
            return false;
        }
        match self {
            Self::Inline { split, .. } => *split += small(n),
            Self::Shared { header, body } => {
                header.extend_from_slice(&body[..n]);
                body.advance(n);
            }
        }
        true
    }

    /// Moves the last `n` octets of the header, which has as many, to the front of the body.
    pub(crate) fn header_to_body(&mut self, n: usize) {
        match self {
            Self::Inline { split, .. } => *split -= small(n),
            Self::Shared { header, body } => {
                let (kept, moved) = header.split_at(header.len() - n);
                *self = Self::from_parts(kept, [moved, body].concat().into());
            }
        }
    }

    /// Takes `n` octets off the front of the header.
    pub(crate) fn trim_header(&mut self, n: usize) -> bool {
        if n > self.header().len() {
            return false;
        }
        match self {
            Self::Inline { len, split, octets } => {
                octets.0.copy_within(n..usize::from(*len), 0);
                *len -= small(n);
                *split -= small(n);
            }
            Self::Shared { header, .. } => drop(header.drain(..n)),
        }
        true
    }
}

/// Copies a body that fits inline, in blocks as they are moved on later: out of the widest stores,
/// which a copy of any length makes, the processor forwards nothing to the next move.
#[inline]
fn copy(body: &[u8], octets: &mut [u8; INLINE_OCTETS_MAX]) {
    let (blocks, rest) = body.as_chunks::<BLOCK>();
    let (places, _) = octets.as_chunks_mut::<BLOCK>();
    for (place, block) in places.iter_mut().zip(blocks) {
        *place = *block;
    }
    octets[body.len() - rest.len()..body.len()].copy_from_slice(rest);
}

/// A count within the inline array as the octet that stores it.
fn small(n: usize) -> u8 {
    debug_assert!(
        n <= INLINE_OCTETS_MAX,
        "an inline count is at most {INLINE_OCTETS_MAX}"
    );
    u8::try_from(n).unwrap_or(u8::MAX)
}
