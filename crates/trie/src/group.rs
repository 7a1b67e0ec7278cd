//! Keys taken out of a leaf, whole and sorted, while it is split, merged or written anew.

use alloc::vec::Vec;
use core::ops::Range;

use crate::arena::Ref;
use crate::bitmap::{self, BITS, Bitmap};
use crate::bucket::{Bucket, CODE, Cursor, WRITTEN, Written};
use crate::header::{self, Kind, TERM};
use crate::octets::{len_of_len, put_count, put_len, shared, width_for};

/// Octets of a bucket, unless it holds one key.
pub(crate) const BUCKET_MAX: usize = 512;
/// Entries of a bucket: its header counts no more.
const ENTRIES_MAX: usize = 255;
/// From so many keys on a bitmap can be smaller than a bucket.
const BITMAP_MIN: usize = 13;

/// Keys below one place of the trie, sorted, with their counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    octets: Vec<u8>,
    keys: Vec<Key>,
}

/// A key: where its octets are, and what is known of them.
#[derive(Clone, Debug)]
struct Key {
    octets: Range<usize>,
    count: u64,
    /// Octets it shares with the key before it.
    lcp: usize,
}

impl Group {
    /// A group with room for the keys of a usual leaf.
    pub(crate) fn new() -> Self {
        Self {
            octets: Vec::with_capacity(2 * BUCKET_MAX),
            keys: Vec::with_capacity(64),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.octets.clear();
        self.keys.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn key(&self, index: usize) -> &[u8] {
        &self.octets[self.keys[index].octets.clone()]
    }

    pub(crate) fn count(&self, index: usize) -> u64 {
        self.keys[index].count
    }

    pub(crate) fn push(&mut self, pieces: &[&[u8]], count: u64) {
        let from = self.octets.len();
        for piece in pieces {
            self.octets.extend_from_slice(piece);
        }
        let octets = from..self.octets.len();
        self.keys.push(Key {
            octets,
            count,
            lcp: 0,
        });
        self.compare(self.len() - 1);
    }

    /// Octets that the key at `index` shares with the one before it.
    pub(crate) fn lcp(&self, index: usize) -> usize {
        self.keys[index].lcp
    }

    /// Finds out what the key at `index`, if there is one, shares with the one before it.
    fn compare(&mut self, index: usize) {
        if index < self.len() {
            let before = index
                .checked_sub(1)
                .map_or(&[][..], |before| self.key(before));
            self.keys[index].lcp = shared(before, self.key(index));
        }
    }

    /// Adds a key that is not there, counted once, at its place.
    pub(crate) fn insert(&mut self, key: &[u8]) {
        let at = self
            .keys
            .partition_point(|own| &self.octets[own.octets.clone()] < key);
        self.push(&[key], 1);
        let last = self.len() - 1;
        self.keys[at..=last].rotate_right(1);
        self.compare(at);
        self.compare(at + 1);
    }

    /// Sets the count of the key at `index`.
    pub(crate) fn set_count(&mut self, index: usize, count: u64) {
        self.keys[index].count = count;
    }

    /// Takes a key out.
    pub(crate) fn remove(&mut self, index: usize) {
        self.keys.remove(index);
        self.compare(index);
    }

    /// Adds the keys of a leaf, each behind `above`. They are after those already here.
    pub(crate) fn read(&mut self, leaf: &[u8], above: &[u8]) {
        match header::kind(leaf) {
            Kind::Bucket => self.read_bucket(leaf, above),
            Kind::Bitmap => self.read_bitmap(leaf, above),
            Kind::Node => {}
        }
    }

    fn read_bucket(&mut self, leaf: &[u8], above: &[u8]) {
        let bucket = Bucket::read(leaf);
        let prefix = bucket.prefix();
        let term = usize::from(bucket.has(TERM));
        let base = above.len() + prefix.len();
        if term == 1 {
            self.push(&[above, prefix], bucket.count(0));
        }
        let (mut at, mut last) = (Cursor::default(), self.octets.len());
        for index in 0..bucket.len() {
            let (entry, from) = (bucket.entry(at), self.octets.len());
            let lcp = base + entry.lcp;
            if index == 0 {
                self.octets.extend_from_slice(above);
                self.octets.extend_from_slice(prefix);
            } else {
                self.octets.extend_from_within(last..last + lcp);
            }
            self.octets.push(entry.octet);
            self.octets.extend_from_slice(entry.tail);
            let (octets, count) = (from..self.octets.len(), bucket.count(term + index));
            self.keys.push(Key { octets, count, lcp });
            if index == 0 {
                self.compare(self.len() - 1);
            }
            (last, at) = (from, entry.next);
        }
    }

    fn read_bitmap(&mut self, leaf: &[u8], above: &[u8]) {
        let bitmap = Bitmap::read(leaf);
        if bitmap.has_term() {
            self.push(&[above, bitmap.prefix()], bitmap.count(0));
        }
        let term = usize::from(bitmap.has_term());
        for (index, octet) in bitmap.octets().enumerate() {
            self.push(
                &[above, bitmap.prefix(), &[octet]],
                bitmap.count(term + index),
            );
        }
    }

    /// What all keys of `range` have in common.
    pub(crate) fn common(&self, range: Range<usize>) -> usize {
        shared(self.key(range.start), self.key(range.end - 1))
    }

    fn width(&self, range: Range<usize>) -> usize {
        self.keys[range]
            .iter()
            .map(|key| width_for(key.count))
            .max()
            .unwrap_or(0)
    }

    /// Octets of a bucket of these keys without their first `skip` octets.
    fn bucket_len(&self, range: Range<usize>, skip: usize) -> usize {
        let common = self.common(range.clone());
        let prefix = common - skip;
        let mut len = header::LEN + len_of_len(prefix) + prefix;
        len += self.width(range.clone()) * range.len();
        for index in range.clone() {
            let key = self.key(index);
            if key.len() > common {
                let lcp = if index == range.start {
                    common
                } else {
                    self.lcp(index)
                };
                let (lcp, tail) = (lcp - common, key.len() - lcp - 1);
                len += CODE + tail;
                len += lcp.checked_sub(WRITTEN).map_or(0, len_of_len);
                len += tail.checked_sub(WRITTEN).map_or(0, len_of_len);
            }
        }
        len
    }

    /// Octets of a bitmap of these keys without their first `skip` octets, if it can be one.
    pub(crate) fn bitmap_len(&self, range: Range<usize>, skip: usize) -> Option<usize> {
        if range.len() < BITMAP_MIN {
            return None;
        }
        let common = self.common(range.clone());
        let longest = range
            .clone()
            .all(|index| self.key(index).len() <= common + 1);
        let counts = self.width(range.clone()) * range.len();
        let prefix = common - skip;
        longest.then(|| header::LEN + len_of_len(prefix) + prefix + BITS + counts)
    }

    /// Octets of the smallest leaf of these keys without their first `skip` octets, or `None`
    /// when one leaf is not to hold them.
    pub(crate) fn leaf_len(&self, range: Range<usize>, skip: usize) -> Option<usize> {
        if let Some(len) = self.bitmap_len(range.clone(), skip) {
            return Some(len);
        }
        if range.len() > ENTRIES_MAX {
            return None;
        }
        let len = self.bucket_len(range.clone(), skip);
        (len <= BUCKET_MAX || range.len() == 1).then_some(len)
    }

    /// Writes the leaf of which [`Self::leaf_len`] told the length.
    pub(crate) fn write(&self, range: Range<usize>, skip: usize, up: Ref, out: &mut Vec<u8>) {
        let common = self.common(range.clone());
        let first = self.key(range.start);
        let prefix = &first[skip..common];
        let width = self.width(range.clone());
        let term = first.len() == common;
        let rest = range.start + usize::from(term)..range.end;
        if self.bitmap_len(range.clone(), skip).is_some() {
            let term = term.then(|| self.count(range.start));
            let keys = rest.map(|index| (self.key(index)[common], self.count(index)));
            bitmap::write(up, prefix, term, keys, width, out);
            return;
        }
        out.clear();
        out.extend_from_slice(&header::new(up, Kind::Bucket));
        put_len(out, prefix.len());
        out.extend_from_slice(prefix);
        if term {
            header::set(out, TERM);
        }
        header::set_count(out, rest.len());
        let entry = |index: usize| {
            let key = self.key(index);
            let lcp = if index == rest.start {
                common
            } else {
                self.lcp(index)
            };
            Written {
                lcp: lcp - common,
                rest: [&key[lcp..], &[], &[], &[]],
            }
        };
        for index in rest.clone() {
            let flags = entry(index).put_code(out);
            header::set(out, flags);
        }
        for index in rest.clone() {
            entry(index).put_tail(out);
        }
        header::set_width(out, width);
        for index in range {
            put_count(out, width, self.count(index));
        }
    }
}
