//! The keys in order. Keeps a list of the nodes above, and never recurses.

use alloc::vec::Vec;
use core::fmt;

use crate::arena::{NIL, Ref};
use crate::group::Group;
use crate::store::Store;

/// A node on the way to where the iteration is.
#[derive(Clone, Debug)]
struct Above {
    node: Ref,
    /// Octets of the key before the prefix of the node.
    depth: usize,
    /// Where in the prefix to look for the next end.
    end: usize,
    /// The next child.
    slot: usize,
}

/// The keys of a set in order, each with its count; see [`SubscriptionTrie::keys`].
///
/// Each key is lent until the next one is asked for, so that no key is copied that is not kept.
///
/// [`SubscriptionTrie::keys`]: crate::SubscriptionTrie::keys
#[derive(Clone)]
pub struct Keys<'a> {
    store: &'a Store,
    path: Vec<u8>,
    above: Vec<Above>,
    leaf: Group,
    next: usize,
    depth: usize,
}

impl<'a> Keys<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        let mut keys = Self {
            store,
            path: Vec::new(),
            above: Vec::new(),
            leaf: Group::default(),
            next: 0,
            depth: 0,
        };
        if store.root != NIL {
            keys.enter(store.root, 0);
        }
        keys
    }

    fn enter(&mut self, block: Ref, depth: usize) {
        self.path.truncate(depth);
        if self.store.is_node(block) {
            self.path.extend_from_slice(self.store.node(block).prefix());
            let (end, slot) = (0, 0);
            self.above.push(Above {
                node: block,
                depth,
                end,
                slot,
            });
        } else {
            self.leaf.clear();
            self.leaf.read(self.store.arena.get(block), &[]);
            (self.next, self.depth) = (0, depth);
        }
    }

    /// The next key and its count.
    ///
    /// # Examples
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// trie.insert(b"weather/oslo")?;
    /// trie.insert(b"weather/")?;
    /// trie.insert(b"weather/oslo")?;
    ///
    /// let mut keys = trie.keys();
    /// assert_eq!(keys.next_key(), Some((&b"weather/"[..], 1)));
    /// assert_eq!(keys.next_key(), Some((&b"weather/oslo"[..], 2)));
    /// assert_eq!(keys.next_key(), None);
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    pub fn next_key(&mut self) -> Option<(&[u8], u64)> {
        loop {
            if self.next < self.leaf.len() {
                let index = self.next;
                self.next += 1;
                self.path.truncate(self.depth);
                self.path.extend_from_slice(self.leaf.key(index));
                return Some((&self.path, self.leaf.count(index)));
            }
            let above = self.above.last_mut()?;
            let node = self.store.node(above.node);
            let len = node.prefix().len();
            if above.end <= len {
                if let Some(end) = node.first_end(above.end, len) {
                    above.end = end + 1;
                    let key = above.depth + end;
                    return Some((&self.path[..key], node.count(end)));
                }
                above.end = len + 1;
            }
            if above.slot == node.len() {
                self.above.pop();
                continue;
            }
            let (child, depth) = (node.child(above.slot), above.depth + len);
            above.slot += 1;
            self.enter(child, depth);
        }
    }
}

impl Iterator for Keys<'_> {
    type Item = (Vec<u8>, u64);

    fn next(&mut self) -> Option<Self::Item> {
        self.next_key().map(|(key, count)| (key.to_vec(), count))
    }
}

impl fmt::Debug for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}
