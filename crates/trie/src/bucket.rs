//! A bucket: some ten to forty keys in at most 512 octets, sorted, each without what it shares
//! with the one before. Reads; what changes a bucket is in `bucket/splice.rs`.
//!
//! ```text
//! │ header │ prefix │ code code code … │ tail tail tail … │ counts │
//!
//!  15        11       3     0
//! ├────┼──────────────┼──────┤   one code: what the key shares with the one before, inverted;
//! │ 15 − lcp │ octet  │ tail │   its next octet; how many octets follow that in the tails
//! └────┴──────────────┴──────┘
//! ```
//!
//! A code is a 16-bit number made so that one comparison tells whether a key is still before the
//! topic: a search is "the first code that is not below this threshold", many codes at a time.
//! A shared length of 15 or more, and a tail of 15 or more, stand written out before the tail.

use crate::header::{self, DEEP, LONG, TERM};
use crate::lanes::{CODES, not_below, spread};
use crate::octets::{count_at, get_len, shared, word};

mod splice;

pub(crate) use splice::{Change, Written};

/// Octets of a code.
pub(crate) const CODE: usize = 2;
/// The value of four bits that says: written out.
pub(crate) const WRITTEN: usize = 15;
/// Codes compared at a time.
const LANES: usize = 8;

/// A place in a bucket: an entry, and where its tail begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) index: usize,
    pub(crate) tail: usize,
}

/// One key of a bucket, as stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    /// Octets it shares with the key before it, behind the prefix of the bucket.
    pub(crate) lcp: usize,
    /// The octet behind those.
    pub(crate) octet: u8,
    /// What follows.
    pub(crate) tail: &'a [u8],
    /// Where the next one is.
    pub(crate) next: Cursor,
}

/// Where a key is, or would be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seek {
    /// It is this entry.
    Found(Cursor),
    /// It belongs before this entry, of which it shares `after` octets, and `before` octets of
    /// the one before that.
    Gap {
        at: Cursor,
        before: usize,
        after: usize,
    },
}

/// A bucket, read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket<'a> {
    block: &'a [u8],
    prefix_at: usize,
    codes_at: usize,
    tails_at: usize,
}

impl<'a> Bucket<'a> {
    /// Reads the block, which may be followed by what is not its own.
    #[inline(always)]
    pub(crate) fn read(block: &'a [u8]) -> Self {
        let (prefix_len, prefix_at) = get_len(block, header::LEN);
        let codes_at = prefix_at + prefix_len;
        Self {
            block,
            prefix_at,
            codes_at,
            tails_at: codes_at + header::count(block) * CODE,
        }
    }

