//! One key less. What becomes small is merged with what is beside it, up to the root. Never
//! recurses.

use crate::arena::{NIL, Ref};
use crate::bitmap::Bitmap;
use crate::bucket::Bucket;
use crate::group::Group;
use crate::header::{self, Kind};
use crate::lookup::{At, Place};
use crate::node::Head;
use crate::store::{Store, first_octet};

/// A leaf of at most so many octets looks for another to merge with.
const SMALL: usize = 160;
/// Two leaves of at most so many octets together become one.
const MERGED_MAX: usize = 352;
/// A bitmap of fewer keys becomes a bucket: less than it takes to become a bitmap, so that one
/// key to and fro does not change its form each time.
const BITMAP_KEYS_MIN: usize = 9;

/// Keys along a prefix that go into a leaf when a node has lost its last child.
const ENDS_TAKEN: usize = 64;

/// What removing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Removal {
    /// It was the last one: the key is not in the set any more.
    Gone,
    /// The key is still in the set, counted this many times.
    Counted(u64),
    /// The key was not in the set, and nothing has changed.
    Absent,
}

impl Store {
    /// Takes one off the count of `key`.
    pub(crate) fn remove(&mut self, key: &[u8]) -> Removal {
        let Some(place) = self.place_of(key) else {
            return Removal::Absent;
        };
        if place.count > 1 {
            self.recount(place, place.count - 1);
            return Removal::Counted(place.count - 1);
        }
        match place.at {
            At::End(end) => self.remove_end(place.block, end),
            At::Prefix | At::Entry(_) | At::Octet(_) => self.remove_from_leaf(place),
        }
        self.len -= 1;
        self.settle();
        Removal::Gone
    }

    /// Counts `key`, if it is there, another number of times, not zero.
    pub(crate) fn set_count(&mut self, key: &[u8], count: u64) {
        if let Some(place) = self.place_of(key)
            && place.count != count
        {
            self.recount(place, count);
        }
    }

    /// Counts a key that is there another number of times, not zero.
    pub(crate) fn recount(&mut self, place: Place, count: u64) {
        let octets = self.arena.get(place.block);
        let (at, keys, index) = match (header::kind(octets), place.at) {
            (Kind::Node, At::End(end)) => {
                let node = self.node(place.block);
                (node.counts_at(), node.terminals(), node.rank(end))
            }
            (Kind::Bitmap, at) => {
                let bitmap = Bitmap::read(octets);
                let rank = match at {
                    At::Octet(octet) => bitmap.rank(octet),
                    _ => 0,
                };
                (bitmap.counts_at(), bitmap.keys(), rank)
            }
            (_, at) => {
                let bucket = Bucket::read(octets);
                let term = bucket.keys() - bucket.len();
                let index = match at {
                    At::Entry(at) => term + at.index,
                    _ => 0,
                };
                (bucket.counts_at(), bucket.keys(), index)
            }
        };
        // The last count above one frees the room of all.
        if count == 1 || !self.put_count_in_place(place.block, at, index, count) {
            self.rewrite_counts(place.block, at, keys, (index, count));
        }
    }

    fn remove_end(&mut self, block: Ref, end: usize) {
        let node = self.node(block);
        let octets = self.arena.get(block);
        let inside = end < node.prefix().len();
        let others = node.first_end(0, end).is_some_and(|first| first < end)
            || node.first_end(end + 1, node.prefix().len()).is_some();
        if header::width(octets) == 0 && inside && others {
            let at = node.spine_at() + end / 8;
            self.arena.get_mut(block)[at] &= !(1 << (end % 8));
            return self.tidy(block);
        }
        let mut head = Head::of(&node);
        head.ends.retain(|&(other, _)| other != end);
        let block = self.set_head(block, &head);
        self.tidy(block);
    }

