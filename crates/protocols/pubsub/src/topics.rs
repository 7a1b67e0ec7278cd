//! What a SUB has subscribed to: prefixes, counted. Never recurses, never allocates to match, and
//! knows nothing of messages. Obeys `rfc/sp-pubsub.md` section 4.

use std::collections::BTreeMap;
use std::ops::Bound;

/// Octets that a topic may have: 64 KiB.
pub const TOPIC_LEN_MAX: usize = 64 * 1024;

/// Why a subscription was not made or not ended. Nothing has changed then; the caller is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// The topic has so many octets, more than [`TOPIC_LEN_MAX`].
    #[error("a topic has at most 65536 octets, not {0}")]
    TooLong(usize),
    /// There is no such subscription, or no longer.
    #[error("there is no such subscription")]
    NotSubscribed,
    /// There is no such context, or no longer.
    #[error("there is no such context")]
    NoContext,
}

/// A set of prefixes, each with the number of times it is there. It allocates for what is added
/// and for nothing else, and has no limit on their number: they are the application's own.
///
/// # Examples
///
/// ```
/// use speedwell_pubsub::Topics;
///
/// let mut topics = Topics::new();
/// topics.add(b"news.")?;
/// assert!(topics.matches(b"news.sport") && !topics.matches(b"new"));
/// topics.remove(b"news.")?;
/// assert!(!topics.matches(b"news.sport"));
/// # Ok::<(), speedwell_pubsub::TopicError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Topics {
    counts: BTreeMap<Box<[u8]>, u64>,
}

impl Topics {
    /// An empty set, which matches nothing; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        let counts = BTreeMap::new();
        Self { counts }
    }

    /// Adds a prefix, once more if it is there already. The empty one matches everything.
    ///
    /// # Errors
    ///
    /// [`TopicError::TooLong`].
    // rfc: sp-pubsub B-15, B-16
    pub fn add(&mut self, prefix: &[u8]) -> Result<(), TopicError> {
        if prefix.len() > TOPIC_LEN_MAX {
            return Err(TopicError::TooLong(prefix.len()));
        }
        match self.counts.get_mut(prefix) {
            Some(count) => *count = count.saturating_add(1),
            None => {
                self.counts.insert(prefix.into(), 1);
            }
        }
        Ok(())
    }

    /// Takes a prefix away once: it matches until it was removed as often as it was added.
    ///
    /// # Errors
    ///
    /// [`TopicError::NotSubscribed`].
    // rfc: sp-pubsub B-16, B-17
    pub fn remove(&mut self, prefix: &[u8]) -> Result<(), TopicError> {
        let count = self.counts.get_mut(prefix);
        let count = count.ok_or(TopicError::NotSubscribed)?;
        *count = count.saturating_sub(1);
        if *count == 0 {
            self.counts.remove(prefix);
        }
        Ok(())
    }

    /// True when one of the prefixes, or several, is at the front of these octets.
    ///
    /// Each round looks up the last prefix that is not behind `front` in the order of octets. If
    /// it shares only its first `n` octets with `front`, then no longer one can match: it would
    /// stand between the two. So the next round is about those `n` octets, and rounds end.
    // rfc: sp-pubsub B-15, B-22
    #[must_use]
    pub fn matches(&self, octets: &[u8]) -> bool {
        let mut front = octets.get(..TOPIC_LEN_MAX).unwrap_or(octets);
        loop {
            let upto = (Bound::Unbounded, Bound::Included(front));
            let Some((prefix, _)) = self.counts.range::<[u8], _>(upto).next_back() else {
                return false;
            };
            let pairs = prefix.iter().zip(front);
            let shared = pairs.take_while(|(one, other)| one == other).count();
            if shared == prefix.len() {
                return true;
            }
            front = front.get(..shared).unwrap_or_default();
        }
    }

    /// The number of different prefixes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// True when there is no prefix, so that nothing matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}
