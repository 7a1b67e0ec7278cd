//! What a set takes of memory, counted rather than estimated.

use crate::store::Store;

/// What a set takes of memory; see [`SubscriptionTrie::memory`](crate::SubscriptionTrie::memory).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// Octets asked of the allocator and not given back. What the allocator adds to each of its
    /// pieces is not in it; the pieces are pages of up to 8 KiB.
    pub heap: usize,
    /// Octets of pages that hold nothing yet: at most one page for each size of block.
    pub spare: usize,
    /// Blocks: leaves and nodes.
    pub blocks: usize,
}

impl Memory {
    pub(crate) fn of(store: &Store) -> Self {
        let (spare, blocks) = store.arena.figures();
        Self {
            heap: store.heap(),
            spare,
            blocks,
        }
    }
}
