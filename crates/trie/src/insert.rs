//! One key more. Never recurses, and changes at most a leaf, its node and what they are split into.

use crate::arena::{self, NIL, Ref};
use crate::bitmap::Bitmap;
use crate::bucket::{Bucket, Change};
use crate::error::InsertError;
use crate::group::{BUCKET_MAX, Group};
use crate::header::{self, Kind, TERM};
use crate::node::{Fanout, Head};
use crate::octets::{put_count, shared, width_for};
use crate::store::{Store, first_octet};

/// Pages that one insertion may need: each part of a split leaf has at least one key.
const PAGES_PER_INSERT: usize = 1024;

impl Store {
    /// Adds one to the count of `key`; whether it was not there.
    pub(crate) fn insert(&mut self, key: &[u8]) -> Result<bool, InsertError> {
        let is_new = self.insert_or_count(key)?;
        self.len += u64::from(is_new);
        Ok(is_new)
    }

    fn insert_or_count(&mut self, key: &[u8]) -> Result<bool, InsertError> {
        if !self.arena.has_room(PAGES_PER_INSERT) {
            return Err(InsertError::Full);
        }
        if self.root == NIL {
            self.write_single(key, NIL);
            self.fill(NIL, 0);
            return Ok(true);
        }
        let (mut block, mut rest) = (self.root, key);
        while self.is_node(block) {
            let node = self.node(block);
            let prefix = node.prefix();
            let same = shared(prefix, rest);
            if same == rest.len() {
                return self.insert_end(block, same);
            }
            if same < prefix.len() {
                self.split_node(block, same, &rest[same..]);
                return Ok(true);
            }
            rest = &rest[same..];
            match self.make_way(block, rest) {
                Some(child) => block = child,
                None => return Ok(true),
            }
        }
        self.insert_into_leaf(block, rest)
    }

    /// Writes the image of a leaf with one key.
    fn write_single(&mut self, key: &[u8], up: Ref) {
        let mut group = Group::default();
        group.push(&[key], 1);
        group.write(0..1, 0, up, &mut self.image);
    }

    /// The child of a node that `rest` belongs to. Where that is a node for another first octet,
    /// a leaf beside it takes over, or is made, and then it is all done: `None`.
    fn make_way(&mut self, block: Ref, rest: &[u8]) -> Option<Ref> {
        let octet = rest[0];
        let node = self.node(block);
        let slot = node.slot(octet);
        let child = node.child(slot);
        if !self.is_node(child) {
            return Some(child);
        }
        let own = first_octet(self.arena.at(child)).unwrap_or(octet);
        if own == octet {
            return Some(child);
        }
        let beside = if octet < own {
            slot.checked_sub(1)
        } else {
            Some(slot + 1)
        };
        let beside = beside.filter(|&slot| slot < node.len() && !self.is_node(node.child(slot)));
        let mut fanout = node.fanout();
        if let Some(beside) = beside {
            let (moved, start) = if octet < own {
                (slot, own)
            } else {
                (beside, own + 1)
            };
            fanout.starts[moved] = start;
            let child = fanout.refs[beside];
            self.set_fanout(block, &fanout);
            return Some(child);
        }
        self.write_single(rest, block);
        let leaf = self.arena.alloc(&self.image);
        if octet < own {
            fanout.insert(slot, fanout.starts[slot], leaf);
            fanout.starts[slot + 1] = own;
        } else {
            fanout.insert(slot + 1, own + 1, leaf);
        }
        self.set_fanout(block, &fanout);
        None
    }

