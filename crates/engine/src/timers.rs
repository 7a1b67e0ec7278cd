//! Deadlines by what they are for. Reads no clock. See `rfc/0001-contracts.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// At most one deadline for each key; the earliest first.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    by_key: BTreeMap<K, Instant>,
    by_time: BTreeSet<(Instant, K)>,
    /// The earliest of all, which is asked for after each call of the engine.
    next: Option<Instant>,
}

impl<K: Copy + Ord> Timers<K> {
    pub(crate) fn new() -> Self {
        Self {
            by_key: BTreeMap::new(),
            by_time: BTreeSet::new(),
            next: None,
        }
    }

    /// Sets or moves the deadline of a key.
    pub(crate) fn arm(&mut self, key: K, at: Instant) {
        if let Some(before) = self.by_key.insert(key, at) {
            self.by_time.remove(&(before, key));
        }
        self.by_time.insert((at, key));
        self.note_next();
    }

    /// Forgets the deadline of a key, and says when it would have been.
    pub(crate) fn cancel(&mut self, key: K) -> Option<Instant> {
        let at = self.by_key.remove(&key)?;
        self.by_time.remove(&(at, key));
        self.note_next();
        Some(at)
    }

    /// Forgets every deadline.
    pub(crate) fn clear(&mut self) {
        self.by_key.clear();
        self.by_time.clear();
        self.next = None;
    }

    fn note_next(&mut self) {
        self.next = self.by_time.first().map(|(at, _)| *at);
    }

    /// How many deadlines there are.
    pub(crate) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// The earliest deadline.
    #[inline]
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Takes one key whose deadline has come.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<K> {
        let (at, key) = *self.by_time.first()?;
        if at > now {
            return None;
        }
        self.cancel(key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn fires_in_order_once_and_only_when_due() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut timers = Timers::new();
        timers.arm('b', at(2));
        timers.arm('a', at(1));
        timers.arm('c', at(3));
        timers.arm('b', at(5));
        assert_eq!(
            (timers.cancel('c'), timers.cancel('c')),
            (Some(at(3)), None)
        );
        assert_eq!(timers.len(), 2);
        assert_eq!(timers.next(), Some(at(1)));
        assert_eq!(timers.pop_due(at(0)), None);
        assert_eq!(timers.pop_due(at(5)), Some('a'));
        assert_eq!(timers.pop_due(at(5)), Some('b'));
        assert_eq!((timers.pop_due(at(9)), timers.next()), (None, None));
        timers.arm('d', at(9));
        timers.clear();
        assert_eq!((timers.pop_due(at(9)), timers.len()), (None, 0));
    }
}