    #[inline]
    pub(crate) fn prefix(&self) -> &'a [u8] {
        &self.block[self.prefix_at..self.codes_at]
    }

    #[inline]
    pub(crate) fn codes(&self) -> &'a [u8] {
        &self.block[self.codes_at..self.tails_at]
    }

    #[inline]
    fn tails(&self) -> &'a [u8] {
        &self.block[self.tails_at..]
    }

    #[inline]
    pub(crate) fn has(&self, flag: u8) -> bool {
        header::has(self.block, flag)
    }

    /// Keys but for the one that is the prefix itself.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        header::count(self.block)
    }

    /// All keys.
    pub(crate) fn keys(&self) -> usize {
        self.len() + usize::from(self.has(TERM))
    }

    /// Where the counts begin. The block has to end where the bucket does.
    pub(crate) fn counts_at(&self) -> usize {
        self.block.len() - self.keys() * header::width(self.block)
    }

    /// The count of the key at `index`, the prefix itself being the first if it is one.
    pub(crate) fn count(&self, index: usize) -> u64 {
        let width = header::width(self.block);
        if width == 0 {
            return 1;
        }
        count_at(&self.block[self.counts_at()..], width, index)
    }

    fn code(&self, index: usize) -> usize {
        let code = &self.codes()[index * CODE..][..CODE];
        usize::from(u16::from_le_bytes([code[0], code[1]]))
    }

    /// The entry at a cursor.
    #[inline(always)]
    pub(crate) fn entry(&self, at: Cursor) -> Entry<'a> {
        let code = self.code(at.index);
        let (mut lcp, mut len) = (WRITTEN - (code >> 12), code & WRITTEN);
        let (tails, mut tail) = (self.tails(), at.tail);
        if lcp == WRITTEN {
            let more;
            (more, tail) = get_len(tails, tail);
            lcp += more;
        }
        if len == WRITTEN {
            let more;
            (more, tail) = get_len(tails, tail);
            len += more;
        }
        Entry {
            lcp,
            octet: (code >> 4) as u8,
            tail: &tails[tail..tail + len],
            next: Cursor {
                index: at.index + 1,
                tail: tail + len,
            },
        }
    }

    /// Where the entry at `index` begins, walking from an earlier one.
    #[inline(always)]
    fn walk(&self, from: Cursor, index: usize) -> Cursor {
        if !self.has(LONG | DEEP) {
            let codes = &self.codes()[from.index * CODE..index * CODE];
            let tail = from.tail + sum_of_tails(codes);
            return Cursor { index, tail };
        }
        let mut at = from;
        while at.index < index {
            at = self.entry(at).next;
        }
        at
    }

    /// The first entry from `at` on that is not surely before a key of which `matched` octets
    /// are those of the entry before, and `octet` is next.
    #[inline]
    fn stop(&self, at: Cursor, matched: usize, octet: u8) -> Option<Cursor> {
        if self.has(DEEP) {
            return self.stop_deep(at, matched, octet);
        }
        let threshold = match WRITTEN.checked_sub(matched) {
            Some(inverted) => (inverted << 12 | usize::from(octet) << 4) as u16,
            // No entry shares that much: the next one is behind.
            None => 0,
        };
        let codes = &self.block[self.codes_at..];
        let index = first_not_below(codes, self.len(), at.index, threshold)?;
        Some(self.walk(at, index))
    }

    /// [`Self::stop`] where shared lengths are written out.
    fn stop_deep(&self, mut at: Cursor, matched: usize, octet: u8) -> Option<Cursor> {
        while at.index < self.len() {
            let entry = self.entry(at);
            if entry.lcp < matched || (entry.lcp == matched && entry.octet >= octet) {
                return Some(at);
            }
            at = entry.next;
        }
        None
    }

    /// The end of the shortest key, but for the prefix itself, that `topic` begins with; both
    /// behind the prefix. `longest` asks for the longest instead.
    #[inline]
    pub(crate) fn find<const LONGEST: bool>(&self, topic: &[u8]) -> Option<usize> {
        let (mut at, mut matched, mut found) = (Cursor::default(), 0, None);
        while let Some(&octet) = topic.get(matched) {
            let Some(stop) = self.stop(at, matched, octet) else {
                break;
            };
            let entry = self.entry(stop);
            if entry.lcp < matched || entry.octet != octet {
                break;
            }
            let rest = &topic[matched + 1..];
            let more = shared(entry.tail, rest);
            matched += 1 + more;
            match (entry.tail.get(more), rest.get(more)) {
                (None, _) if LONGEST => found = Some(matched),
                (None, _) => return Some(matched),
                // The key goes on where the topic ends, or is behind it.
                (Some(_), None) => break,
                (Some(own), Some(other)) if own > other => break,
                _ => {}
            }
            at = entry.next;
        }
        found
    }

    /// Tells `visit` where each key is that `topic` begins with, the shortest first; both behind
    /// the prefix, which is not told itself.
    pub(crate) fn each(&self, topic: &[u8], mut visit: impl FnMut(Cursor)) {
        let (mut at, mut matched) = (Cursor::default(), 0);
        while let Some(&octet) = topic.get(matched) {
            let Some(stop) = self.stop(at, matched, octet) else {
                return;
            };
            let entry = self.entry(stop);
            if entry.lcp < matched || entry.octet != octet {
                return;
            }
            let rest = &topic[matched + 1..];
            let more = shared(entry.tail, rest);
            matched += 1 + more;
            match (entry.tail.get(more), rest.get(more)) {
                (None, _) => visit(stop),
                (Some(_), None) => return,
                (Some(own), Some(other)) if own > other => return,
                _ => {}
            }
            at = entry.next;
        }
    }

    /// Whether an entry begins with `octet`, behind the prefix.
    pub(crate) fn begins_with(&self, octet: u8) -> bool {
        let stop = self.stop(Cursor::default(), 0, octet);
        stop.is_some_and(|at| self.entry(at).octet == octet)
    }

    /// Where `key` is or would be, behind the prefix; not the prefix itself.
    pub(crate) fn seek(&self, key: &[u8]) -> Seek {
        let (mut at, mut matched) = (Cursor::default(), 0);
        loop {
            // A key that ends here is before every entry that shares this much.
            let octet = key.get(matched).copied().unwrap_or(0);
            let Some(stop) = self.stop(at, matched, octet) else {
                let at = self.walk(at, self.len());
                return gap(at, matched, 0);
            };
            let entry = self.entry(stop);
            if entry.lcp < matched {
                return gap(stop, matched, entry.lcp);
            }
            let Some((_, rest)) = key[matched..].split_first() else {
                return gap(stop, matched, matched);
            };
            if entry.octet != octet {
                return gap(stop, matched, matched);
            }
            let more = shared(entry.tail, rest);
            let reach = matched + 1 + more;
            match (entry.tail.get(more), rest.get(more)) {
                (None, None) => return Seek::Found(stop),
                (Some(_), None) => return gap(stop, matched, reach),
                (Some(own), Some(other)) if own > other => return gap(stop, matched, reach),
                _ => (at, matched) = (entry.next, reach),
            }
        }
    }
}

