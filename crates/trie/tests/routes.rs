//! Routes against naive ones: after every step both agree about every prefix and about topics
//! (`rfc/sp-trie.md` T-18 to T-20, T-22).

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use speedwell_testkit::effort::usual_or;
use speedwell_trie::{IdSet, InsertError, RouteTrie};

/// What routes promise, written as plainly as can be.
type Oracle = BTreeMap<Vec<u8>, BTreeSet<u32>>;

#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<u8>, u32),
    Remove(Vec<u8>, u32),
    RemoveId(u32),
}

fn step(letters: u8, len: usize, ids: u32) -> impl Strategy<Value = Step> {
    let prefix = move || prop::collection::vec(b'a'..b'a' + letters, 0..=len);
    prop_oneof![
        8 => (prefix(), 0..ids).prop_map(|(prefix, id)| Step::Insert(prefix, id)),
        4 => (prefix(), 0..ids).prop_map(|(prefix, id)| Step::Remove(prefix, id)),
        1 => (0..ids).prop_map(Step::RemoveId),
    ]
}

fn expected(oracle: &Oracle, topic: &[u8]) -> Vec<u32> {
    let fitting = oracle
        .iter()
        .filter(|(prefix, _)| topic.starts_with(prefix));
    let ids: BTreeSet<u32> = fitting.flat_map(|(_, ids)| ids.iter().copied()).collect();
    ids.into_iter().collect()
}

fn agree(routes: &RouteTrie, oracle: &Oracle, ids: &mut IdSet) {
    routes.assert_valid();
    assert_eq!(routes.len(), oracle.len() as u64);
    let ids_of = |ids: &BTreeSet<u32>| ids.iter().copied().collect::<Vec<_>>();
    let expected_all = oracle
        .iter()
        .map(|(prefix, ids)| (prefix.clone(), ids_of(ids)));
    let all = routes
        .prefixes()
        .map(|(prefix, ids)| (prefix, ids.to_vec()));
    assert!(all.eq(expected_all), "prefixes in order");
    for (prefix, own) in oracle {
        assert!(routes.ids(prefix).iter().eq(own), "{prefix:?}");
        let topic = [&prefix[..], b"a"].concat();
        ids.clear();
        routes.matches_into(&topic, ids);
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected(oracle, &topic));
        assert!(routes.matches(&topic));
    }
}

fn run(steps: &[Step]) {
    let (mut routes, mut oracle) = (RouteTrie::new(), Oracle::new());
    let mut ids = IdSet::new();
    for step in steps {
        match step {
            Step::Insert(prefix, id) => {
                let is_new = oracle.entry(prefix.clone()).or_default().insert(*id);
                assert_eq!(routes.insert(prefix, *id), Ok(is_new));
            }
            Step::Remove(prefix, id) => {
                let was = oracle.get_mut(prefix).is_some_and(|ids| ids.remove(id));
                assert_eq!(routes.remove(prefix, *id), was);
            }
            Step::RemoveId(id) => {
                let removed = oracle
                    .values_mut()
                    .filter_map(|ids| ids.remove(id).then_some(()));
                assert_eq!(routes.remove_id(*id), removed.count() as u64);
            }
        }
        oracle.retain(|_, ids| !ids.is_empty());
        agree(&routes, &oracle, &mut ids);
    }
    let last: BTreeSet<u32> = oracle.values().flatten().copied().collect();
    for id in last {
        routes.remove_id(id);
    }
    assert_eq!((routes.len(), routes.heap()), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(usual_or(24, 1_000)))]
    // rfc: sp-trie T-18, T-19, T-20, T-22
    #[test]
    fn one_letter(steps in prop::collection::vec(step(1, 40, 4), 0..120)) {
        run(&steps);
    }

    #[test]
    fn two_letters(steps in prop::collection::vec(step(2, 7, 3), 0..200)) {
        run(&steps);
    }

    #[test]
    fn letters_and_many_sets(steps in prop::collection::vec(step(26, 2, 40), 0..200)) {
        run(&steps);
    }
}

#[test]
fn many_prefixes_and_many_sets() {
    // rfc: sp-trie T-19
    const PREFIXES: u32 = 20_000;
    let prefix = |n: u32| n.wrapping_mul(2_654_435_761).to_be_bytes();
    let mut routes = RouteTrie::new();
    for n in 0..PREFIXES {
        assert_eq!(routes.insert(&prefix(n), n % 7), Ok(true));
        assert_eq!(routes.insert(&prefix(n), 100 + n % 300), Ok(true));
    }
    routes.assert_valid();
    let mut ids = IdSet::below(400);
    for n in 0..PREFIXES {
        ids.clear();
        routes.matches_into(&prefix(n), &mut ids);
        assert_eq!(ids.iter().collect::<Vec<_>>(), [n % 7, 100 + n % 300]);
    }
    assert_eq!(
        routes.remove_id(3),
        u64::from(PREFIXES.div_ceil(7)) - 1 + u64::from(PREFIXES % 7 > 3)
    );
    assert_eq!(routes.ids(&prefix(3)), [103]);
    for id in 0..400 {
        routes.remove_id(id);
    }
    assert_eq!((routes.len(), routes.heap()), (0, 0));
}

#[test]
fn an_id_beyond_the_greatest_is_refused_and_changes_nothing() {
    // rfc: sp-trie T-25
    let mut routes = RouteTrie::new();
    assert_eq!(routes.insert(b"a", RouteTrie::ID_MAX), Ok(true));
    for id in [RouteTrie::ID_MAX + 1, u32::MAX] {
        for prefix in [&b"a"[..], b"ab", b""] {
            assert_eq!(routes.insert(prefix, id), Err(InsertError::IdTooGreat));
            assert!(!routes.remove(prefix, id));
        }
        assert_eq!(routes.remove_id(id), 0);
    }
    routes.assert_valid();
    assert_eq!(
        (routes.len(), routes.ids(b"a")),
        (1, &[RouteTrie::ID_MAX][..])
    );
}
