//! A clock that moves only when it is told. It never reads the clock of the system after it was
//! made. See `rfc/sp-simulation.md` section 2.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Virtual time: a point where it began, and how far it has gone. A clone is the same clock.
///
/// ```
/// use speedwell_testkit::clock::VirtualClock;
/// use std::time::Duration;
///
/// let clock = VirtualClock::new();
/// let hour = Duration::from_secs(3600);
/// clock.advance(hour);
/// assert_eq!(clock.elapsed(), hour);
/// ```
#[derive(Clone, Debug)]
pub struct VirtualClock {
    start: Instant,
    elapsed_ns: Arc<AtomicU64>,
}

impl VirtualClock {
    /// A clock at its start.
    #[must_use]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            elapsed_ns: Arc::default(),
        }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.at(self.elapsed())
    }

    /// How far the clock has gone.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.elapsed_ns.load(Ordering::Relaxed))
    }

    /// The point in time that lies `elapsed` behind the start.
    #[must_use]
    pub fn at(&self, elapsed: Duration) -> Instant {
        self.start.checked_add(elapsed).unwrap_or(self.start)
    }

    /// How far behind the start a point in time lies.
    #[must_use]
    pub fn since_start(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.start)
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        self.advance_to(self.at(self.elapsed().saturating_add(by)));
    }

    /// Moves on to a point in time. One that is past changes nothing.
    pub fn advance_to(&self, at: Instant) {
        let elapsed = u64::try_from(self.since_start(at).as_nanos()).unwrap_or(u64::MAX);
        self.elapsed_ns.fetch_max(elapsed, Ordering::Relaxed);
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_shared_and_never_goes_back() {
        let clock = VirtualClock::new();
        let twin = clock.clone();
        clock.advance(Duration::from_secs(5));
        let then = twin.now();
        twin.advance_to(twin.at(Duration::from_secs(3)));
        assert_eq!((clock.now(), clock.elapsed().as_secs()), (then, 5));
    }
}
