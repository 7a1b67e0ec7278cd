//! Who wants a topic: prefixes, each with a set of ids. The set of counted prefixes over again,
//! with the number of a set of ids in place of a count. Obeys `rfc/sp-trie.md` section 4.

use core::fmt;

use alloc::vec::Vec;

use crate::error::InsertError;
use crate::id_set::IdSet;
use crate::id_sets::IdSets;
use crate::keys::Keys;
use crate::prefixes::Prefixes;
use crate::remove::Removal;
use crate::store::Store;
use crate::trie::SubscriptionTrie;

/// Prefixes, each with the ids that want the topics that begin with it: what a publisher filters
/// by, and what a broker routes by.
///
/// An id is a small number that the caller chooses, such as a connection's; none is greater than
/// [`RouteTrie::ID_MAX`]. Prefixes that have the
/// same ids share one set, so that a prefix costs what it does in a [`SubscriptionTrie`], and an
/// octet or two more where there are many different sets.
///
/// # Examples
///
/// ```
/// use speedwell_trie::{IdSet, RouteTrie};
///
/// let mut routes = RouteTrie::new();
/// routes.insert(b"weather/", 1)?;
/// routes.insert(b"weather/oslo/", 2)?;
/// routes.insert(b"news/", 2)?;
///
/// let mut ids = IdSet::new();
/// routes.matches_into(b"weather/oslo/wind", &mut ids);
/// assert_eq!(ids.iter().collect::<Vec<_>>(), [1, 2]);
///
/// // The connection 2 is gone.
/// assert_eq!(routes.remove_id(2), 2);
/// ids.clear();
/// routes.matches_into(b"weather/oslo/wind", &mut ids);
/// assert_eq!(ids.iter().collect::<Vec<_>>(), [1]);
/// # Ok::<(), speedwell_trie::InsertError>(())
/// ```
#[derive(Clone)]
pub struct RouteTrie {
    pub(crate) store: Store,
    pub(crate) sets: IdSets,
}

impl RouteTrie {
    /// The greatest id there can be, 2^24 − 1: an [`IdSet`] with room for all takes 2 MiB, whoever
    /// chose them.
    // rfc: sp-trie T-25
    pub const ID_MAX: u32 = (1 << 24) - 1;

