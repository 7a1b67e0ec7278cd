//! An inner node: a prefix, the keys that end within it, and children by ranges of the octet
//! behind it. Reads; what a new one looks like is written by `node/shape.rs`.
//!
//! ```text
//! │ header │ prefix │ spine │ counts │ starts │ references │
//!
//! prefix "quote."    spine: a bit for each octet of the prefix before which a key ends
//! starts  0  'h' 's' a child has the keys from its start up to the next start
//! ```
//!
//! No child is ever absent: a range without keys belongs to the range before it. Up to
//! [`SPARSE_MAX`] starts are a sorted list, above that a bit for each octet.

use crate::arena::Ref;
use crate::header::{self, SPINE, TERM};
use crate::lanes::{OCTETS, not_below, spread};
use crate::octets::{count_at, get_len};

mod shape;

pub(crate) use shape::{Fanout, Head};

/// Children whose starts are listed rather than mapped.
const SPARSE_MAX: usize = 32;
/// Octets of a map of starts: a bit for each value of an octet.
const MAP: usize = 32;
/// Octets of a reference.
const REF: usize = 4;

/// A node, read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    block: &'a [u8],
    prefix_at: usize,
    prefix_end: usize,
    counts_at: usize,
    starts_at: usize,
}

impl<'a> Node<'a> {
    /// Reads the block, which may be followed by what is not its own.
    #[inline(always)]
    pub(crate) fn read(block: &'a [u8]) -> Self {
        let (prefix_len, prefix_at) = get_len(block, header::LEN);
        let prefix_end = prefix_at + prefix_len;
        let mut node = Self {
            block,
            prefix_at,
            prefix_end,
            counts_at: prefix_end,
            starts_at: prefix_end,
        };
        if header::has(block, SPINE) {
            node.counts_at += prefix_len.div_ceil(8);
            node.starts_at = node.counts_at;
        }
        if header::width(block) > 0 {
            node.starts_at += node.counts_len();
        }
        node
    }

