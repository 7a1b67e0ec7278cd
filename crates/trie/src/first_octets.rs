//! With which octets keys begin: what a topic that matches nothing is told by most often, without
//! a look at any block. Exact at any time.

/// The octets that some key begins with, and whether the empty key is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FirstOctets {
    bits: [u64; 4],
    empty: bool,
}

impl FirstOctets {
    pub(crate) const fn new() -> Self {
        Self {
            bits: [0; 4],
            empty: false,
        }
    }

    /// Whether a key may be a prefix of `topic`.
    #[inline]
    pub(crate) fn may_match(&self, topic: &[u8]) -> bool {
        let begins = |&octet: &u8| self.bits[usize::from(octet / 64)] >> (octet % 64) & 1 == 1;
        self.empty || topic.first().is_some_and(begins)
    }

    /// Notes a key that came.
    pub(crate) fn add(&mut self, key: &[u8]) {
        match key.first() {
            Some(octet) => self.bits[usize::from(octet / 64)] |= 1 << (octet % 64),
            None => self.empty = true,
        }
    }

    /// Notes that the empty key, or the last key that begins like `key`, went.
    pub(crate) fn remove(&mut self, key: &[u8]) {
        match key.first() {
            Some(octet) => self.bits[usize::from(octet / 64)] &= !(1 << (octet % 64)),
            None => self.empty = false,
        }
    }
}
