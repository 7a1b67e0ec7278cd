//! The worst keys there can be, and the faults seen in other structures of this kind; each test is
//! named for what it guards. Those with long or deep keys run on a stack of 64 KiB.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

use std::thread;

use speedwell_trie::{Removal, SubscriptionTrie};

const KIB: usize = 1024;
const STACK: usize = 64 * KIB;

/// Runs a test on a small stack: nothing recurses, however long the keys and however deep.
fn on_a_small_stack(test: fn()) {
    let thread = thread::Builder::new()
        .stack_size(STACK)
        .spawn(test)
        .unwrap();
    thread.join().unwrap();
}

fn trie_of<'k>(keys: impl IntoIterator<Item = &'k [u8]>) -> SubscriptionTrie {
    let mut trie = SubscriptionTrie::new();
    for key in keys {
        trie.insert(key).unwrap();
    }
    trie.assert_valid();
    trie
}

#[test]
fn the_empty_prefix_matches_everything_and_is_removed_alone() {
    // rfc: sp-trie T-01
    let mut trie = trie_of([&b""[..], b"abc"]);
    assert!(trie.matches(b"") && trie.matches(b"x"));
    assert_eq!(trie.remove(b""), Removal::Gone);
    assert!(!trie.matches(b"") && !trie.matches(b"x"));
    assert!(trie.matches(b"abcd"));
}

#[test]
fn removing_the_empty_prefix_that_is_absent_removes_nothing() {
    // rfc: sp-trie T-04
    // nanomsg deletes "abc" here, and reports success.
    let mut trie = trie_of([&b"abc"[..]]);
    assert_eq!(trie.remove(b""), Removal::Absent);
    assert!(trie.matches(b"abc"));
    trie.assert_valid();
}

#[test]
fn a_key_survives_its_ninth_child_and_its_two_hundred_and_fifty_sixth() {
    // rfc: sp-trie T-05
    // nanomsg forgets the count of a node when its ninth child comes, and again when it goes.
    let mut trie = trie_of([&b"node"[..]]);
    let long = |octet: u8| [&b"node"[..], &[octet], &[b'-'; 30]].concat();
    for octet in 0..=255 {
        trie.insert(&long(octet)).unwrap();
        assert_eq!(
            trie.count(b"node"),
            1,
            "with {} children",
            u32::from(octet) + 1
        );
        trie.assert_valid();
    }
    for octet in 0..=255 {
        assert_eq!(trie.remove(&long(octet)), Removal::Gone);
        assert_eq!(trie.count(b"node"), 1, "without child {octet}");
        trie.assert_valid();
    }
}

#[test]
fn binary_keys_with_all_256_children_at_each_level() {
    // fast_radix_trie panics on these: its count of children is an octet.
    let mut trie = SubscriptionTrie::new();
    for n in 0..=u16::MAX {
        trie.insert(&n.to_be_bytes()).unwrap();
    }
    trie.assert_valid();
    assert_eq!(trie.len(), 65_536);
    assert!((0..=u16::MAX).all(|n| trie.matches(&n.to_be_bytes())));
    assert!((0..=u8::MAX).all(|n| !trie.matches(&[n])));
}

#[test]
fn matching_never_reads_past_the_topic() {
    // rfc: sp-trie T-09
    // nanomsg reads behind a topic that ends on an inner node. A slice cannot be read past its
    // end here without a panic: every cut of every key is a topic.
    let keys = ["abcdef", "abcdxy", "abq", "b", "bcdefghijklmnopqrstuvwxyz"];
    let trie = trie_of(keys.map(str::as_bytes));
    for key in keys.map(str::as_bytes) {
        for len in 0..key.len() {
            let expected = keys
                .iter()
                .any(|own| key[..len].starts_with(own.as_bytes()));
            assert_eq!(trie.matches(&key[..len]), expected);
        }
        assert!(trie.matches(key));
    }
}

