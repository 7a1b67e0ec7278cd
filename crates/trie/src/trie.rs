//! The set itself: what callers see. Decides nothing about blocks. Obeys `rfc/sp-trie.md`.

use core::fmt;

use crate::error::InsertError;
use crate::first_octets::FirstOctets;
use crate::keys::Keys;
use crate::memory::Memory;
use crate::remove::Removal;
use crate::store::Store;

/// A set of counted prefixes that tells whether any of them is a prefix of a topic.
///
/// A key is any octets, none included: the empty key is a prefix of every topic. Inserting a key
/// again counts it; it takes as many removals to be gone. A count of one costs no memory.
///
/// # Examples
///
/// ```
/// use speedwell_trie::{Removal, SubscriptionTrie};
///
/// let mut trie = SubscriptionTrie::new();
/// assert!(trie.insert(b"weather/")?);
/// assert!(!trie.insert(b"weather/")?);
///
/// assert!(trie.matches(b"weather/oslo"));
/// assert!(!trie.matches(b"weather"));
///
/// assert_eq!(trie.remove(b"weather/"), Removal::Counted(1));
/// assert_eq!(trie.remove(b"weather/"), Removal::Gone);
/// assert_eq!(trie.remove(b"weather/"), Removal::Absent);
/// # Ok::<(), speedwell_trie::InsertError>(())
/// ```
#[derive(Clone)]
pub struct SubscriptionTrie {
    pub(crate) store: Store,
    pub(crate) first: FirstOctets,
}

