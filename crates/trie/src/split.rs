//! A leaf written anew: as one leaf, as several beside each other, or as a node above several.
//! Never recurses: what is still too large waits in a list.

use alloc::vec::Vec;
use core::ops::Range;

use crate::arena::{NIL, Ref};
use crate::group::Group;
use crate::header;
use crate::node::{Fanout, Head};
use crate::store::Store;

/// So many keys that differ in their last octet only are cut out of a leaf that is too large: a
/// bitmap, and its place in a node, take what they take in a bucket.
const DENSE_MIN: usize = 24;

/// Keys that wait for a place: the slot of a node, and how much of each key stands above it.
struct Part {
    up: Ref,
    slot: usize,
    keys: Range<usize>,
    skip: usize,
}

impl Store {
    /// Takes the keys out of a leaf, changes them, and puts them in its place. There is at least
    /// one key left.
    pub(crate) fn regroup(&mut self, block: Ref, change: impl FnOnce(&mut Group)) {
        let mut group = Group::new();
        group.read(self.arena.get(block), &[]);
        change(&mut group);
        self.place(block, &group);
    }

    /// Puts `group` in the place of a leaf, in as many leaves as it takes.
    pub(crate) fn place(&mut self, block: Ref, group: &Group) {
        let all = 0..group.len();
        let up = header::up(self.arena.at(block));
        if group.leaf_len(all.clone(), 0).is_some() {
            group.write(all, 0, up, &mut self.image);
            self.replace(block);
            return;
        }
        let mut parts = Vec::new();
        if up == NIL {
            self.root = NIL;
            parts.push(Part {
                up,
                slot: 0,
                keys: all,
                skip: 0,
            });
            self.release(block);
        } else {
            let slot = self.slot_of(up, block);
            self.set_child(up, slot, NIL);
            self.release(block);
            let mut fanout = self.node(up).fanout();
            let ranges = partition(group, all, 0);
            for (index, keys) in ranges.iter().enumerate().skip(1) {
                fanout.insert(slot + index, group.key(keys.start)[0], NIL);
            }
            let up = if ranges.len() > 1 {
                self.set_fanout(up, &fanout)
            } else {
                up
            };
            parts.extend(waiting(ranges, up, slot, 0));
        }
        while let Some(part) = parts.pop() {
            self.settle_part(group, part, &mut parts);
        }
    }

    /// Makes a leaf of a part, or a node of which the parts wait.
    fn settle_part(&mut self, group: &Group, part: Part, parts: &mut Vec<Part>) {
        let Part {
            up,
            slot,
            keys,
            skip,
        } = part;
        if group.leaf_len(keys.clone(), skip).is_some() {
            group.write(keys, skip, up, &mut self.image);
            self.fill(up, slot);
            return;
        }
        let (head, keys, skip) = take_head(group, keys, skip);
        let ranges = partition(group, keys, skip);
        let mut fanout = Fanout::new();
        for (index, keys) in ranges.iter().enumerate() {
            let start = if index == 0 {
                0
            } else {
                group.key(keys.start)[skip]
            };
            fanout.push(start, NIL);
        }
        head.write(up, &mut self.image);
        fanout.write(&mut self.image);
        let mut node = self.fill(up, slot);
        if up != NIL && self.node(up).len() == 1 {
            // An only child that does not fit a leaf is the first part of all: no other waits,
            // so nodes may move.
            debug_assert!(parts.is_empty());
            node = self.fuse(up);
        }
        parts.extend(waiting(ranges, node, 0, skip));
    }