    fn remove_from_leaf(&mut self, place: Place) {
        let block = place.block;
        let octets = self.arena.get(block);
        let (keys, in_place) = match place.at {
            At::Entry(_) => (Bucket::read(octets).keys(), true),
            At::Octet(_) => (Bitmap::read(octets).len(), header::width(octets) == 0),
            _ => (Bucket::read(octets).keys(), false),
        };
        match place.at {
            At::Entry(at) if keys > 2 => {
                let mut image = core::mem::take(&mut self.image);
                Bucket::read(self.arena.get(block)).without(at, &mut image);
                self.image = image;
                let block = self.replace(block);
                self.tidy(block);
            }
            At::Octet(octet) if in_place && keys > BITMAP_KEYS_MIN => {
                let at = Bitmap::read(octets).bits_at() + usize::from(octet / 8);
                self.arena.get_mut(block)[at] &= !(1 << (octet % 8));
            }
            at => self.remove_from_group(block, at),
        }
    }

    /// Takes a key out of a leaf by writing the leaf anew.
    fn remove_from_group(&mut self, block: Ref, at: At) {
        let mut group = Group::new();
        let octets = self.arena.get(block);
        group.read(octets, &[]);
        let index = match (header::kind(octets), at) {
            (Kind::Bitmap, At::Octet(octet)) => Bitmap::read(octets).rank(octet),
            (Kind::Bucket, At::Entry(at)) => {
                let bucket = Bucket::read(octets);
                bucket.keys() - bucket.len() + at.index
            }
            _ => 0,
        };
        group.remove(index);
        if group.len() == 0 {
            self.drop_leaf(block);
            return;
        }
        let up = header::up(octets);
        if group.leaf_len(0..group.len(), 0).is_none() {
            self.place(block, &group);
            return;
        }
        group.write(0..group.len(), 0, up, &mut self.image);
        let block = self.replace(block);
        self.tidy(block);
    }

    /// A leaf that has no key any more.
    fn drop_leaf(&mut self, mut block: Ref) {
        loop {
            let up = header::up(self.arena.at(block));
            if up == NIL {
                self.root = NIL;
                return self.release(block);
            }
            let slot = self.slot_of(up, block);
            self.set_child(up, slot, NIL);
            // Where this is a node, the one above may move meanwhile.
            block = self.release_beside(block, up);
            let node = self.node(block);
            if node.len() > 1 {
                let mut fanout = node.fanout();
                fanout.remove(slot);
                let block = self.set_fanout(block, &fanout);
                return self.tidy(block);
            }
            if node.terminals() > 0 {
                return self.collapse_childless(block);
            }
        }
    }

    /// A node without children, but with keys along its prefix.
    fn collapse_childless(&mut self, block: Ref) {
        let head = Head::of(&self.node(block));
        // Keys that are not to be in one leaf are not written out for it.
        if head.prefix.len() > MERGED_MAX && head.ends.len() > 1 {
            return self.last_ends_to_child(block, head);
        }
        let mut group = Group::new();
        for &(end, count) in &head.ends {
            group.push(&[&head.prefix[..end]], count);
        }
        let up = header::up(self.arena.at(block));
        if group.leaf_len(0..group.len(), 0).is_some() {
            group.write(0..group.len(), 0, up, &mut self.image);
            let leaf = self.supplant(block);
            return self.tidy(leaf);
        }
        self.last_ends_to_child(block, head);
    }

    /// Makes a leaf of the last of the keys along the prefix of a node without children. They are
    /// too much for one leaf; those taken are enough that this is not done for every key removed.
    fn last_ends_to_child(&mut self, block: Ref, mut head: Head) {
        let mut taken = (head.ends.len() / 2).clamp(1, ENDS_TAKEN);
        loop {
            let kept = head.ends.len() - taken;
            let above = head.ends[..kept].last().map_or(0, |&(end, _)| end);
            let mut group = Group::new();
            for &(end, count) in &head.ends[kept..] {
                group.push(&[&head.prefix[above..end]], count);
            }
            if group.leaf_len(0..group.len(), 0).is_none() {
                taken /= 2;
                continue;
            }
            head.ends.truncate(kept);
            head.prefix.truncate(above);
            let block = self.set_head(block, &head);
            group.write(0..group.len(), 0, block, &mut self.image);
            self.fill(block, 0);
            return;
        }
    }

