//! Small numbers in a set that its owner keeps, so that asking who wants a topic allocates nothing.

use alloc::vec::Vec;

/// A set of small numbers, a bit for each up to the greatest one that it ever held.
///
/// It is filled again and again without another allocation; see
/// [`RouteTrie::matches_into`](crate::RouteTrie::matches_into).
///
/// # Examples
///
/// ```
/// use speedwell_trie::IdSet;
///
/// let mut ids = IdSet::new();
/// ids.insert(70);
/// ids.insert(3);
/// assert!(ids.contains(3) && !ids.contains(4));
/// assert_eq!(ids.iter().collect::<Vec<_>>(), [3, 70]);
/// ids.clear();
/// assert!(ids.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct IdSet {
    bits: Vec<u64>,
}

impl IdSet {
    /// An empty set. It has nothing on the heap.
    ///
    /// ```
    /// assert!(speedwell_trie::IdSet::new().is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { bits: Vec::new() }
    }

    /// An empty set with room for the numbers below `end`: adding those allocates nothing.
    ///
    /// ```
    /// assert!(speedwell_trie::IdSet::below(70).is_empty());
    /// ```
    #[must_use]
    pub fn below(end: u32) -> Self {
        let words = (end as usize).div_ceil(64);
        Self {
            bits: alloc::vec![0; words],
        }
    }

    /// Adds a number. Allocates where it is greater than all that the set ever had room for: an
    /// eighth of an octet for each number up to it, which is 2 MiB for the greatest id of a
    /// [`RouteTrie`](crate::RouteTrie) and 512 MiB for the greatest number there is.
    ///
    /// ```
    /// let mut ids = speedwell_trie::IdSet::new();
    /// ids.insert(3);
    /// ids.insert(3);
    /// assert_eq!(ids.len(), 1);
    /// ```
    pub fn insert(&mut self, id: u32) {
        let word = id as usize / 64;
        if word >= self.bits.len() {
            self.bits.resize(word + 1, 0);
        }
        self.bits[word] |= 1 << (id % 64);
    }

    /// Whether a number is in the set.
    ///
    /// ```
    /// let mut ids = speedwell_trie::IdSet::new();
    /// ids.insert(3);
    /// assert!(ids.contains(3) && !ids.contains(u32::MAX));
    /// ```
    #[must_use]
    pub fn contains(&self, id: u32) -> bool {
        let word = self.bits.get(id as usize / 64).copied().unwrap_or(0);
        word >> (id % 64) & 1 == 1
    }

    /// Takes all numbers out, and keeps the room for them.
    ///
    /// ```
    /// let mut ids = speedwell_trie::IdSet::new();
    /// ids.insert(3);
    /// ids.clear();
    /// assert!(!ids.contains(3));
    /// ```
    pub fn clear(&mut self) {
        self.bits.fill(0);
    }

    /// How many numbers there are.
    ///
    /// ```
    /// let mut ids = speedwell_trie::IdSet::new();
    /// ids.insert(3);
    /// ids.insert(70);
    /// assert_eq!(ids.len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        let ones = self.bits.iter().map(|word| word.count_ones() as usize);
        ones.sum()
    }

    /// Whether there is none.
    ///
    /// ```
    /// let mut ids = speedwell_trie::IdSet::below(70);
    /// assert!(ids.is_empty());
    /// ids.insert(3);
    /// assert!(!ids.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits.iter().all(|&word| word == 0)
    }

    /// The numbers in order.
    ///
    /// ```
    /// let mut ids = speedwell_trie::IdSet::new();
    /// ids.insert(70);
    /// ids.insert(3);
    /// assert_eq!(ids.iter().collect::<Vec<_>>(), [3, 70]);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let words = self.bits.iter().enumerate();
        words.flat_map(|(index, &word)| {
            let next = |left: &u64| Some(left & (left - 1)).filter(|&left| left != 0);
            let first = Some(word).filter(|&word| word != 0);
            let left = core::iter::successors(first, next);
            left.map(move |left| index as u32 * 64 + left.trailing_zeros())
        })
    }
}

/// Two are the same when they hold the same numbers, whatever they have room for.
impl PartialEq for IdSet {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for IdSet {}