    /// A key that ends after `len` octets of the prefix of a node.
    fn insert_end(&mut self, block: Ref, len: usize) -> Result<bool, InsertError> {
        let node = self.node(block);
        if node.ends_at(len) {
            let (at, keys, index) = (node.counts_at(), node.terminals(), node.rank(len));
            let count = next(node.count(len))?;
            if !self.put_count_in_place(block, at, index, count) {
                self.write_recounted(block, at, keys, (index, count));
                self.replace(block);
            }
            return Ok(false);
        }
        let octets = self.arena.get(block);
        if header::has(octets, header::SPINE) && header::width(octets) == 0 {
            if len < node.prefix().len() {
                let at = node.spine_at() + len / 8;
                self.arena.get_mut(block)[at] |= 1 << (len % 8);
            } else {
                header::set(self.arena.get_mut(block), TERM);
            }
            return Ok(true);
        }
        let mut head = Head::of(&node);
        let at = head.ends.partition_point(|&(end, _)| end < len);
        head.ends.insert(at, (len, 1));
        self.set_head(block, &head);
        Ok(true)
    }

    /// A key that leaves a node after `same` octets of its prefix: the node is cut there, and a
    /// new one above it holds both.
    fn split_node(&mut self, block: Ref, same: usize, rest: &[u8]) {
        let mut head = Head::of(&self.node(block));
        let up = header::up(self.arena.at(block));
        let above = if up == NIL {
            0
        } else {
            self.slot_of(up, block)
        };
        let below = head.split_off(same);
        // The new node first, with no children yet: making a block moves no other.
        let first = below.prefix.first().copied().unwrap_or(0);
        let (low, high) = if first < rest[0] {
            (first, rest[0])
        } else {
            (rest[0], first)
        };
        let slot = usize::from(first > rest[0]);
        let mut fanout = Fanout::new();
        fanout.push(0, NIL);
        // The range of a leaf is as wide as can be: a node needs but one octet.
        fanout.push(if slot == 0 { low + 1 } else { high }, NIL);
        head.write(up, &mut self.image);
        fanout.write(&mut self.image);
        let new = self.fill(up, above);
        self.write_single(rest, new);
        self.fill(new, 1 - slot);
        self.set_child(new, slot, block);
        header::set_up(self.arena.get_mut(block), new);
        self.set_head(block, &below);
    }

    fn insert_into_leaf(&mut self, block: Ref, rest: &[u8]) -> Result<bool, InsertError> {
        let octets = self.arena.at(block);
        arena::fetch(octets);
        match header::kind(octets) {
            Kind::Bitmap => self.insert_into_bitmap(block, rest),
            _ => self.insert_into_bucket(block, rest),
        }
    }

    fn insert_into_bucket(&mut self, block: Ref, rest: &[u8]) -> Result<bool, InsertError> {
        let octets = self.arena.get(block);
        let bucket = Bucket::read(octets);
        let Some(key) = rest.strip_prefix(bucket.prefix()) else {
            self.regroup(block, |group| group.insert(rest));
            return Ok(true);
        };
        let term = usize::from(bucket.has(TERM));
        if key.is_empty() && term == 1 {
            return self.count_up(block, bucket.counts_at(), bucket.keys(), 0);
        }
        if key.is_empty() || bucket.len() == 0 {
            self.regroup(block, |group| group.insert(rest));
            return Ok(true);
        }
        let change = match Change::of(bucket.seek(key)) {
            Ok(change) => change,
            Err(index) => {
                let (at, keys) = (bucket.counts_at(), bucket.keys());
                return self.count_up(block, at, keys, index + term);
            }
        };
        let mut image = core::mem::take(&mut self.image);
        let fits = bucket.len() < usize::from(u8::MAX);
        if fits {
            bucket.with(change, key, &mut image);
        }
        let fits = fits && image.len() <= BUCKET_MAX;
        self.image = image;
        if fits {
            self.replace(block);
        } else {
            self.regroup(block, |group| group.insert(rest));
        }
        Ok(true)
    }

    fn insert_into_bitmap(&mut self, block: Ref, rest: &[u8]) -> Result<bool, InsertError> {
        let octets = self.arena.get(block);
        let bitmap = Bitmap::read(octets);
        let at = bitmap.counts_at();
        match rest.strip_prefix(bitmap.prefix()) {
            Some([]) if bitmap.has_term() => {
                return self.count_up(block, at, bitmap.keys(), 0);
            }
            Some(&[octet]) if bitmap.has(octet) => {
                return self.count_up(block, at, bitmap.keys(), bitmap.rank(octet));
            }
            Some(&[octet]) if header::width(octets) == 0 => {
                let at = bitmap.bits_at() + usize::from(octet / 8);
                self.arena.get_mut(block)[at] |= 1 << (octet % 8);
            }
            _ => self.regroup(block, |group| group.insert(rest)),
        }
        Ok(true)
    }

