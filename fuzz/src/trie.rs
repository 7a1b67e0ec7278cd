//! The set of subscriptions against a naive one: the same answers, and the set whole, after every
//! step of a script (`rfc/sp-trie.md` T-01 to T-08).

use std::collections::BTreeMap;

use speedwell_trie::{Removal, SubscriptionTrie};

use crate::script::Script;

/// Runs the script in `octets`.
pub fn trie(octets: &[u8]) {
    let (mut script, mut pair) = (Script::new(octets), Pair::default());
    while !script.is_over() {
        match script.octet() % 8 {
            0..=3 => pair.insert(&script.key()),
            4 => pair.remove(&script.key()),
            5 => pair.remove_nth(script.octet()),
            6 => pair.look(&script.key()),
            // Many keys beside one another, as few octets would not make them.
            _ => pair.insert_many(&script.key(), script.octet()),
        }
    }
    pair.drain();
}

#[derive(Default)]
struct Pair {
    trie: SubscriptionTrie,
    naive: BTreeMap<Vec<u8>, u64>,
}

impl Pair {
    fn insert(&mut self, key: &[u8]) {
        let count = self.naive.entry(key.to_vec()).or_default();
        *count += 1;
        assert_eq!(self.trie.insert(key), Ok(*count == 1));
        self.agree(key);
    }

    fn insert_many(&mut self, key: &[u8], step: u8) {
        for n in 0..64_u8 {
            let key = [key, &[n.wrapping_mul(step | 1)], key].concat();
            *self.naive.entry(key.clone()).or_default() += 1;
            assert!(self.trie.insert(&key).is_ok());
        }
        self.agree(key);
    }

    fn remove(&mut self, key: &[u8]) {
        let expected = match self.naive.get_mut(key) {
            None => Removal::Absent,
            Some(1) => Removal::Gone,
            Some(count) => {
                *count -= 1;
                Removal::Counted(*count)
            }
        };
        if expected == Removal::Gone {
            self.naive.remove(key);
        }
        assert_eq!(self.trie.remove(key), expected);
        self.agree(key);
    }

    fn remove_nth(&mut self, nth: u8) {
        let len = self.naive.len().max(1);
        if let Some(key) = self.naive.keys().nth(usize::from(nth) % len).cloned() {
            self.remove(&key);
        }
    }

    fn agree(&self, key: &[u8]) {
        self.trie.assert_valid();
        assert_eq!(self.trie.len(), self.naive.len() as u64);
        let count = self.naive.get(key).copied().unwrap_or(0);
        assert_eq!(self.trie.count(key), count);
        self.look(key);
        self.look(&[key, b"a"].concat());
    }

    fn look(&self, topic: &[u8]) {
        let prefixes = (0..=topic.len()).map(|len| &topic[..len]);
        let mut matching = prefixes.filter(|prefix| self.naive.contains_key(*prefix));
        let first = matching.next();
        assert_eq!(self.trie.matches(topic), first.is_some());
        assert_eq!(self.trie.shortest_match(topic), first);
        assert_eq!(
            self.trie.longest_match(topic),
            matching.next_back().or(first)
        );
    }

    fn drain(mut self) {
        assert!(self.trie.keys().eq(self.naive.clone()));
        for (key, count) in std::mem::take(&mut self.naive) {
            for left in (0..count).rev() {
                let gone = matches!(self.trie.remove(&key), Removal::Gone);
                assert_eq!(gone, left == 0);
            }
        }
        assert_eq!((self.trie.len(), self.trie.memory().heap), (0, 0));
    }
}