    /// No prefix at all. It has nothing on the heap.
    ///
    /// ```
    /// assert_eq!(speedwell_trie::RouteTrie::new().heap(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            store: Store::new(),
            sets: IdSets::new(),
        }
    }

    /// Adds `id` to those that want what begins with `prefix`. True when it was not there; how
    /// often it is added is not counted.
    ///
    /// # Errors
    ///
    /// [`InsertError::Full`] when there are as many prefixes as there can be, and
    /// [`InsertError::IdTooGreat`] for an id above [`RouteTrie::ID_MAX`]. Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use speedwell_trie::RouteTrie;
    ///
    /// let mut routes = RouteTrie::new();
    /// assert_eq!(routes.insert(b"news/", 7), Ok(true));
    /// assert_eq!(routes.insert(b"news/", 7), Ok(false));
    /// ```
    // rfc: sp-trie T-18
    pub fn insert(&mut self, prefix: &[u8], id: u32) -> Result<bool, InsertError> {
        check_id(id)?;
        let before = self.ids(prefix);
        let Err(at) = before.binary_search(&id) else {
            return Ok(false);
        };
        let mut ids = Vec::with_capacity(before.len() + 1);
        ids.extend_from_slice(&before[..at]);
        ids.push(id);
        ids.extend_from_slice(&before[at..]);
        let old = self.store.place_of(prefix).map(|place| place.count);
        // Counted once more or there for the first time: either way there is room for its blocks.
        self.store.insert(prefix)?;
        let number = self.sets.take(&ids);
        self.renumber(prefix, number);
        if let Some(old) = old {
            self.sets.give_back(old);
        }
        Ok(true)
    }

    /// Takes `id` from those that want what begins with `prefix`. True when it was there.
    ///
    /// ```
    /// use speedwell_trie::RouteTrie;
    ///
    /// let mut routes = RouteTrie::new();
    /// routes.insert(b"news/", 7)?;
    /// assert!(!routes.remove(b"news/", 3) && !routes.remove(b"news", 7));
    /// assert!(routes.remove(b"news/", 7) && routes.is_empty());
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    // rfc: sp-trie T-18
    pub fn remove(&mut self, prefix: &[u8], id: u32) -> bool {
        let Some(place) = self.store.place_of(prefix) else {
            return false;
        };
        let mut ids = self.sets.get(place.count).to_vec();
        let Ok(at) = ids.binary_search(&id) else {
            return false;
        };
        ids.remove(at);
        if ids.is_empty() {
            self.renumber(prefix, 1);
            let _gone: Removal = self.store.remove(prefix);
        } else {
            let number = self.sets.take(&ids);
            self.renumber(prefix, number);
        }
        self.sets.give_back(place.count);
        true
    }

    /// Takes `id` from all prefixes, in one sweep over them in order, and says from how many. The
    /// sweep notes them first, in as little memory as they take here.
    ///
    /// ```
    /// use speedwell_trie::RouteTrie;
    ///
    /// let mut routes = RouteTrie::new();
    /// routes.insert(b"news/", 7)?;
    /// routes.insert(b"weather/", 7)?;
    /// routes.insert(b"weather/", 3)?;
    /// assert_eq!((routes.remove_id(7), routes.len()), (2, 1));
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    // rfc: sp-trie T-20
    pub fn remove_id(&mut self, id: u32) -> u64 {
        let mut removed = 0;
        // Once, but where there are so many that not all of them can be noted beside these.
        while self.sets.has(id) {
            let mut found = SubscriptionTrie::new();
            let mut keys = Keys::new(&self.store);
            while let Some((prefix, number)) = keys.next_key() {
                let is_meant = self.sets.get(number).binary_search(&id).is_ok();
                if is_meant && found.insert(prefix).is_err() {
                    break;
                }
            }
            let mut keys = found.keys();
            while let Some((prefix, _)) = keys.next_key() {
                self.remove(prefix, id);
            }
            removed += found.len();
        }
        removed
    }

    /// Adds to `ids` all that want `topic`. Allocates nothing when `ids` has room for them, and
    /// reads no octet behind the topic.
    ///
    /// ```
    /// use speedwell_trie::{IdSet, RouteTrie};
    ///
    /// let mut routes = RouteTrie::new();
    /// routes.insert(b"", 1)?;
    /// routes.insert(b"news/", 7)?;
    /// routes.insert(b"weather/", 3)?;
    ///
    /// let mut ids = IdSet::below(8);
    /// routes.matches_into(b"news/local", &mut ids);
    /// assert_eq!(ids.iter().collect::<Vec<_>>(), [1, 7]);
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    // rfc: sp-trie T-19
    pub fn matches_into(&self, topic: &[u8], ids: &mut IdSet) {
        self.store.each(topic, |number| {
            self.sets.get(number).iter().for_each(|&id| ids.insert(id));
        });
    }

    /// Whether anybody wants `topic`.
    ///
    /// ```
    /// use speedwell_trie::RouteTrie;
    ///
    /// let mut routes = RouteTrie::new();
    /// routes.insert(b"news/", 7)?;
    /// assert!(routes.matches(b"news/local") && !routes.matches(b"new"));
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    #[must_use]
    pub fn matches(&self, topic: &[u8]) -> bool {
        self.store.find::<false>(topic).is_some()
    }

    /// Who wants what begins with `prefix` by that very prefix, in order.
    ///
    /// ```
    /// use speedwell_trie::RouteTrie;
    ///
    /// let mut routes = RouteTrie::new();
    /// routes.insert(b"news/", 7)?;
    /// routes.insert(b"news/", 3)?;
    /// assert_eq!(routes.ids(b"news/"), [3, 7]);
    /// assert!(routes.ids(b"news/local").is_empty());
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    #[must_use]
    pub fn ids(&self, prefix: &[u8]) -> &[u32] {
        let place = self.store.place_of(prefix);
        place.map_or(&[], |place| self.sets.get(place.count))
    }

    /// The prefixes in order, each with the ids that want it. As an [`Iterator`] it copies each
    /// prefix; with [`Prefixes::next_prefix`] it lends them.
    ///
    /// ```
    /// use speedwell_trie::RouteTrie;
    ///
    /// let mut routes = RouteTrie::new();
    /// routes.insert(b"weather/", 2)?;
    /// routes.insert(b"news/", 7)?;
    /// let prefixes: Vec<_> = routes.prefixes().map(|(prefix, _)| prefix).collect();
    /// assert_eq!(prefixes, [&b"news/"[..], b"weather/"]);
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    // rfc: sp-trie T-22
    #[must_use]
    pub fn prefixes(&self) -> Prefixes<'_> {
        Prefixes::new(&self.store, &self.sets)
    }

    /// How many prefixes there are, whoever wants them.
    ///
    /// ```
    /// use speedwell_trie::RouteTrie;
    ///
    /// let mut routes = RouteTrie::new();
    /// routes.insert(b"news/", 7)?;
    /// routes.insert(b"news/", 3)?;
    /// assert_eq!(routes.len(), 1);
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.store.len
    }

    /// Whether nobody wants anything.
    ///
    /// ```
    /// assert!(speedwell_trie::RouteTrie::new().is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.store.len == 0
    }

    /// Octets on the heap: those of the prefixes exactly, those of the sets of ids about.
    ///
    /// ```
    /// use speedwell_trie::RouteTrie;
    ///
    /// let mut routes = RouteTrie::new();
    /// for n in 0..10_000_u64 {
    ///     routes.insert(&n.to_be_bytes(), 7)?;
    /// }
    /// assert!(routes.heap() < 10_000);
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    #[must_use]
    pub fn heap(&self) -> usize {
        self.store.heap() + self.sets.heap()
    }

    /// Removes everything, and gives all memory back.
    ///
    /// ```
    /// use speedwell_trie::RouteTrie;
    ///
    /// let mut routes = RouteTrie::new();
    /// routes.insert(b"news/", 7)?;
    /// routes.clear();
    /// assert_eq!((routes.len(), routes.heap()), (0, 0));
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Adds a prefix that is not there, and all ids that want it: in order, each once, and not
    /// none. False, and nothing done, when the prefix is there.
    #[cfg(feature = "serde")]
    pub(crate) fn insert_set(&mut self, prefix: &[u8], ids: &[u32]) -> Result<bool, InsertError> {
        ids.iter().try_for_each(|&id| check_id(id))?;
        if self.store.place_of(prefix).is_some() {
            return Ok(false);
        }
        self.store.insert(prefix)?;
        let number = self.sets.take(ids);
        self.renumber(prefix, number);
        Ok(true)
    }

    /// Gives a prefix that is there the set of another number.
    fn renumber(&mut self, prefix: &[u8], number: u64) {
        self.store.set_count(prefix, number);
        self.store.settle();
    }
}

// rfc: sp-trie T-25
fn check_id(id: u32) -> Result<(), InsertError> {
    if id > RouteTrie::ID_MAX {
        return Err(InsertError::IdTooGreat);
    }
    Ok(())
}

impl Default for RouteTrie {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RouteTrie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteTrie")
            .field("len", &self.len())
            .field("heap", &self.heap())
            .finish_non_exhaustive()
    }
}