#[test]
fn removing_what_is_absent_changes_nothing_and_says_so() {
    // rfc: sp-trie T-04
    let mut trie = trie_of([&b"abc"[..], b"abd", b"x"]);
    let before: Vec<_> = trie.keys().collect();
    for absent in [&b""[..], b"a", b"ab", b"abcd", b"abe", b"y", b"xx"] {
        assert_eq!(trie.remove(absent), Removal::Absent);
        trie.assert_valid();
    }
    assert_eq!(trie.keys().collect::<Vec<_>>(), before);
    assert_eq!(SubscriptionTrie::new().remove(b"a"), Removal::Absent);
}

#[test]
fn keys_of_64_kib_and_of_1_mib() {
    // rfc: sp-trie T-10, T-12
    on_a_small_stack(|| {
        for len in [64 * KIB, 1024 * KIB] {
            let long = vec![b'k'; len];
            let fork = |octet| [&long[..len - 1], &[octet]].concat();
            let mut trie = trie_of([&long[..], &fork(b'a'), &fork(b'z'), b"k"]);
            assert_eq!(trie.shortest_match(&long), Some(&b"k"[..]));
            assert_eq!(trie.remove(b"k"), Removal::Gone);
            assert!(trie.matches(&long) && trie.matches(&fork(b'z')));
            assert!(!trie.matches(&long[..len - 1]) && !trie.matches(&fork(b'b')));
            assert!(trie.memory().heap < 2 * (3 * len + 3 * 24));
            trie.assert_valid();
            for key in [fork(b'a'), long.clone(), fork(b'z')] {
                assert_eq!(trie.remove(&key), Removal::Gone);
                trie.assert_valid();
            }
            assert_eq!(trie.memory().heap, 0);
        }
    });
}

#[test]
fn nested_prefixes_65_536_deep_in_every_order() {
    // rfc: sp-trie T-10, T-16
    on_a_small_stack(|| {
        const DEPTH: usize = 65_536;
        let longest = vec![b'a'; DEPTH];
        let orders: [fn(usize) -> usize; 3] =
            [|n| n, |n| DEPTH - 1 - n, |n| n.wrapping_mul(40_503) % DEPTH];
        for order in orders {
            let mut trie = SubscriptionTrie::new();
            for n in 0..DEPTH {
                assert_eq!(trie.insert(&longest[..=order(n)]), Ok(true));
            }
            assert_eq!(trie.len(), DEPTH as u64);
            let heap = trie.memory().heap;
            assert!(heap <= 4 * DEPTH, "{heap} octets");
            assert_eq!(trie.shortest_match(&longest), Some(&b"a"[..]));
            assert_eq!(trie.longest_match(&longest), Some(&longest[..]));
            trie.assert_valid();
            for n in 0..DEPTH {
                assert_eq!(trie.remove(&longest[..=order(n)]), Removal::Gone);
            }
            assert_eq!(trie.memory().heap, 0);
        }
    });
}

#[test]
fn a_branch_at_each_of_4_096_nested_prefixes() {
    // rfc: sp-trie T-10, T-12
    on_a_small_stack(|| {
        const DEPTH: usize = 4_096;
        let spine = vec![b'a'; DEPTH];
        let branch = |n: usize| [&spine[..n], b"b"].concat();
        let mut trie = SubscriptionTrie::new();
        for n in 0..DEPTH {
            let n = n.wrapping_mul(2_731) % DEPTH;
            assert_eq!(trie.insert(&branch(n)), Ok(true));
        }
        trie.assert_valid();
        let octets: usize = (0..DEPTH).map(|n| n + 1 + 24).sum();
        assert!(trie.memory().heap < 2 * octets);
        assert!((0..DEPTH).all(|n| trie.matches(&branch(n))));
        assert!(!trie.matches(&spine));
        trie.clear();
        assert!(trie.is_empty() && trie.keys().next().is_none());
    });
}

