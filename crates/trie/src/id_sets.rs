//! The different sets of ids that prefixes have, each kept once and numbered from one. Knows
//! nothing of prefixes but how many have each. Serves `rfc/sp-trie.md` section 4.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// A set, in order, and how many prefixes have it.
#[derive(Clone, Debug)]
struct Kept {
    ids: Box<[u32]>,
    uses: u64,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdSets {
    /// By their numbers less one; `None` where a number is free.
    kept: Vec<Option<Kept>>,
    numbers: BTreeMap<Box<[u32]>, u64>,
    vacant: Vec<u64>,
}

impl IdSets {
    pub(crate) const fn new() -> Self {
        Self {
            kept: Vec::new(),
            numbers: BTreeMap::new(),
            vacant: Vec::new(),
        }
    }

    /// The ids of the set of a number.
    pub(crate) fn get(&self, number: u64) -> &[u32] {
        let kept = self.kept.get(number as usize - 1);
        kept.and_then(Option::as_ref).map_or(&[], |kept| &kept.ids)
    }

    /// The number of a set, which one more prefix has from now on.
    pub(crate) fn take(&mut self, ids: &[u32]) -> u64 {
        if let Some(&number) = self.numbers.get(ids) {
            if let Some(kept) = &mut self.kept[number as usize - 1] {
                kept.uses += 1;
            }
            return number;
        }
        let number = self.vacant.pop().unwrap_or(self.kept.len() as u64 + 1);
        if number as usize > self.kept.len() {
            self.kept.push(None);
        }
        let (ids, uses) = (Box::from(ids), 1);
        self.numbers.insert(Box::clone(&ids), number);
        self.kept[number as usize - 1] = Some(Kept { ids, uses });
        number
    }

    /// One prefix fewer has the set of this number.
    pub(crate) fn give_back(&mut self, number: u64) {
        let place = &mut self.kept[number as usize - 1];
        let Some(kept) = place else { return };
        kept.uses -= 1;
        if kept.uses == 0 {
            self.numbers.remove(&kept.ids);
            *place = None;
            self.vacant.push(number);
        }
        if self.numbers.is_empty() {
            *self = Self::new();
        }
    }

    /// Whether any set has `id`.
    pub(crate) fn has(&self, id: u32) -> bool {
        let mut sets = self.numbers.keys();
        sets.any(|ids| ids.binary_search(&id).is_ok())
    }

    /// Checks that each set is there once, in order, with a number, and has as many prefixes as it
    /// should; for tests.
    pub(crate) fn assert_used(&self, expected: &BTreeMap<u64, u64>) {
        let kept = self.kept.iter().flatten();
        assert_eq!(
            self.kept.len(),
            self.vacant.len() + kept.count(),
            "a number is free or taken"
        );
        let numbers = self.numbers.iter().map(|(ids, &number)| {
            assert!(!ids.is_empty(), "a prefix has ids");
            assert!(ids.is_sorted_by(|a, b| a < b), "ids in order");
            assert_eq!(self.get(number), &**ids, "a set has its number");
            let kept = self.kept[number as usize - 1].as_ref();
            (number, kept.map_or(0, |kept| kept.uses))
        });
        assert_eq!(
            &numbers.collect::<BTreeMap<_, _>>(),
            expected,
            "as many prefixes as there are"
        );
    }

    /// Octets on the heap, about: what the map adds to its entries is not known.
    pub(crate) fn heap(&self) -> usize {
        let ids = self.numbers.keys().map(|ids| size_of_val(&**ids));
        2 * ids.sum::<usize>()
            + self.kept.capacity() * size_of::<Option<Kept>>()
            + self.numbers.len() * size_of::<(Box<[u32]>, u64)>()
            + self.vacant.capacity() * size_of::<u64>()
    }
}