impl SubscriptionTrie {
    /// An empty set. It has nothing on the heap.
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// assert_eq!(SubscriptionTrie::new().memory().heap, 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            store: Store::new(),
            first: FirstOctets::new(),
        }
    }

    /// Adds one to the count of `key`. True when the key was not in the set.
    ///
    /// # Errors
    ///
    /// [`InsertError`] when the count, or the set, is as large as it can be. Nothing has changed
    /// then.
    ///
    /// # Examples
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// assert_eq!(trie.insert(b"news/"), Ok(true));
    /// assert_eq!(trie.insert(b"news/"), Ok(false));
    /// assert_eq!(trie.count(b"news/"), 2);
    /// ```
    // rfc: sp-trie T-02
    pub fn insert(&mut self, key: &[u8]) -> Result<bool, InsertError> {
        let is_new = self.store.insert(key)?;
        if is_new {
            self.first.add(key);
        }
        self.store.settle();
        Ok(is_new)
    }

    /// Takes one off the count of `key`, and says what became of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use speedwell_trie::{Removal, SubscriptionTrie};
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// trie.insert(b"news/")?;
    /// assert_eq!(trie.remove(b"news"), Removal::Absent);
    /// assert_eq!(trie.remove(b"news/"), Removal::Gone);
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    // rfc: sp-trie T-03, T-04
    pub fn remove(&mut self, key: &[u8]) -> Removal {
        let removal = self.store.remove(key);
        if removal == Removal::Gone {
            let is_last = key
                .first()
                .is_none_or(|&octet| !self.store.begins_with(octet));
            if is_last {
                self.first.remove(key);
            }
        }
        removal
    }

    /// Whether some key is a prefix of `topic`. Allocates nothing, and reads no octet behind the
    /// topic.
    ///
    /// # Examples
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// trie.insert(b"a/b")?;
    /// assert!(trie.matches(b"a/b") && trie.matches(b"a/bc"));
    /// assert!(!trie.matches(b"a/") && !trie.matches(b""));
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    // rfc: sp-trie T-01, T-09
    #[inline]
    #[must_use]
    pub fn matches(&self, topic: &[u8]) -> bool {
        self.first.may_match(topic) && self.store.find::<false>(topic).is_some()
    }

    /// The shortest key that is a prefix of `topic`, as that part of it.
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// trie.insert(b"a/")?;
    /// trie.insert(b"a/b/")?;
    /// assert_eq!(trie.shortest_match(b"a/b/c"), Some(&b"a/"[..]));
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    // rfc: sp-trie T-08
    #[must_use]
    pub fn shortest_match<'t>(&self, topic: &'t [u8]) -> Option<&'t [u8]> {
        let len = self.store.find::<false>(topic)?;
        topic.get(..len)
    }

    /// The longest key that is a prefix of `topic`, as that part of it.
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// trie.insert(b"a/")?;
    /// trie.insert(b"a/b/")?;
    /// assert_eq!(trie.longest_match(b"a/b/c"), Some(&b"a/b/"[..]));
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    #[must_use]
    pub fn longest_match<'t>(&self, topic: &'t [u8]) -> Option<&'t [u8]> {
        let len = self.store.find::<true>(topic)?;
        topic.get(..len)
    }

    /// How often `key` is counted: 0 when it is not in the set.
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// trie.insert(b"")?;
    /// assert_eq!((trie.count(b""), trie.count(b"a")), (1, 0));
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    #[must_use]
    pub fn count(&self, key: &[u8]) -> u64 {
        self.store.place_of(key).map_or(0, |place| place.count)
    }

    /// Whether `key` itself is in the set.
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// trie.insert(b"a")?;
    /// assert!(trie.contains(b"a") && !trie.contains(b"ab"));
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        self.store.place_of(key).is_some()
    }

    /// How many keys there are, each once whatever its count.
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// trie.insert(b"a")?;
    /// trie.insert(b"a")?;
    /// assert_eq!(trie.len(), 1);
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.store.len
    }

    /// Whether there is no key at all.
    ///
    /// ```
    /// assert!(speedwell_trie::SubscriptionTrie::new().is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.store.len == 0
    }

    /// The keys in order, each with its count. As an [`Iterator`] it copies each key; with
    /// [`Keys::next_key`] it lends them.
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// trie.insert(b"b")?;
    /// trie.insert(b"a")?;
    /// let keys: Vec<_> = trie.keys().map(|(key, _)| key).collect();
    /// assert_eq!(keys, [b"a", b"b"]);
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    // rfc: sp-trie T-07
    #[must_use]
    pub fn keys(&self) -> Keys<'_> {
        Keys::new(&self.store)
    }

    /// What the set takes of memory, exactly.
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// for n in 0..10_000_u64 {
    ///     trie.insert(&n.to_be_bytes())?;
    /// }
    /// assert!(trie.memory().heap < 10_000);
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    #[must_use]
    pub fn memory(&self) -> Memory {
        Memory::of(&self.store)
    }

    /// Builds the set anew, its keys in order, so that those beside one another are beside one
    /// another in memory too; nothing else changes. It keeps what is smaller, the old or the new.
    ///
    /// There are no holes to be closed: it is worth its while after most keys were removed, and
    /// takes the time of inserting all that are left, and their memory once more until it returns.
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// trie.insert(b"a")?;
    /// trie.compact();
    /// assert!(trie.contains(b"a"));
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    // rfc: sp-trie T-21
    pub fn compact(&mut self) {
        let mut store = Store::new();
        let mut keys = self.keys();
        while let Some((key, count)) = keys.next_key() {
            if store.insert(key).is_err() {
                return;
            }
            store.set_count(key, count);
        }
        store.settle();
        if store.heap() < self.store.heap() {
            self.store = store;
        }
    }

    /// Counts a key that is there another number of times, not zero.
    #[cfg(feature = "serde")]
    pub(crate) fn recount(&mut self, key: &[u8], count: u64) {
        self.store.set_count(key, count);
        self.store.settle();
    }

    /// Removes every key, whatever its count, and gives all memory back.
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// trie.insert(b"a")?;
    /// trie.clear();
    /// assert_eq!((trie.len(), trie.memory().heap), (0, 0));
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

impl Default for SubscriptionTrie {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SubscriptionTrie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscriptionTrie")
            .field("len", &self.len())
            .field("memory", &self.memory())
            .finish_non_exhaustive()
    }
}