    /// One more of a key that is there. `at` is where the block has its counts of `keys` keys.
    fn count_up(
        &mut self,
        block: Ref,
        at: usize,
        keys: usize,
        index: usize,
    ) -> Result<bool, InsertError> {
        let octets = self.arena.get(block);
        let old = crate::octets::count_at(&octets[at..], header::width(octets), index);
        let count = next(old)?;
        if !self.put_count_in_place(block, at, index, count) {
            self.rewrite_counts(block, at, keys, (index, count));
        }
        Ok(false)
    }

    /// Writes a block anew for a count that has no room in it; a bucket may have to be split.
    pub(crate) fn rewrite_counts(
        &mut self,
        block: Ref,
        at: usize,
        keys: usize,
        (index, count): (usize, u64),
    ) {
        let octets = self.arena.get(block);
        let limit = header::used(octets) != 0 && header::kind(octets) == Kind::Bucket;
        self.write_recounted(block, at, keys, (index, count));
        if limit && self.image.len() > BUCKET_MAX {
            self.regroup(block, |group| group.set_count(index, count));
        } else {
            self.replace(block);
        }
    }

    /// Changes a count where it stands; says whether there was room for it.
    pub(crate) fn put_count_in_place(
        &mut self,
        block: Ref,
        at: usize,
        index: usize,
        count: u64,
    ) -> bool {
        let octets = self.arena.get_mut(block);
        let width = header::width(octets);
        if width == 0 || width_for(count) > width {
            return false;
        }
        let target = &mut octets[at + index * width..][..width];
        target.copy_from_slice(&count.to_le_bytes()[..width]);
        true
    }

    /// Writes the image of a block in which one count is another, all as wide as they have to be.
    fn write_recounted(&mut self, block: Ref, at: usize, keys: usize, change: (usize, u64)) {
        let mut image = core::mem::take(&mut self.image);
        let octets = self.arena.get(block);
        let old = header::width(octets);
        let count = |index| match change {
            (changed, count) if changed == index => count,
            _ => crate::octets::count_at(&octets[at..], old, index),
        };
        let width = (0..keys)
            .map(|index| width_for(count(index)))
            .max()
            .unwrap_or(0);
        image.clear();
        image.extend_from_slice(&octets[..at]);
        header::set_width(&mut image, width);
        for index in 0..keys {
            put_count(&mut image, width, count(index));
        }
        image.extend_from_slice(&octets[at + keys * old..]);
        self.image = image;
    }
}

/// The count after `count`.
fn next(count: u64) -> Result<u64, InsertError> {
    // rfc: sp-trie T-06
    count.checked_add(1).ok_or(InsertError::CountOverflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trie::SubscriptionTrie;

    #[test]
    fn the_last_count_is_refused_and_nothing_changes() {
        // rfc: sp-trie T-06
        let mut trie = SubscriptionTrie::new();
        assert_eq!(trie.insert(b"key"), Ok(true));
        let root = trie.store.root;
        let at = Bucket::read(trie.store.arena.get(root)).counts_at();
        trie.store.write_recounted(root, at, 1, (0, u64::MAX - 1));
        trie.store.replace(root);

        assert_eq!(trie.insert(b"key"), Ok(false));
        assert_eq!(trie.insert(b"key"), Err(InsertError::CountOverflow));
        assert_eq!(trie.count(b"key"), u64::MAX);
        assert_eq!(trie.insert(b"key/2"), Ok(true));
        assert_eq!((trie.count(b"key"), trie.len()), (u64::MAX, 2));
        trie.assert_valid();
    }
}
