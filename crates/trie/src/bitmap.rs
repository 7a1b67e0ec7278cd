//! A bitmap: keys that differ in their last octet only, a bit for each.
//!
//! ```text
//! │ header │ prefix │ 256 bits │ counts │
//! ```

use alloc::vec::Vec;

use crate::arena::Ref;
use crate::header::{self, Kind, TERM};
use crate::octets::{count_at, get_len, put_count, put_len, word};

/// Octets of the bits.
pub(crate) const BITS: usize = 32;

/// A bitmap, read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bitmap<'a> {
    block: &'a [u8],
    prefix_at: usize,
    bits_at: usize,
}

impl<'a> Bitmap<'a> {
    /// Reads the block, which may be followed by what is not its own.
    #[inline]
    pub(crate) fn read(block: &'a [u8]) -> Self {
        let (prefix_len, prefix_at) = get_len(block, header::LEN);
        Self {
            block,
            prefix_at,
            bits_at: prefix_at + prefix_len,
        }
    }

    #[inline]
    pub(crate) fn prefix(&self) -> &'a [u8] {
        &self.block[self.prefix_at..self.bits_at]
    }

    #[inline]
    pub(crate) fn has_term(&self) -> bool {
        header::has(self.block, TERM)
    }

    /// Whether the prefix and `octet` are a key.
    #[inline]
    pub(crate) fn has(&self, octet: u8) -> bool {
        self.block[self.bits_at + usize::from(octet / 8)] >> (octet % 8) & 1 == 1
    }

    /// Keys but for the one that is the prefix itself.
    pub(crate) fn len(&self) -> usize {
        let bits = &self.block[self.bits_at..][..BITS];
        bits.chunks_exact(8)
            .map(|bits| word(bits).count_ones() as usize)
            .sum()
    }

    /// The last octets of the keys, in order.
    pub(crate) fn octets(self) -> impl Iterator<Item = u8> + 'a {
        (0..=u8::MAX).filter(move |&octet| self.has(octet))
    }

    /// Which of the counts belongs to the key that ends with `octet`.
    pub(crate) fn rank(&self, octet: u8) -> usize {
        let bits = &self.block[self.bits_at..][..BITS];
        let (whole, rest) = bits.split_at(usize::from(octet / 64) * 8);
        let before = whole.chunks_exact(8).map(|bits| word(bits).count_ones());
        let last = word(&rest[..8]) & ((1_u64 << (octet % 64)) - 1);
        (before.sum::<u32>() + last.count_ones()) as usize + usize::from(self.has_term())
    }

    /// Where the counts are.
    pub(crate) const fn counts_at(&self) -> usize {
        self.bits_at + BITS
    }

    /// Where the bits are.
    pub(crate) const fn bits_at(&self) -> usize {
        self.bits_at
    }

    /// All keys.
    pub(crate) fn keys(&self) -> usize {
        self.len() + usize::from(self.has_term())
    }

    /// The count of the key that ends with `octet`.
    pub(crate) fn count_of(&self, octet: u8) -> u64 {
        if header::width(self.block) == 0 {
            return 1;
        }
        self.count(self.rank(octet))
    }

    /// The count at a rank.
    pub(crate) fn count(&self, rank: usize) -> u64 {
        count_at(
            &self.block[self.counts_at()..],
            header::width(self.block),
            rank,
        )
    }
}

/// Writes the image of a bitmap. The keys are last octets and counts; `term` is the count of the
/// prefix, if it is a key.
pub(crate) fn write(
    up: Ref,
    prefix: &[u8],
    term: Option<u64>,
    keys: impl Iterator<Item = (u8, u64)> + Clone,
    width: usize,
    out: &mut Vec<u8>,
) {
    out.clear();
    out.extend_from_slice(&header::new(up, Kind::Bitmap));
    header::set_width(out, width);
    put_len(out, prefix.len());
    out.extend_from_slice(prefix);
    let bits_at = out.len();
    out.resize(bits_at + BITS, 0);
    if let Some(count) = term {
        header::set(out, TERM);
        put_count(out, width, count);
    }
    for (octet, count) in keys {
        out[bits_at + usize::from(octet / 8)] |= 1 << (octet % 8);
        put_count(out, width, count);
    }
}
