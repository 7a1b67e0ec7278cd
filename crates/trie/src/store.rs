//! Blocks as a tree: each has exactly one reference to it, and knows the node that holds that
//! reference, so any block can be moved. Never looks at more of a key than its first octet.

use alloc::vec::Vec;

use crate::arena::{Arena, Moved, NIL, Ref};
use crate::bitmap::Bitmap;
use crate::bucket::Bucket;
use crate::header::{self, Kind};
use crate::node::{Fanout, Head, Node};

/// The blocks, the one at the top, and how many keys are in them.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) arena: Arena,
    pub(crate) root: Ref,
    pub(crate) len: u64,
    /// The image that is being written.
    pub(crate) image: Vec<u8>,
}

/// The octet that decides in which range of its parent a block is; `None` for a block whose
/// shortest key is empty, which has no parent.
pub(crate) fn first_octet(block: &[u8]) -> Option<u8> {
    let prefix = match header::kind(block) {
        Kind::Bucket => {
            let bucket = Bucket::read(block);
            if bucket.prefix().is_empty() {
                let code = bucket.codes().first_chunk::<2>()?;
                return Some((u16::from_le_bytes(*code) >> 4) as u8);
            }
            bucket.prefix()
        }
        Kind::Bitmap => {
            let bitmap = Bitmap::read(block);
            if bitmap.prefix().is_empty() {
                return bitmap.octets().next();
            }
            bitmap.prefix()
        }
        Kind::Node => Node::read(block).prefix(),
    };
    prefix.first().copied()
}

impl Store {
    pub(crate) const fn new() -> Self {
        Self {
            arena: Arena::new(),
            root: NIL,
            len: 0,
            image: Vec::new(),
        }
    }

    pub(crate) fn node(&self, block: Ref) -> Node<'_> {
        Node::read(self.arena.get(block))
    }

    pub(crate) fn is_node(&self, block: Ref) -> bool {
        header::is_node(self.arena.at(block))
    }

    /// The slot of `up` that holds `block`.
    pub(crate) fn slot_of(&self, up: Ref, block: Ref) -> usize {
        let octet = first_octet(self.arena.at(block)).unwrap_or(0);
        self.node(up).slot(octet)
    }

    /// Makes `up` refer to `child` in a slot, or the trie itself where there is no node above.
    pub(crate) fn set_child(&mut self, up: Ref, slot: usize, child: Ref) {
        if up == NIL {
            self.root = child;
            return;
        }
        let at = Node::read(self.arena.at(up)).ref_at(slot);
        self.arena.get_mut(up)[at..at + 4].copy_from_slice(&child.to_le_bytes());
    }

    /// Mends the references to and from a block that was moved.
    pub(crate) fn mend(&mut self, moved: Moved) {
        let block = self.arena.at(moved.to);
        let up = header::up(block);
        if up == NIL {
            if self.root == moved.from {
                self.root = moved.to;
            }
        } else {
            let slot = self.slot_of(up, moved.to);
            // A block that is about to be freed is referred to no more.
            if self.node(up).child(slot) == moved.from {
                self.set_child(up, slot, moved.to);
            }
        }
        self.adopt(moved.to);
    }

    /// Tells the children of `block`, if it is a node, where it is.
    pub(crate) fn adopt(&mut self, block: Ref) {
        if !self.is_node(block) {
            return;
        }
        for slot in 0..self.node(block).len() {
            let child = self.node(block).child(slot);
            if child != NIL {
                header::set_up(self.arena.get_mut(child), block);
            }
        }
    }

    /// Gives a block back to which nothing refers.
    pub(crate) fn release(&mut self, block: Ref) {
        self.release_beside(block, NIL);
    }

    /// Gives a block back to which nothing refers, and says where `other` is then.
    pub(crate) fn release_beside(&mut self, block: Ref, other: Ref) -> Ref {
        match self.arena.free(block) {
            Some(moved) => {
                self.mend(moved);
                if moved.from == other { moved.to } else { other }
            }
            None => other,
        }
    }

    /// Puts the image in place of `block`, and says where it is now. Other blocks may move: leaves
    /// when it is a leaf, nodes when it is a node.
    pub(crate) fn replace(&mut self, block: Ref) -> Ref {
        let image = core::mem::take(&mut self.image);
        let up = header::up(&image);
        let new = if self.arena.rewrite(block, &image) {
            block
        } else {
            let slot = match first_octet(&image) {
                Some(octet) if up != NIL => self.node(up).slot(octet),
                _ => 0,
            };
            let new = self.arena.alloc(&image);
            self.set_child(up, slot, new);
            self.adopt(new);
            self.release(block);
            new
        };
        self.image = image;
        new
    }

    /// Puts the image in a slot of `up` that refers to nothing.
    pub(crate) fn fill(&mut self, up: Ref, slot: usize) -> Ref {
        let new = self.arena.alloc(&self.image);
        self.set_child(up, slot, new);
        new
    }

    /// Writes the image of a node with other children.
    pub(crate) fn with_fanout(&mut self, block: Ref, fanout: &Fanout) {
        let mut image = core::mem::take(&mut self.image);
        let octets = self.arena.get(block);
        image.clear();
        image.extend_from_slice(&octets[..header::LEN]);
        image.extend_from_slice(Node::read(octets).head());
        fanout.write(&mut image);
        self.image = image;
    }

    /// Gives a node other children, and says where it is now.
    pub(crate) fn set_fanout(&mut self, block: Ref, fanout: &Fanout) -> Ref {
        self.with_fanout(block, fanout);
        self.replace(block)
    }

    /// Gives a node another prefix or other keys along it, and says where it is now.
    pub(crate) fn set_head(&mut self, block: Ref, head: &Head) -> Ref {
        let fanout = self.node(block).fanout();
        let up = header::up(self.arena.at(block));
        head.write(up, &mut self.image);
        fanout.write(&mut self.image);
        self.replace(block)
    }

    /// Lets go of everything when there is nothing left, and of an image that became large.
    pub(crate) fn settle(&mut self) {
        // rfc: sp-trie T-11
        if self.root == NIL {
            *self = Self::new();
        } else if self.image.capacity() > 4096 {
            self.image = Vec::new();
        }
    }

    /// Octets asked of the allocator.
    pub(crate) fn heap(&self) -> usize {
        self.arena.heap() + self.image.capacity()
    }
}
