//! Whose turn it is to be looked at, for descriptors that a stranger has closed: a few at a time,
//! all in the end, and never for its own sake. Asks the system nothing. See `rfc/sp-waiting.md`
//! section 7.

use std::ops::Range;
use std::time::{Duration, Instant};

/// The least time between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// Objects that one look is about; each costs a system call.
const LOOKED_AT_MAX: usize = 64;

/// Where the last look ended.
#[derive(Debug, Default)]
pub(crate) struct Look {
    next: usize,
    last: Option<Instant>,
}

impl Look {
    /// The keys to be looked at now, of as many as there are; mostly none.
    // rfc: sp-waiting W-63
    pub(crate) fn next(&mut self, now: Instant, count: impl FnOnce() -> usize) -> Range<usize> {
        let is_soon = |last| now.saturating_duration_since(last) < PAUSE;
        if self.last.is_some_and(is_soon) {
            return 0..0;
        }
        self.last = Some(now);
        let count = count();
        let start = if self.next < count { self.next } else { 0 };
        let end = start.saturating_add(LOOKED_AT_MAX).min(count);
        self.next = end;
        start..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-waiting W-63
    #[test]
    fn everybody_has_a_turn_a_few_at_a_time_and_not_often() {
        let mut look = Look::default();
        let now = Instant::now();
        assert_eq!(look.next(now, || 100), 0..64);
        assert_eq!(look.next(now + PAUSE / 2, || 100), 0..0);
        assert_eq!(look.next(now + PAUSE, || 100), 64..100);
        assert_eq!(look.next(now + 2 * PAUSE, || 100), 0..64);
        assert_eq!(look.next(now + 3 * PAUSE, || 10), 0..10, "fewer by now");
    }
}
