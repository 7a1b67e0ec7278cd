//! How much one call does, counted in tests only: the blocks it looks at, each once, and the octets
//! it moves in the arena. Here because no caller can see it (`rfc/sp-trie.md` T-17).

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use crate::SubscriptionTrie;
use crate::arena::Ref;

#[path = "../tests/memory/key_sets.rs"]
mod key_sets;

use key_sets::{key, mix};

/// What a call may do at most, beyond the octets of its own key and the table of pages.
const BLOCKS_MAX: usize = 64;
const OCTETS_MAX: usize = 64 * 1024;

/// What was done since it was last taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work {
    blocks: RefCell<BTreeSet<Ref>>,
    octets: Cell<usize>,
    /// Octets that the table of pages moved as it grew, ever.
    table: Cell<usize>,
}

impl Work {
    pub(crate) const fn new() -> Self {
        Self {
            blocks: RefCell::new(BTreeSet::new()),
            octets: Cell::new(0),
            table: Cell::new(0),
        }
    }

    pub(crate) fn touch(&self, block: Ref) {
        self.blocks.borrow_mut().insert(block);
    }

    pub(crate) fn copy(&self, octets: usize) {
        self.octets.set(self.octets.get() + octets);
    }

    pub(crate) fn grow(&self, octets: usize) {
        self.table.set(self.table.get() + octets);
    }

    fn take(&self) -> (usize, usize) {
        let blocks = core::mem::take(&mut *self.blocks.borrow_mut()).len();
        (blocks, self.octets.take())
    }
}

/// A trie whose calls are watched, and the most that one of them did.
#[derive(Default)]
struct Watched {
    trie: SubscriptionTrie,
    most: (usize, usize),
}

impl Watched {
    fn note(&mut self, key: &[u8], what: &str) {
        let (blocks, octets) = self.trie.store.arena.work.take();
        self.most = (self.most.0.max(blocks), self.most.1.max(octets));
        assert!(blocks <= BLOCKS_MAX, "{what} {key:?}: {blocks} blocks");
        let beyond = octets.saturating_sub(key.len());
        assert!(beyond <= OCTETS_MAX, "{what} {key:?}: {beyond} octets");
    }

    fn insert(&mut self, key: &[u8]) {
        self.trie.insert(key).ok();
        self.note(key, "inserting");
    }

    fn remove(&mut self, key: &[u8]) {
        let _removal = self.trie.remove(key);
        self.note(key, "removing");
    }

    fn look(&mut self, key: &[u8]) {
        let _found = (self.trie.matches(key), self.trie.longest_match(key));
        self.note(key, "looking for");
    }
}

/// Inserts all, looks, and removes all in another order, with each call watched.
fn watch(name: &str, keys: &[Vec<u8>]) {
    let mut watched = Watched::default();
    keys.iter().for_each(|key| watched.insert(key));
    keys.iter().for_each(|key| watched.insert(key));
    keys.iter().for_each(|key| watched.look(key));
    let mut order: Vec<_> = (0..keys.len()).collect();
    order.sort_by_key(|&n| mix(n as u64));
    for &n in order.iter().chain(&order) {
        watched.remove(&keys[n]);
    }
    assert!(watched.trie.is_empty());
    let (blocks, octets) = watched.most;
    println!("{name}: at most {blocks} blocks and {octets} octets in a call");
}

#[test]
fn a_call_looks_at_few_blocks_and_moves_few_octets() {
    // rfc: sp-trie T-17
    const COUNT: u64 = 20_000;
    for set in ['a', 'b', 'c', 'd'] {
        let mut numbers: Vec<_> = (0..COUNT).collect();
        numbers.sort_by_key(|&n| mix(n ^ 3));
        let keys: Vec<_> = numbers.into_iter().map(|n| key(set, n)).collect();
        watch(&alloc::format!("set {set}"), &keys);
    }
    // Nodes as wide as can be, above long tails, so that they split, fuse and move.
    let wide = |n: u64| {
        let octets = mix(n).to_be_bytes();
        let tail = alloc::vec![b'-'; (octets[0] % 100).into()];
        [&octets[1..3], &tail, &octets[3..]].concat()
    };
    watch("wide", &(0..COUNT).map(wide).collect::<Vec<_>>());
    // As long as a call may still take 50 us with, and as short as can be, beside one another.
    let mixed = |n: u64| match n % 3 {
        0 => key('b', n),
        1 => key('b', n).repeat(64),
        _ => key('b', n)[..2].to_vec(),
    };
    watch(
        "long and short",
        &(0..COUNT / 4).map(mixed).collect::<Vec<_>>(),
    );
    // Nested keys are one node, whatever is inserted first.
    let nested = |n: u64| alloc::vec![b'a'; 1 + (n * 611 % 1_024) as usize];
    watch("nested", &(0..1_024).map(nested).collect::<Vec<_>>());
}

#[test]
fn the_table_of_pages_doubles() {
    // rfc: sp-trie T-17
    let mut trie = SubscriptionTrie::new();
    // Each key has a page of its own.
    let key = |n: u64| [&mix(n).to_be_bytes()[..], &[b'-'; 520]].concat();
    for n in 0..20_000 {
        trie.insert(&key(n)).ok();
    }
    let arena = &trie.store.arena;
    let (moved, blocks) = (arena.work.table.get(), arena.figures().1);
    println!("the table of {blocks} blocks moved {moved} octets as it grew");
    assert!((100_000..=16 * 2 * blocks).contains(&moved), "{moved}");
}
