//! The prefixes of routes in order, each with its ids. Walks as [`Keys`] does, and never recurses.

use core::fmt;

use alloc::vec::Vec;

use crate::id_sets::IdSets;
use crate::keys::Keys;
use crate::store::Store;

/// The prefixes in order, each with the ids that want it; see [`RouteTrie::prefixes`].
///
/// Each prefix is lent until the next one is asked for, so that none is copied that is not kept.
///
/// [`RouteTrie::prefixes`]: crate::RouteTrie::prefixes
#[derive(Clone)]
pub struct Prefixes<'a> {
    keys: Keys<'a>,
    sets: &'a IdSets,
}

impl<'a> Prefixes<'a> {
    pub(crate) fn new(store: &'a Store, sets: &'a IdSets) -> Self {
        let keys = Keys::new(store);
        Self { keys, sets }
    }

    /// The next prefix and its ids, which are in order too.
    ///
    /// # Examples
    ///
    /// ```
    /// use speedwell_trie::RouteTrie;
    ///
    /// let mut routes = RouteTrie::new();
    /// routes.insert(b"news/", 7)?;
    /// routes.insert(b"news/", 3)?;
    ///
    /// let mut prefixes = routes.prefixes();
    /// assert_eq!(prefixes.next_prefix(), Some((&b"news/"[..], &[3, 7][..])));
    /// assert_eq!(prefixes.next_prefix(), None);
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    pub fn next_prefix(&mut self) -> Option<(&[u8], &'a [u32])> {
        let (prefix, number) = self.keys.next_key()?;
        Some((prefix, self.sets.get(number)))
    }
}

impl<'a> Iterator for Prefixes<'a> {
    type Item = (Vec<u8>, &'a [u32]);

    fn next(&mut self) -> Option<Self::Item> {
        self.next_prefix()
            .map(|(prefix, ids)| (prefix.to_vec(), ids))
    }
}

impl fmt::Debug for Prefixes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prefixes").finish_non_exhaustive()
    }
}
