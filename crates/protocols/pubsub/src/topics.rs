//! What a SUB has subscribed to: prefixes, counted. Never recurses, never allocates to match, and
//! knows nothing of messages. Obeys `rfc/sp-pubsub.md` section 4.

use speedwell_trie::{InsertError, Removal, SubscriptionTrie};

/// Octets that a topic may have: 64 KiB.
pub const TOPIC_LEN_MAX: usize = 64 * 1024;

/// Why a subscription was not made or not ended. Nothing has changed then; the caller is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// The topic has so many octets, more than [`TOPIC_LEN_MAX`].
    #[error("a topic has at most 65536 octets, not {0}")]
    TooLong(usize),
    /// There are as many subscriptions as there can be: some billions, or 2^64 − 1 to one topic.
    #[error("there are as many subscriptions as there can be")]
    TooMany,
    /// There is no such subscription, or no longer.
    #[error("there is no such subscription")]
    NotSubscribed,
    /// There is no such context, or no longer.
    #[error("there is no such context")]
    NoContext,
}

/// A set of prefixes, each with the number of times it is there. It allocates for what is added
/// and for nothing else. Their number has no limit of its own: they are the application's.
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
    prefixes: SubscriptionTrie,
}

impl Topics {
    /// An empty set, which matches nothing; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            prefixes: SubscriptionTrie::new(),
        }
    }

    /// Adds a prefix, once more if it is there already. The empty one matches everything.
    ///
    /// # Errors
    ///
    /// [`TopicError::TooLong`]; [`TopicError::TooMany`].
    // rfc: sp-pubsub B-15, B-16
    pub fn add(&mut self, prefix: &[u8]) -> Result<(), TopicError> {
        if prefix.len() > TOPIC_LEN_MAX {
            return Err(TopicError::TooLong(prefix.len()));
        }
        self.prefixes.insert(prefix)?;
        Ok(())
    }

    /// Takes a prefix away once: it matches until it was removed as often as it was added.
    ///
    /// # Errors
    ///
    /// [`TopicError::NotSubscribed`].
    // rfc: sp-pubsub B-16, B-17
    pub fn remove(&mut self, prefix: &[u8]) -> Result<(), TopicError> {
        match self.prefixes.remove(prefix) {
            Removal::Gone | Removal::Counted(_) => Ok(()),
            Removal::Absent => Err(TopicError::NotSubscribed),
        }
    }

    /// True when one of the prefixes, or several, is at the front of these octets.
    // rfc: sp-pubsub B-15, B-22
    #[inline]
    #[must_use]
    pub fn matches(&self, octets: &[u8]) -> bool {
        self.prefixes.matches(octets)
    }

    /// The number of different prefixes.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.prefixes.len()).unwrap_or(usize::MAX)
    }

    /// True when there is no prefix, so that nothing matches.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }
}

impl From<InsertError> for TopicError {
    fn from(_: InsertError) -> Self {
        Self::TooMany
    }
}
