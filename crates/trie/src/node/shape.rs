//! What a node is made of, while it is changed: its children, and what stands before them.

use alloc::vec::Vec;

use super::{MAP, Node, SPARSE_MAX};
use crate::arena::{NIL, Ref};
use crate::header::{self, Kind, SPINE, TERM};
use crate::octets::{put_count, put_len, width_for};

/// The children of a node: at most 256.
#[derive(Clone, Debug)]
pub(crate) struct Fanout {
    pub(crate) starts: [u8; 256],
    pub(crate) refs: [Ref; 256],
    pub(crate) len: usize,
}

impl Fanout {
    pub(crate) const fn new() -> Self {
        Self {
            starts: [0; 256],
            refs: [NIL; 256],
            len: 0,
        }
    }

    pub(crate) const fn push(&mut self, start: u8, child: Ref) {
        self.starts[self.len] = start;
        self.refs[self.len] = child;
        self.len += 1;
    }

    pub(crate) fn insert(&mut self, slot: usize, start: u8, child: Ref) {
        self.starts.copy_within(slot..self.len, slot + 1);
        self.refs.copy_within(slot..self.len, slot + 1);
        self.starts[slot] = start;
        self.refs[slot] = child;
        self.len += 1;
    }

    /// Takes a child out; its range goes to the one before it, or after it.
    pub(crate) fn remove(&mut self, slot: usize) {
        self.starts.copy_within(slot + 1..self.len, slot);
        self.refs.copy_within(slot + 1..self.len, slot);
        self.len -= 1;
        self.starts[0] = 0;
    }

    /// Appends starts and references to an image, and sets their number in its header.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let starts = &self.starts[..self.len];
        if self.len <= SPARSE_MAX {
            out.extend_from_slice(starts);
        } else {
            let mut map = [0; MAP];
            for start in starts {
                map[usize::from(start / 8)] |= 1 << (start % 8);
            }
            out.extend_from_slice(&map);
        }
        for child in &self.refs[..self.len] {
            out.extend_from_slice(&child.to_le_bytes());
        }
        header::set_count(out, self.len - 1);
    }
}

/// What stands before the children: a prefix, and the keys that end in it or with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) prefix: Vec<u8>,
    /// After how many octets a key ends, and its count; sorted.
    pub(crate) ends: Vec<(usize, u64)>,
}

impl Head {
    pub(crate) fn of(node: &Node<'_>) -> Self {
        let len = node.prefix().len();
        let (mut ends, mut from) = (Vec::new(), 0);
        while let Some(end) = node.first_end(from, len) {
            ends.push((end, ends.len() as u64));
            from = end + 1;
            if end == len {
                break;
            }
        }
        let width = header::width(node.block);
        for (_, count) in &mut ends {
            let index = *count as usize;
            *count = crate::octets::count_at(&node.block[node.counts_at..], width, index);
        }
        Self {
            prefix: node.prefix().to_vec(),
            ends,
        }
    }

    /// Writes a new image of a node, up to its children.
    pub(crate) fn write(&self, up: Ref, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&header::new(up, Kind::Node));
        put_len(out, self.prefix.len());
        out.extend_from_slice(&self.prefix);
        let whole = self.prefix.len();
        let spine_at = out.len();
        if self.ends.iter().any(|&(end, _)| end < whole) {
            header::set(out, SPINE);
            out.resize(spine_at + whole.div_ceil(8), 0);
        }
        for &(end, _) in &self.ends {
            if end == whole {
                header::set(out, TERM);
            } else {
                out[spine_at + end / 8] |= 1 << (end % 8);
            }
        }
        let width = self
            .ends
            .iter()
            .map(|&(_, count)| width_for(count))
            .max()
            .unwrap_or(0);
        header::set_width(out, width);
        for &(_, count) in &self.ends {
            put_count(out, width, count);
        }
    }

    /// Cuts the prefix after `len` octets, and gives what is behind it. A key that ends there
    /// stays with the front.
    pub(crate) fn split_off(&mut self, len: usize) -> Self {
        let cut = self.ends.partition_point(|&(end, _)| end <= len);
        let ends = self.ends.split_off(cut);
        Self {
            prefix: self.prefix.split_off(len),
            ends: ends
                .into_iter()
                .map(|(end, count)| (end - len, count))
                .collect(),
        }
    }

    /// Puts `next` behind this prefix.
    pub(crate) fn append(&mut self, next: &Self) {
        let len = self.prefix.len();
        self.prefix.extend_from_slice(&next.prefix);
        self.ends
            .extend(next.ends.iter().map(|&(end, count)| (end + len, count)));
    }
}