    /// Puts the image of a leaf in the place of a node whose children are gone.
    fn supplant(&mut self, block: Ref) -> Ref {
        let up = header::up(self.arena.at(block));
        let slot = if up == NIL {
            0
        } else {
            self.slot_of(up, block)
        };
        let leaf = self.fill(up, slot);
        self.release(block);
        leaf
    }

    /// Merges what is small, from `block` upwards.
    fn tidy(&mut self, mut block: Ref) {
        loop {
            if self.is_node(block) {
                let node = self.node(block);
                if node.len() > 1 {
                    return;
                }
                if self.is_node(node.child(0)) {
                    self.fuse(block);
                    return;
                }
                match self.collapse(block) {
                    Some(leaf) => block = leaf,
                    None => return,
                }
            }
            let up = header::up(self.arena.at(block));
            if up == NIL {
                return;
            }
            if self.node(up).len() == 1 {
                block = up;
            } else {
                match self.merge(block, up) {
                    Some(leaf) => block = leaf,
                    None => return,
                }
            }
        }
    }

    /// Makes one leaf of a node and its only child, a leaf, if that is small.
    fn collapse(&mut self, block: Ref) -> Option<Ref> {
        let node = self.node(block);
        let child = node.child(0);
        let octets = self.arena.get(child);
        let prefix = node.prefix();
        if prefix.len() > MERGED_MAX && node.first_end(0, prefix.len()).is_some() {
            return None;
        }
        let terminals = node.terminals();
        let alone = terminals == 0 && header::count(octets) == 0 && !is_bitmap(octets);
        if !alone && octets.len() + prefix.len() + 4 * terminals > MERGED_MAX {
            return None;
        }
        let head = Head::of(&node);
        let mut group = Group::new();
        for &(end, count) in &head.ends {
            group.push(&[&head.prefix[..end]], count);
        }
        group.read(octets, prefix);
        let all = 0..group.len();
        group.leaf_len(all.clone(), 0)?;
        group.write(all, 0, header::up(self.arena.at(block)), &mut self.image);
        self.set_child(block, 0, NIL);
        self.release(child);
        Some(self.supplant(block))
    }

    /// Makes one leaf of a small leaf and the one beside it, if that is small too.
    fn merge(&mut self, block: Ref, up: Ref) -> Option<Ref> {
        let own = self.arena.get(block).len();
        if own > SMALL {
            return None;
        }
        let slot = self.node(up).slot(first_octet(self.arena.at(block))?);
        let low = self.merges(up, slot, own).or_else(|| {
            let before = slot.checked_sub(1)?;
            self.merges(up, before, own)
        })?;
        let node = self.node(up);
        let (first, second) = (node.child(low), node.child(low + 1));
        let mut group = Group::new();
        group.read(self.arena.get(first), &[]);
        group.read(self.arena.get(second), &[]);
        let all = 0..group.len();
        group.leaf_len(all.clone(), 0)?;
        // One leaf after the other is given back; the other may move meanwhile.
        self.set_child(up, low, NIL);
        self.set_child(up, low + 1, NIL);
        let first = self.release_beside(second, first);
        self.release(first);
        let mut fanout = self.node(up).fanout();
        fanout.remove(low + 1);
        let up = self.set_fanout(up, &fanout);
        group.write(all, 0, up, &mut self.image);
        Some(self.fill(up, low))
    }

    /// Whether the leaf in a slot and the one behind it fit together; one of them has `own` octets.
    fn merges(&self, up: Ref, low: usize, own: usize) -> Option<usize> {
        let node = self.node(up);
        if low + 1 >= node.len() {
            return None;
        }
        let pair = [node.child(low), node.child(low + 1)];
        if pair.iter().any(|&leaf| self.is_node(leaf)) {
            return None;
        }
        let sum = pair
            .iter()
            .map(|&leaf| self.arena.get(leaf).len())
            .sum::<usize>();
        (sum <= MERGED_MAX && own <= sum).then_some(low)
    }
}

fn is_bitmap(leaf: &[u8]) -> bool {
    header::kind(leaf) == Kind::Bitmap
}
