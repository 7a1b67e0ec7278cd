//! What is measured, behind one face: a set of counted keys that is asked about topics. Each counts
//! its keys as a set of subscriptions must, in a `u32` where it leaves the choice to us.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound::{Included, Unbounded};

use speedwell_trie::SubscriptionTrie;

use crate::heap_nodes::Tree;

/// One of them.
pub(crate) trait Rival {
    /// Adds one to the count of `key`.
    fn insert(&mut self, key: &[u8]);
    /// Takes one off the count of `key`, if it is there.
    fn remove(&mut self, key: &[u8]);
    /// Whether a key is a prefix of `topic`.
    fn matches(&self, topic: &[u8]) -> bool;

    /// How many of `topics` match. Here, so that it is compiled once for each of them.
    fn matching(&self, topics: &[&[u8]]) -> u64 {
        let matches = |topic: &&[u8]| u64::from(self.matches(std::hint::black_box(topic)));
        topics.iter().map(matches).sum()
    }

    /// Inserts all of `keys`.
    fn insert_all(&mut self, keys: &[&[u8]]) {
        keys.iter().for_each(|key| self.insert(key));
    }

    /// Removes all of `keys`.
    fn remove_all(&mut self, keys: &[&[u8]]) {
        keys.iter().for_each(|key| self.remove(key));
    }
}

/// Whom to measure, by name; the first is ourselves.
pub(crate) const NAMES: [&str; 7] = [
    "speedwell-trie",
    "heap-nodes",
    "patricia_tree",
    "fast_radix_trie",
    "blart",
    "BTreeMap",
    "HashMap-per-length",
];

/// An empty one of this name.
pub(crate) fn new(name: &str) -> Box<dyn Rival> {
    match name {
        "heap-nodes" => Box::new(HeapNodes::default()),
        "patricia_tree" => Box::new(patricia_tree::PatriciaMap::<u32>::new()),
        "fast_radix_trie" => Box::new(fast_radix_trie::RadixMap::<u32>::new()),
        "blart" => Box::new(blart::TreeMap::<Box<[u8]>, u32>::new()),
        "BTreeMap" => Box::new(BTreeMap::<Box<[u8]>, u32>::new()),
        "HashMap-per-length" => Box::new(Lengths::default()),
        _ => Box::new(SubscriptionTrie::new()),
    }
}

impl Rival for SubscriptionTrie {
    fn insert(&mut self, key: &[u8]) {
        let _is_new = std::hint::black_box(Self::insert(self, key));
    }

    fn remove(&mut self, key: &[u8]) {
        let _removal = std::hint::black_box(Self::remove(self, key));
    }

    fn matches(&self, topic: &[u8]) -> bool {
        Self::matches(self, topic)
    }
}

/// A trie of heap nodes, whose root goes when its last key does.
#[derive(Default)]
struct HeapNodes(Tree);

impl Rival for HeapNodes {
    fn insert(&mut self, key: &[u8]) {
        self.0.insert(key);
    }

    fn remove(&mut self, key: &[u8]) {
        if self.0.remove(key) {
            self.0 = Tree::default();
        }
    }

    fn matches(&self, topic: &[u8]) -> bool {
        self.0.matches(topic)
    }
}

impl Rival for patricia_tree::PatriciaMap<u32> {
    fn insert(&mut self, key: &[u8]) {
        match self.get_mut(key) {
            Some(count) => *count += 1,
            None => drop(Self::insert(self, key, 1)),
        }
    }

    fn remove(&mut self, key: &[u8]) {
        match self.get_mut(key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(Self::remove(self, key)),
        }
    }

    fn matches(&self, topic: &[u8]) -> bool {
        self.common_prefix_values(topic).next().is_some()
    }
}

impl Rival for fast_radix_trie::RadixMap<u32> {
    fn insert(&mut self, key: &[u8]) {
        *self.entry(key).or_insert(0) += 1;
    }

    fn remove(&mut self, key: &[u8]) {
        match self.get_mut(key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(Self::remove(self, key)),
        }
    }

    fn matches(&self, topic: &[u8]) -> bool {
        self.common_prefix_values(topic).next().is_some()
    }
}

/// Refuses a key of which another is a prefix, and the other way round.
impl Rival for blart::TreeMap<Box<[u8]>, u32> {
    fn insert(&mut self, key: &[u8]) {
        if let Ok(entry) = self.try_entry(key.into()) {
            *entry.or_insert(0) += 1;
        }
    }

    fn remove(&mut self, key: &[u8]) {
        match self.get_mut(key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(Self::remove(self, key)),
        }
    }

    fn matches(&self, topic: &[u8]) -> bool {
        self.prefix_get(topic).is_some()
    }
}

impl Rival for BTreeMap<Box<[u8]>, u32> {
    fn insert(&mut self, key: &[u8]) {
        *self.entry(key.into()).or_default() += 1;
    }

    fn remove(&mut self, key: &[u8]) {
        match self.get_mut(key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(Self::remove(self, key)),
        }
    }

    /// The last key up to the topic is a prefix of it, or else what both begin with is the next
    /// topic: any key that is a prefix is one of that too.
    fn matches(&self, mut topic: &[u8]) -> bool {
        while let Some((key, _)) = self
            .range::<[u8], _>((Unbounded, Included(topic)))
            .next_back()
        {
            if topic.starts_with(key) {
                return true;
            }
            let same = key.iter().zip(topic).take_while(|(a, b)| a == b).count();
            topic = &topic[..same];
        }
        false
    }
}

/// A hash map of the keys of each length.
#[derive(Default)]
struct Lengths(BTreeMap<usize, HashMap<Box<[u8]>, u32>>);

impl Rival for Lengths {
    fn insert(&mut self, key: &[u8]) {
        let keys = self.0.entry(key.len()).or_default();
        *keys.entry(key.into()).or_default() += 1;
    }

    fn remove(&mut self, key: &[u8]) {
        let Some(keys) = self.0.get_mut(&key.len()) else {
            return;
        };
        match keys.get_mut(key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(keys.remove(key)),
        }
        if keys.is_empty() {
            self.0.remove(&key.len());
        }
    }

    fn matches(&self, topic: &[u8]) -> bool {
        let mut fitting = self.0.range(..=topic.len());
        fitting.any(|(&len, keys)| keys.contains_key(&topic[..len]))
    }
}