fn gap(at: Cursor, before: usize, after: usize) -> Seek {
    Seek::Gap { at, before, after }
}

/// Octets of the tails of these codes, all of them short ones.
#[inline]
fn sum_of_tails(codes: &[u8]) -> usize {
    // A length is in the low four bits of a code: four codes are added at a time.
    const LENGTHS: u64 = 0x000f_000f_000f_000f;
    let words = codes.chunks_exact(8);
    let few = words
        .remainder()
        .chunks_exact(CODE)
        .map(|code| usize::from(code[0] & 15));
    let sums = words.map(|codes| word(codes) & LENGTHS).sum::<u64>();
    let sum = sums.wrapping_mul(0x0001_0001_0001_0001) >> 48;
    sum as usize + few.sum::<usize>()
}

/// The first of `len` codes, from `from` on, that is not below the threshold. What follows the
/// codes is read with them where it can be, and counts for nothing.
#[inline]
fn first_not_below(codes: &[u8], len: usize, from: usize, threshold: u16) -> Option<usize> {
    let (mut index, bound) = (from, spread::<CODES>(threshold.into()));
    while index < len {
        let Some(chunk) = codes[index * CODE..].first_chunk::<{ LANES * CODE }>() else {
            return first_of_few(codes, len, index, threshold);
        };
        let (low, high) = chunk.split_at(8);
        let [low, high] = [low, high].map(|codes| not_below::<CODES>(word(codes), bound));
        if low | high != 0 {
            let lanes = match low {
                0 => LANES / 2 + (high.trailing_zeros() / 16) as usize,
                low => (low.trailing_zeros() / 16) as usize,
            };
            index += lanes;
            return (index < len).then_some(index);
        }
        index += LANES;
    }
    None
}

/// [`first_not_below`] where a page ends.
fn first_of_few(codes: &[u8], len: usize, from: usize, threshold: u16) -> Option<usize> {
    (from..len).find(|index| {
        let code = &codes[index * CODE..][..CODE];
        u16::from_le_bytes([code[0], code[1]]) >= threshold
    })
}
