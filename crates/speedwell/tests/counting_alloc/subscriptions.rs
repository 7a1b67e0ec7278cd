//! The set of subscriptions, on its own: what it says it takes is what the allocator gave, and
//! asking it allocates nothing (`rfc/sp-trie.md` T-09, T-11).

use speedwell_trie::{IdSet, Removal, RouteTrie, SubscriptionTrie};

use super::stage::alone;
use super::{allocations, live_octets};

const KEYS: u64 = 20_000;
/// Runs, of which one has to be free of what other threads allocate.
const ATTEMPTS: u64 = 8;

fn key(n: u64) -> Vec<u8> {
    format!("topic/{:x}/", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).into_bytes()
}

#[test]
fn a_set_of_subscriptions_takes_what_it_says() {
    // rfc: sp-trie T-11
    let _alone = alone();
    let keys: Vec<_> = (0..KEYS).map(key).collect();
    let is_exact = (0..ATTEMPTS).any(|_| {
        let mut trie = SubscriptionTrie::new();
        let before = live_octets();
        let mut is_exact = true;
        for key in &keys {
            trie.insert(key).unwrap();
            is_exact &= live_octets() == before + trie.memory().heap as u64;
        }
        for key in &keys {
            assert_eq!(trie.remove(key), Removal::Gone);
            is_exact &= live_octets() == before + trie.memory().heap as u64;
        }
        is_exact && trie.memory().heap == 0
    });
    assert!(is_exact);
}

#[test]
fn asking_a_set_of_subscriptions_allocates_nothing() {
    // rfc: sp-trie T-09
    let _alone = alone();
    let mut trie = SubscriptionTrie::new();
    let topics: Vec<_> = (0..2 * KEYS)
        .map(|n| [key(n), vec![0; 16]].concat())
        .collect();
    for n in 0..KEYS {
        trie.insert(&key(n)).unwrap();
    }
    let is_free = (0..ATTEMPTS).any(|_| {
        let before = allocations();
        let found = topics.iter().filter(|topic| trie.matches(topic)).count();
        assert_eq!(found as u64, KEYS);
        allocations() == before
    });
    assert!(is_free);
}

#[test]
fn asking_who_wants_a_topic_allocates_nothing() {
    // rfc: sp-trie T-19
    const CONNECTIONS: u32 = 100;
    let _alone = alone();
    let mut routes = RouteTrie::new();
    routes.insert(b"", 0).unwrap();
    for (n, id) in (0..KEYS).zip((1..CONNECTIONS).cycle()) {
        routes.insert(&key(n), id).unwrap();
    }
    let topics: Vec<_> = (0..KEYS).map(|n| [key(n), vec![0; 16]].concat()).collect();
    let mut ids = IdSet::below(CONNECTIONS);
    let is_free = (0..ATTEMPTS).any(|_| {
        let before = allocations();
        for topic in &topics {
            ids.clear();
            routes.matches_into(topic, &mut ids);
            assert_eq!(ids.len(), 2, "its connection, and the one that wants all");
        }
        allocations() == before
    });
    assert!(is_free);
}