    #[inline]
    pub(crate) fn prefix(&self) -> &'a [u8] {
        &self.block[self.prefix_at..self.prefix_end]
    }

    #[cold]
    fn counts_len(&self) -> usize {
        self.terminals() * header::width(self.block)
    }

    /// Everything between the header and the starts.
    pub(crate) fn head(&self) -> &'a [u8] {
        &self.block[header::LEN..self.starts_at]
    }

    /// Whether the whole prefix is a key.
    #[inline]
    pub(crate) fn has_term(&self) -> bool {
        header::has(self.block, TERM)
    }

    /// The bits of the keys that end inside the prefix.
    #[inline]
    pub(crate) fn spine(&self) -> &'a [u8] {
        &self.block[self.prefix_end..self.spine_end()]
    }

    #[inline]
    fn spine_end(&self) -> usize {
        if header::has(self.block, SPINE) {
            self.counts_at
        } else {
            self.prefix_end
        }
    }

    /// Keys that end in the prefix or with it.
    pub(crate) fn terminals(&self) -> usize {
        let inside = self.spine().iter().map(|bits| bits.count_ones() as usize);
        inside.sum::<usize>() + usize::from(self.has_term())
    }

    /// Whether a key ends after `len` octets of the prefix.
    pub(crate) fn ends_at(&self, len: usize) -> bool {
        if len == self.prefix().len() {
            return self.has_term();
        }
        let bits = self.spine().get(len / 8).copied().unwrap_or(0);
        bits >> (len % 8) & 1 == 1
    }

    /// The first key that ends after `from` to `to` octets of the prefix, both included.
    #[inline]
    pub(crate) fn first_end(&self, from: usize, to: usize) -> Option<usize> {
        if header::has(self.block, SPINE) {
            let spine = self.spine();
            let mut mask = 0xff << (from % 8);
            for (index, bits) in spine.iter().enumerate().skip(from / 8) {
                let bits = bits & mask;
                mask = 0xff;
                if bits != 0 {
                    let end = index * 8 + bits.trailing_zeros() as usize;
                    return (end <= to).then_some(end);
                }
                if index * 8 > to {
                    return None;
                }
            }
        }
        let whole = self.prefix_end - self.prefix_at;
        (to >= whole && self.has_term()).then_some(whole)
    }

    /// The last key that ends after at most `to` octets of the prefix.
    pub(crate) fn last_end(&self, to: usize) -> Option<usize> {
        (0..=to).rev().find(|&len| self.ends_at(len))
    }

    /// Which of the counts belongs to the key that ends after `len` octets of the prefix.
    pub(crate) fn rank(&self, len: usize) -> usize {
        let spine = self.spine();
        let whole = &spine[..(len / 8).min(spine.len())];
        let before = whole.iter().map(|bits| bits.count_ones()).sum::<u32>();
        let last = spine.get(len / 8).copied().unwrap_or(0) & ((1_u8 << (len % 8)) - 1);
        (before + last.count_ones()) as usize
    }

    /// The count of the key that ends after `len` octets of the prefix.
    pub(crate) fn count(&self, len: usize) -> u64 {
        let width = header::width(self.block);
        if width == 0 {
            return 1;
        }
        count_at(&self.block[self.counts_at..], width, self.rank(len))
    }

    /// Where the counts are in the block.
    pub(crate) const fn counts_at(&self) -> usize {
        self.counts_at
    }

    /// Where the spine is in the block.
    pub(crate) const fn spine_at(&self) -> usize {
        self.prefix_end
    }

    /// Children: from 1 to 256.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        header::count(self.block) + 1
    }

    /// The child whose range `octet` is in.
    #[inline(always)]
    pub(crate) fn slot(&self, octet: u8) -> usize {
        let len = self.len();
        if len <= SPARSE_MAX {
            return count_not_above(&self.block[self.starts_at..], len, octet) - 1;
        }
        let map = &self.block[self.starts_at..][..MAP];
        let (whole, rest) = map.split_at(usize::from(octet / 64) * 8);
        let before = whole
            .chunks_exact(8)
            .map(|bits| crate::octets::word(bits).count_ones());
        let last = crate::octets::word(&rest[..8]) << (63 - octet % 64);
        (before.sum::<u32>() + last.count_ones()) as usize - 1
    }

    #[inline]
    const fn refs_at(&self) -> usize {
        let len = self.block[5] as usize + 1;
        self.starts_at + if len <= SPARSE_MAX { len } else { MAP }
    }

    /// Where in the block the reference of a child is.
    #[inline]
    pub(crate) const fn ref_at(&self, slot: usize) -> usize {
        self.refs_at() + slot * REF
    }

    /// The child in a slot.
    #[inline]
    pub(crate) fn child(&self, slot: usize) -> Ref {
        let octets = &self.block[self.ref_at(slot)..][..REF];
        Ref::from_le_bytes([octets[0], octets[1], octets[2], octets[3]])
    }

    /// All starts and references.
    pub(crate) fn fanout(&self) -> Fanout {
        let mut fanout = Fanout::new();
        let starts = &self.block[self.starts_at..self.refs_at()];
        if self.len() <= SPARSE_MAX {
            for (slot, &start) in starts.iter().enumerate() {
                fanout.push(start, self.child(slot));
            }
            return fanout;
        }
        let is_start = |octet: &u8| starts[usize::from(octet / 8)] >> (octet % 8) & 1 == 1;
        for (slot, start) in (0..=u8::MAX).filter(is_start).enumerate() {
            fanout.push(start, self.child(slot));
        }
        fanout
    }
}

/// How many of the first `len` starts, which are sorted, are not above `octet`. What follows them
/// is read with them where it can be, and counts for nothing.
#[inline]
fn count_not_above(starts: &[u8], len: usize, octet: u8) -> usize {
    let (mut index, bound) = (0, spread::<OCTETS>(u64::from(octet)));
    while index < len {
        let Some(chunk) = starts[index..].first_chunk::<8>() else {
            return starts[..len]
                .iter()
                .filter(|&&start| start <= octet)
                .count();
        };
        let above = !not_below::<OCTETS>(bound, u64::from_le_bytes(*chunk)) & OCTETS;
        if above != 0 {
            return len.min(index + (above.trailing_zeros() / 8) as usize);
        }
        index += 8;
    }
    len
}
