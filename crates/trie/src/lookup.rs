//! Is a key a prefix of this topic? Allocates nothing, and never reads past the topic
//! (`rfc/sp-trie.md` T-09).

use crate::arena::{self, NIL, Ref};
use crate::bitmap::Bitmap;
use crate::bucket::{Bucket, Cursor, Seek};
use crate::header::{self, Kind, SPINE, TERM};
use crate::node::Node;
use crate::octets::shared;
use crate::store::Store;

/// Where a key is, and how often it is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) block: Ref,
    /// In a node, how many octets of the prefix the key takes. In a bucket its entry; in a bitmap
    /// its last octet.
    pub(crate) at: At,
    pub(crate) count: u64,
}

/// Where in a block a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// It ends after so many octets of the prefix of a node.
    End(usize),
    /// It is the prefix of a leaf.
    Prefix,
    /// It is this entry of a bucket.
    Entry(Cursor),
    /// It is the prefix of a bitmap and this octet.
    Octet(u8),
}

impl Store {
    /// Octets of the shortest key that is a prefix of `topic`, or of the longest.
    #[inline]
    pub(crate) fn find<const LONGEST: bool>(&self, topic: &[u8]) -> Option<usize> {
        if self.root == NIL {
            return None;
        }
        let (mut block, mut depth, mut found) = (self.arena.at(self.root), 0, None);
        while header::is_node(block) {
            let node = Node::read(block);
            let rest = &topic[depth..];
            let same = shared(node.prefix(), rest);
            if header::has(block, TERM | SPINE) {
                if LONGEST {
                    found = node.last_end(same).map(|end| depth + end).or(found);
                } else if let Some(end) = node.first_end(0, same) {
                    return Some(depth + end);
                }
            }
            depth += same;
            match topic.get(depth) {
                Some(&octet) if same == node.prefix().len() => {
                    block = self.arena.at(node.child(node.slot(octet)));
                }
                _ => return found,
            }
        }
        let rest = &topic[depth..];
        arena::fetch(block);
        let end = match header::kind(block) {
            Kind::Bitmap => find_in_bitmap::<LONGEST>(block, rest),
            _ => find_in_bucket::<LONGEST>(block, rest),
        };
        end.map(|end| depth + end).or(found)
    }

    /// Tells `visit` the count of each key that is a prefix of `topic`, the shortest first.
    pub(crate) fn each(&self, topic: &[u8], mut visit: impl FnMut(u64)) {
        let (mut block, mut rest) = (self.root, topic);
        if block == NIL {
            return;
        }
        while self.is_node(block) {
            let node = self.node(block);
            let same = shared(node.prefix(), rest);
            let mut from = 0;
            while from <= same
                && let Some(end) = node.first_end(from, same)
            {
                visit(node.count(end));
                from = end + 1;
            }
            match rest.get(same) {
                Some(&octet) if same == node.prefix().len() => {
                    block = node.child(node.slot(octet));
                }
                _ => return,
            }
            rest = &rest[same..];
        }
        let octets = self.arena.get(block);
        match header::kind(octets) {
            Kind::Bitmap => each_in_bitmap(Bitmap::read(octets), rest, visit),
            _ => each_in_bucket(Bucket::read(octets), rest, visit),
        }
    }

    /// Whether any key begins with `octet`.
    pub(crate) fn begins_with(&self, octet: u8) -> bool {
        let mut block = self.root;
        if block == NIL {
            return false;
        }
        while self.is_node(block) {
            let node = self.node(block);
            match node.prefix().first() {
                Some(&first) => return first == octet,
                None => block = node.child(node.slot(octet)),
            }
        }
        let octets = self.arena.get(block);
        if let Kind::Bitmap = header::kind(octets) {
            let bitmap = Bitmap::read(octets);
            let first = bitmap.prefix().first();
            return first.map_or_else(|| bitmap.has(octet), |&first| first == octet);
        }
        let bucket = Bucket::read(octets);
        let first = bucket.prefix().first();
        first.map_or_else(|| bucket.begins_with(octet), |&first| first == octet)
    }