    /// Makes one node of a node and its only child, which is a node too.
    pub(crate) fn fuse(&mut self, block: Ref) -> Ref {
        let node = self.node(block);
        let below = node.child(0);
        let mut head = Head::of(&node);
        head.append(&Head::of(&self.node(below)));
        let fanout = self.node(below).fanout();
        let up = header::up(self.arena.at(block));
        let slot = if up == NIL {
            0
        } else {
            self.slot_of(up, block)
        };
        head.write(up, &mut self.image);
        fanout.write(&mut self.image);
        let new = self.fill(up, slot);
        self.adopt(new);
        // Nothing refers to either any more, and they refer to nothing: what moves is another.
        self.set_child(block, 0, NIL);
        for slot in 0..fanout.len {
            self.set_child(below, slot, NIL);
        }
        let (mut new, mut block) = (new, block);
        if let Some(moved) = self.arena.free(below) {
            self.mend(moved);
            for held in [&mut new, &mut block] {
                if *held == moved.from {
                    *held = moved.to;
                }
            }
        }
        self.release_beside(block, new)
    }
}

fn waiting(
    ranges: Vec<Range<usize>>,
    up: Ref,
    slot: usize,
    skip: usize,
) -> impl Iterator<Item = Part> {
    let parts = ranges.into_iter().enumerate();
    parts.map(move |(index, keys)| Part {
        up,
        slot: slot + index,
        keys,
        skip,
    })
}

/// What a node for these keys has before its children: what they share, with the keys that all
/// others begin with; and the keys that are left for the children.
fn take_head(group: &Group, keys: Range<usize>, skip: usize) -> (Head, Range<usize>, usize) {
    // rfc: sp-trie T-16
    let (mut from, mut common, mut ends) = (keys.start, group.common(keys.clone()), Vec::new());
    while from + 1 < keys.end && group.key(from).len() == common {
        ends.push((common - skip, group.count(from)));
        from += 1;
        if from + 1 < keys.end {
            common = group.common(from..keys.end);
        }
    }
    let prefix = group.key(from)[skip..common].to_vec();
    (Head { prefix, ends }, from..keys.end, common)
}

/// Cuts keys into ranges of the octet behind the first `skip`: each fits a leaf, or is all of one
/// octet.
fn partition(group: &Group, keys: Range<usize>, skip: usize) -> Vec<Range<usize>> {
    let (mut waiting, mut done) = (alloc::vec![keys], Vec::new());
    while let Some(keys) = waiting.pop() {
        let cut = if group.leaf_len(keys.clone(), skip).is_some() {
            None
        } else {
            dense(group, keys.clone(), skip).or_else(|| middle(group, keys.clone(), skip))
        };
        match cut {
            Some(cut) => waiting.extend([cut..keys.end, keys.start..cut]),
            None => done.push(keys),
        }
    }
    done
}

/// Where to cut so that the keys of one octet, if they are dense, have a bitmap of their own.
fn dense(group: &Group, keys: Range<usize>, skip: usize) -> Option<usize> {
    let mut from = keys.start;
    while from < keys.end {
        let octet = group.key(from).get(skip);
        let same = (from..keys.end).take_while(|&index| group.key(index).get(skip) == octet);
        let to = from + same.count();
        if to - from >= DENSE_MIN && group.bitmap_len(from..to, skip).is_some() {
            return [from, to]
                .into_iter()
                .find(|cut| (keys.start + 1..keys.end).contains(cut));
        }
        from = to;
    }
    None
}

/// The place nearest the middle, by octets, where the octet behind the first `skip` changes.
fn middle(group: &Group, keys: Range<usize>, skip: usize) -> Option<usize> {
    let weight = |index: usize| {
        let before = if index == keys.start {
            skip
        } else {
            group.lcp(index)
        };
        2 + group.key(index).len() - before
    };
    let total = keys.clone().map(weight).sum::<usize>();
    let (mut sum, mut best) = (0_usize, None);
    for index in keys.clone() {
        if index > keys.start && group.key(index)[skip] != group.key(index - 1)[skip] {
            let off = (2 * sum).abs_diff(total);
            if best.is_none_or(|(least, _)| off < least) {
                best = Some((off, index));
            }
        }
        sum += weight(index);
    }
    best.map(|(_, index)| index)
}