#[test]
fn counts_of_any_size() {
    let mut trie = trie_of([&b"key"[..], b"kez", b"k"]);
    for expected in 2..=70_002_u64 {
        assert_eq!(trie.insert(b"key"), Ok(false));
        debug_assert_eq!(trie.count(b"key"), expected);
    }
    trie.assert_valid();
    assert_eq!(
        (trie.count(b"key"), trie.count(b"kez"), trie.len()),
        (70_002, 1, 3)
    );
    for left in (1..70_002).rev() {
        assert_eq!(trie.remove(b"key"), Removal::Counted(left));
    }
    assert_eq!(trie.remove(b"key"), Removal::Gone);
    trie.assert_valid();
}

#[test]
fn a_count_of_two_costs_at_most_1_2_octets_and_of_one_nothing() {
    // rfc: sp-trie T-14
    const COUNT: u32 = 50_000;
    let key = |n: u32| format!("topic/{:08x}/", n.wrapping_mul(2_654_435_761)).into_bytes();
    let mut trie = SubscriptionTrie::new();
    for n in 0..COUNT {
        trie.insert(&key(n)).unwrap();
    }
    let once = trie.memory().heap;
    for n in 0..COUNT {
        assert_eq!(trie.insert(&key(n)), Ok(false));
    }
    trie.assert_valid();
    let more = (trie.memory().heap - once) as f64 / f64::from(COUNT);
    assert!(more <= 1.2, "{more}");
    for n in 0..COUNT {
        assert_eq!(trie.remove(&key(n)), Removal::Counted(1));
    }
    trie.assert_valid();
    assert!(trie.memory().heap <= once + once / 10);
}

#[test]
fn everything_is_given_back_at_zero_in_any_order() {
    // rfc: sp-trie T-11
    let key = |n: u32| {
        n.wrapping_mul(2_654_435_761)
            .to_be_bytes()
            .repeat(1 + n as usize % 5)
    };
    for step in [1, 7_919] {
        let mut trie = SubscriptionTrie::new();
        for n in 0..20_000 {
            trie.insert(&key(n)).unwrap();
        }
        for n in 0..20_000_u32 {
            assert_eq!(
                trie.remove(&key(n.wrapping_mul(step) % 20_000)),
                Removal::Gone
            );
        }
        trie.assert_valid();
        assert_eq!((trie.len(), trie.memory().heap), (0, 0));
    }
}

#[test]
fn a_few_keys_take_little() {
    let heap = |count: u8| {
        let keys: Vec<_> = (0..count)
            .map(|n| format!("topic-{n}").into_bytes())
            .collect();
        trie_of(keys.iter().map(Vec::as_slice)).memory().heap
    };
    assert!(
        size_of::<SubscriptionTrie>() <= 200,
        "{}",
        size_of::<SubscriptionTrie>()
    );
    assert_eq!(heap(0), 0);
    assert!(heap(1) <= 512, "{}", heap(1));
    assert!(heap(10) <= 1_024, "{}", heap(10));
}

#[test]
fn every_operation_on_a_small_stack() {
    // rfc: sp-trie T-10
    on_a_small_stack(|| {
        const COUNT: u32 = 30_000;
        let key = |n: u32| {
            let octets = n.wrapping_mul(2_654_435_761).to_be_bytes();
            [&octets[..2], &b"/topic/"[..n as usize % 7], &octets[1..]].concat()
        };
        let mut trie = SubscriptionTrie::new();
        for n in 0..COUNT {
            trie.insert(&key(n)).unwrap();
            trie.insert(&key(n / 2)).unwrap();
        }
        trie.assert_valid();
        for n in 0..COUNT {
            let topic = [&key(n), &b"/more"[..]].concat();
            assert!(trie.matches(&topic) && trie.contains(&key(n)) && trie.count(&key(n)) > 0);
            assert!(trie.shortest_match(&topic) <= trie.longest_match(&topic));
        }
        assert_eq!(trie.keys().count() as u64, trie.len());
        assert!(format!("{:?} {:?}", trie, trie.keys()).len() < 1_000);
        let copy = trie.clone();
        for n in 0..COUNT {
            let _removal = (trie.remove(&key(n)), trie.remove(&key(n / 2)));
        }
        assert_eq!((trie.len(), trie.memory().heap), (0, 0));
        drop(copy);
        trie.clear();
    });
}
