//! The set against a naive one, over alphabets of 1, 2, 3, 26 and 256 letters. After every step
//! both agree, and everything that has to be true of the set is
//! (`rfc/sp-trie.md` T-01 to T-08, T-12).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use speedwell_testkit::effort::usual_or;
use speedwell_trie::{Removal, SubscriptionTrie};

/// What the set promises, written as plainly as can be.
#[derive(Debug, Default)]
struct Oracle(BTreeMap<Vec<u8>, u64>);

impl Oracle {
    fn insert(&mut self, key: &[u8]) -> bool {
        let count = self.0.entry(key.to_vec()).or_default();
        *count += 1;
        *count == 1
    }

    fn remove(&mut self, key: &[u8]) -> Removal {
        let Some(count) = self.0.get_mut(key) else {
            return Removal::Absent;
        };
        *count -= 1;
        if *count > 0 {
            return Removal::Counted(*count);
        }
        self.0.remove(key);
        Removal::Gone
    }

    fn matching<'t>(&self, topic: &'t [u8]) -> Vec<&'t [u8]> {
        let prefixes = (0..=topic.len()).map(|len| &topic[..len]);
        prefixes
            .filter(|prefix| self.0.contains_key(*prefix))
            .collect()
    }
}

/// Both, side by side.
#[derive(Debug, Default)]
struct Pair {
    trie: SubscriptionTrie,
    oracle: Oracle,
}

impl Pair {
    fn insert(&mut self, key: &[u8]) {
        assert_eq!(
            self.trie.insert(key),
            Ok(self.oracle.insert(key)),
            "{key:?}"
        );
        self.agree(key);
    }

    fn remove(&mut self, key: &[u8]) {
        assert_eq!(self.trie.remove(key), self.oracle.remove(key), "{key:?}");
        self.agree(key);
    }

    /// Everything about one key and the topics around it, and the shape of the whole.
    fn agree(&self, key: &[u8]) {
        self.trie.assert_valid();
        self.small_enough();
        assert_eq!(self.trie.len(), self.oracle.0.len() as u64);
        let count = self.oracle.0.get(key).copied();
        assert_eq!(self.trie.count(key), count.unwrap_or(0));
        assert_eq!(self.trie.contains(key), count.is_some());
        self.look(key);
        self.look(&key[..key.len() / 2]);
        self.look(&[key, b"a"].concat());
    }

    /// rfc: sp-trie T-12. Below a few keys the tables of the arena are more than that.
    fn small_enough(&self) {
        let octets: usize = self.oracle.0.keys().map(|key| key.len() + 24).sum();
        let heap = self.trie.memory().heap;
        assert!(heap <= 2 * octets + 8_192, "{heap} octets for {octets}");
    }

    fn look(&self, topic: &[u8]) {
        let expected = self.oracle.matching(topic);
        assert_eq!(self.trie.matches(topic), !expected.is_empty(), "{topic:?}");
        assert_eq!(
            self.trie.shortest_match(topic),
            expected.first().copied(),
            "{topic:?}"
        );
        assert_eq!(
            self.trie.longest_match(topic),
            expected.last().copied(),
            "{topic:?}"
        );
    }

    fn same_keys(&self) {
        let keys: Vec<_> = self.trie.keys().collect();
        let expected: Vec<_> = self.oracle.0.clone().into_iter().collect();
        assert_eq!(keys, expected);
    }
}

#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<u8>),
    Remove(Vec<u8>),
    /// Removes a key that is there, if any is: the one at this place of all.
    RemoveOne(usize),
    Look(Vec<u8>),
}

/// Keys of up to `len` letters out of so many; from three letters on, letters far apart.
fn key(letters: u16, len: usize) -> impl Strategy<Value = Vec<u8>> {
    let octet = (0..letters).prop_map(move |letter| match letters {
        256 => letter as u8,
        _ => b'a' + letter as u8,
    });
    prop::collection::vec(octet, 0..=len)
}

fn step(letters: u16, len: usize) -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => key(letters, len).prop_map(Step::Insert),
        1 => key(letters, len).prop_map(Step::Remove),
        2 => any::<usize>().prop_map(Step::RemoveOne),
        1 => key(letters, len + 4).prop_map(Step::Look),
    ]
}

fn run(steps: &[Step]) {
    let mut pair = Pair::default();
    for step in steps {
        match step {
            Step::Insert(key) => pair.insert(key),
            Step::Remove(key) => pair.remove(key),
            Step::RemoveOne(nth) => {
                let len = pair.oracle.0.len().max(1);
                if let Some(key) = pair.oracle.0.keys().nth(nth % len).cloned() {
                    pair.remove(&key);
                }
            }
            Step::Look(topic) => pair.look(topic),
        }
    }
    pair.same_keys();
    for key in pair.oracle.0.keys().cloned().collect::<Vec<_>>() {
        while pair.oracle.0.contains_key(&key) {
            pair.remove(&key);
        }
    }
    assert_eq!(pair.trie.memory().heap, 0);
}

macro_rules! alphabets {
    ($($name:ident: $letters:literal letters, keys to $len:literal;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(usual_or(24, 1_000)))]
            $(
                #[test]
                fn $name(steps in prop::collection::vec(step($letters, $len), 0..400)) {
                    run(&steps);
                }
            )*
        }
    };
}

alphabets! {
    one_letter: 1 letters, keys to 300;
    one_letter_long: 1 letters, keys to 2_000;
    two_letters: 2 letters, keys to 12;
    two_letters_long: 2 letters, keys to 200;
    three_letters: 3 letters, keys to 8;
    letters: 26 letters, keys to 4;
    letters_long: 26 letters, keys to 40;
    octets_short: 256 letters, keys to 1;
    octets_two: 256 letters, keys to 2;
    octets_long: 256 letters, keys to 24;
}

/// Many keys with much in common, so that nodes, bitmaps and wide fan-outs all appear.
fn dense(pair: &mut Pair, order: impl Iterator<Item = u32>) {
    for n in order {
        let [_, a, b, c] = n.to_be_bytes();
        pair.trie.insert(&[b'k', a, b, c]).unwrap();
        pair.oracle.insert(&[b'k', a, b, c]);
    }
    pair.trie.assert_valid();
}

#[test]
fn every_order_of_dense_keys() {
    const COUNT: u32 = 20_000;
    let up = 0..COUNT;
    let mixed = (0..COUNT).map(|n| n.wrapping_mul(7_919) % COUNT);
    let sparse = (0..COUNT).map(|n| n.wrapping_mul(2_654_435_761) >> 8);
    let orders: [Box<dyn Iterator<Item = u32>>; 4] = [
        Box::new(up.clone()),
        Box::new(up.rev()),
        Box::new(mixed),
        Box::new(sparse),
    ];
    for order in orders {
        let mut pair = Pair::default();
        dense(&mut pair, order);
        pair.same_keys();
        let keys: Vec<_> = pair.oracle.0.keys().cloned().collect();
        for (index, key) in keys.iter().enumerate() {
            pair.look(&[key, &b"tail"[..]].concat());
            if index % 3 != 0 {
                assert_eq!(pair.trie.remove(key), pair.oracle.remove(key));
            }
        }
        pair.trie.assert_valid();
        pair.same_keys();
        for key in keys.iter().rev() {
            assert_eq!(pair.trie.remove(key), pair.oracle.remove(key));
        }
        assert_eq!(pair.trie.memory().heap, 0);
    }
}
