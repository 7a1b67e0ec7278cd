//! Routes against naive ones, after every step of a script (`rfc/sp-trie.md` T-18 to T-20).

use std::collections::{BTreeMap, BTreeSet};

use speedwell_trie::{IdSet, RouteTrie};

use crate::script::Script;

/// Runs the script in `octets`.
pub fn routes(octets: &[u8]) {
    let mut script = Script::new(octets);
    let (mut routes, mut ids) = (RouteTrie::new(), IdSet::new());
    let mut naive: BTreeMap<Vec<u8>, BTreeSet<u32>> = BTreeMap::new();
    while !script.is_over() {
        let (step, id, key) = (script.octet(), script.octet() % 20, script.key());
        let id = u32::from(id);
        match step % 8 {
            0..=4 => {
                let is_new = naive.entry(key.clone()).or_default().insert(id);
                assert_eq!(routes.insert(&key, id), Ok(is_new));
            }
            5..=6 => {
                let was = naive.get_mut(&key).is_some_and(|ids| ids.remove(&id));
                assert_eq!(routes.remove(&key, id), was);
            }
            _ => {
                let removed = naive.values_mut().map(|ids| u64::from(ids.remove(&id)));
                assert_eq!(routes.remove_id(id), removed.sum());
            }
        }
        naive.retain(|_, ids| !ids.is_empty());
        routes.assert_valid();
        assert_eq!(routes.len(), naive.len() as u64);
        let fitting = naive.iter().filter(|(prefix, _)| key.starts_with(prefix));
        let expected: BTreeSet<u32> = fitting.flat_map(|(_, ids)| ids.iter().copied()).collect();
        ids.clear();
        routes.matches_into(&key, &mut ids);
        assert!(ids.iter().eq(expected));
    }
    let mut expected = naive.iter();
    let mut prefixes = routes.prefixes();
    while let Some((prefix, ids)) = prefixes.next_prefix() {
        assert!(
            expected
                .next()
                .is_some_and(|(own, set)| own == prefix && set.iter().eq(ids))
        );
    }
    assert!(expected.next().is_none());
    for id in 0..20 {
        routes.remove_id(id);
    }
    assert_eq!((routes.len(), routes.heap()), (0, 0));
}
