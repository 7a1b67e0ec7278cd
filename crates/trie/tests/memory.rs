//! What the set takes of memory, in figures. `crates/speedwell/tests/counting_alloc.rs` holds
//! `memory()` against an allocator that counts.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "memory/key_sets.rs"]
mod key_sets;

use key_sets::{key, mix};
use speedwell_trie::{Removal, SubscriptionTrie};

const COUNT: u64 = 60_000;

/// Keys of a set by their numbers, in an order that looks random.
fn mixed(numbers: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by_key(|&n| mix(n));
    numbers
}

fn trie_of(set: char, numbers: impl Iterator<Item = u64>) -> SubscriptionTrie {
    let mut trie = SubscriptionTrie::new();
    for n in mixed(numbers) {
        assert_eq!(trie.insert(&key(set, n)), Ok(true));
    }
    trie.assert_valid();
    trie
}

fn heap_a_key(trie: &SubscriptionTrie) -> f64 {
    trie.memory().heap as f64 / trie.len() as f64
}

#[test]
fn the_four_sets() {
    // rfc: sp-trie T-13: measured at 1,000,000 by `cargo xtask bench trie`; a smaller set has less
    // in common, so that the bound here is another.
    for (set, bound) in [('a', 12.0), ('b', 18.0), ('c', 20.0), ('d', 1.0)] {
        let heap = heap_a_key(&trie_of(set, 0..COUNT));
        println!("{set}: {heap:.2} octets a key");
        assert!(heap <= bound, "{set}: {heap:.2} octets a key");
    }
}

#[test]
fn after_nine_of_ten_are_removed() {
    // rfc: sp-trie T-15
    for set in ['a', 'b', 'c', 'd'] {
        let mut trie = trie_of(set, 0..COUNT);
        let is_kept = |n: &u64| mix(*n ^ 77).is_multiple_of(10);
        for n in mixed(0..COUNT).into_iter().filter(|n| !is_kept(n)) {
            assert_eq!(trie.remove(&key(set, n)), Removal::Gone);
        }
        trie.assert_valid();
        let fresh = heap_a_key(&trie_of(set, (0..COUNT).filter(is_kept)));
        let heap = heap_a_key(&trie);
        println!("{set}: {heap:.2} octets a key, fresh {fresh:.2}");
        assert!(
            heap <= 1.5 * fresh,
            "{set}: {heap:.2} octets a key, fresh {fresh:.2}"
        );
    }
}

#[test]
fn after_keys_were_replaced_for_long() {
    // rfc: sp-trie T-15
    for set in ['a', 'b', 'c', 'd'] {
        let all = 3 * COUNT / 4;
        let mut there: Vec<_> = (0..all / 4).map(|n| n * 4).collect();
        let mut gone: Vec<_> = (0..all).filter(|n| n % 4 != 0).collect();
        let mut trie = trie_of(set, there.iter().copied());
        for round in 0..all {
            let old = usize::try_from(mix(round)).unwrap() % there.len();
            let new = usize::try_from(mix(!round)).unwrap() % gone.len();
            assert_eq!(trie.remove(&key(set, there[old])), Removal::Gone);
            assert_eq!(trie.insert(&key(set, gone[new])), Ok(true));
            std::mem::swap(&mut there[old], &mut gone[new]);
        }
        let fresh = heap_a_key(&trie_of(set, there.iter().copied()));
        let heap = heap_a_key(&trie);
        println!("{set}: {heap:.2} octets a key, fresh {fresh:.2}");
        assert!(
            heap <= 1.25 * fresh,
            "{set}: {heap:.2} octets a key, fresh {fresh:.2}"
        );
    }
}

#[test]
fn compacting_changes_no_answer_and_takes_no_more() {
    // rfc: sp-trie T-21
    for set in ['a', 'b', 'c', 'd'] {
        let mut trie = trie_of(set, 0..COUNT);
        for n in mixed(0..COUNT) {
            if !mix(n).is_multiple_of(5) {
                assert_eq!(trie.remove(&key(set, n)), Removal::Gone);
            } else {
                (0..mix(!n) % 3).for_each(|_| assert_eq!(trie.insert(&key(set, n)), Ok(false)));
            }
        }
        let (before, heap) = (trie.clone(), trie.memory().heap);
        trie.compact();
        trie.assert_valid();
        println!("{set}: {heap} octets, then {}", trie.memory().heap);
        assert!(trie.memory().heap <= heap);
        assert!(trie.keys().eq(before.keys()));
        assert!((0..COUNT).all(|n| trie.matches(&key(set, n)) == before.matches(&key(set, n))));
    }
}

/// What the keys of a set are told by: FNV-1a, of 64 bits, over each of the first thousand and its
/// length.
fn digest(set: char) -> u64 {
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for key in (0..1_000).map(|i| key(set, i)) {
        let len = u32::try_from(key.len()).unwrap();
        for octet in key.into_iter().chain(len.to_be_bytes()) {
            digest = (digest ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    digest
}

#[test]
fn the_keys_are_the_same_everywhere() {
    // rfc: sp-trie T-13: figures of other sets of keys say nothing.
    let digests = ['a', 'b', 'c', 'd'].map(digest);
    let expected = [
        0xec34_b9ab_79d7_7305,
        0xd0a3_37be_e795_3fc6,
        0xbed3_1e5c_c66c_46e8,
        0x8e5b_34f0_1a33_033d,
    ];
    assert_eq!(digests, expected);
}