    /// Where `key` is; `None` when it is not there.
    pub(crate) fn place_of(&self, key: &[u8]) -> Option<Place> {
        let (mut block, mut rest) = (self.root, key);
        if block == NIL {
            return None;
        }
        while self.is_node(block) {
            let node = self.node(block);
            let same = shared(node.prefix(), rest);
            if same == rest.len() {
                return node.ends_at(same).then(|| Place {
                    block,
                    at: At::End(same),
                    count: node.count(same),
                });
            }
            if same < node.prefix().len() {
                return None;
            }
            rest = &rest[same..];
            block = node.child(node.slot(rest[0]));
        }
        arena::fetch(self.arena.at(block));
        let octets = self.arena.get(block);
        let (at, count) = match header::kind(octets) {
            Kind::Bitmap => place_in_bitmap(octets, rest)?,
            _ => place_in_bucket(octets, rest)?,
        };
        Some(Place { block, at, count })
    }
}

fn find_in_bitmap<const LONGEST: bool>(block: &[u8], topic: &[u8]) -> Option<usize> {
    let bitmap = Bitmap::read(block);
    let rest = topic.strip_prefix(bitmap.prefix())?;
    let len = bitmap.prefix().len();
    let term = bitmap.has_term();
    if term && !LONGEST {
        return Some(len);
    }
    match rest.first() {
        Some(&octet) if bitmap.has(octet) => Some(len + 1),
        _ => term.then_some(len),
    }
}

#[inline]
fn find_in_bucket<const LONGEST: bool>(block: &[u8], topic: &[u8]) -> Option<usize> {
    let bucket = Bucket::read(block);
    let len = bucket.prefix().len();
    let rest = match len {
        0 => topic,
        _ => topic.strip_prefix(bucket.prefix())?,
    };
    let term = bucket.has(TERM);
    if term && !LONGEST {
        return Some(len);
    }
    let end = bucket.find::<LONGEST>(rest).map(|end| len + end);
    end.or(term.then_some(len))
}

fn each_in_bitmap(bitmap: Bitmap<'_>, topic: &[u8], mut visit: impl FnMut(u64)) {
    let Some(rest) = topic.strip_prefix(bitmap.prefix()) else {
        return;
    };
    if bitmap.has_term() {
        visit(bitmap.count(0));
    }
    if let Some(&octet) = rest.first()
        && bitmap.has(octet)
    {
        visit(bitmap.count_of(octet));
    }
}

fn each_in_bucket(bucket: Bucket<'_>, topic: &[u8], mut visit: impl FnMut(u64)) {
    let Some(rest) = topic.strip_prefix(bucket.prefix()) else {
        return;
    };
    let term = usize::from(bucket.has(TERM));
    if term == 1 {
        visit(bucket.count(0));
    }
    bucket.each(rest, |at| visit(bucket.count(at.index + term)));
}

fn place_in_bitmap(block: &[u8], key: &[u8]) -> Option<(At, u64)> {
    let bitmap = Bitmap::read(block);
    match key.strip_prefix(bitmap.prefix())? {
        [] if bitmap.has_term() => Some((At::Prefix, bitmap.count(0))),
        &[octet] if bitmap.has(octet) => Some((At::Octet(octet), bitmap.count_of(octet))),
        _ => None,
    }
}

fn place_in_bucket(block: &[u8], key: &[u8]) -> Option<(At, u64)> {
    let bucket = Bucket::read(block);
    let rest = key.strip_prefix(bucket.prefix())?;
    let term = bucket.has(TERM);
    if rest.is_empty() {
        return term.then(|| (At::Prefix, bucket.count(0)));
    }
    match bucket.seek(rest) {
        Seek::Found(at) => Some((At::Entry(at), bucket.count(at.index + usize::from(term)))),
        Seek::Gap { .. } => None,
    }
}
