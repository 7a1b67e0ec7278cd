//! How long a dialer waits before it tries again: a random part of a bound that doubles. Draws no
//! random number itself. See `rfc/sp-endpoint.md`.

use std::time::Duration;

/// The back-off of one dialer.
#[derive(Clone, Debug)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    bound: Duration,
}

impl Backoff {
    /// The least bound of a wait. With a bound of nothing, which doubling leaves as it is, a dialer
    /// would do nothing else than knock at a port where nobody listens.
    pub const MIN: Duration = Duration::from_millis(1);

    /// A back-off whose bound grows from `min`, at least [`Backoff::MIN`], to `max`.
    // rfc: sp-endpoint E-04
    #[must_use]
    pub fn new(min: Duration, max: Duration) -> Self {
        let min = min.max(Self::MIN);
        Self {
            min,
            max: max.max(min),
            bound: min,
        }
    }

    /// Draws the next wait: anything from nothing to the bound, alike; then doubles the bound.
    // rfc: sp-endpoint E-04
    pub fn next_wait(&mut self, random: u64) -> Duration {
        let bound_ns = u64::try_from(self.bound.as_nanos()).unwrap_or(u64::MAX);
        self.bound = self.bound.saturating_mul(2).min(self.max);
        Duration::from_nanos(scale(random, bound_ns))
    }

    /// A connection lasted: the bound is the smallest again.
    // rfc: sp-endpoint E-05
    pub fn reset(&mut self) {
        self.bound = self.min;
    }

    /// The longest wait that the next draw may give.
    #[must_use]
    pub fn bound(&self) -> Duration {
        self.bound
    }
}

/// Maps 64 random bits to 0 ..= `bound`, alike.
fn scale(random: u64, bound: u64) -> u64 {
    let product = u128::from(random) * (u128::from(bound) + 1);
    u64::try_from(product >> 64).unwrap_or(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_bound_doubles_up_to_the_maximum_and_resets() {
        let mut backoff = Backoff::new(100 * MS, 1000 * MS);
        let waits: Vec<_> = (0..6).map(|_| backoff.next_wait(u64::MAX)).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1000, 1000].map(|ms| ms * MS));
        backoff.reset();
        assert_eq!(backoff.next_wait(u64::MAX), 100 * MS);
    }

    #[test]
    fn the_wait_is_any_part_of_the_bound() {
        let draw = |random| Backoff::new(100 * MS, 100 * MS).next_wait(random);
        assert_eq!(draw(0), Duration::ZERO);
        assert_eq!(draw(u64::MAX / 2).as_millis(), 50);
    }

    // rfc: sp-endpoint E-04
    #[test]
    fn a_minimum_of_zero_is_a_millisecond_and_grows() {
        let mut backoff = Backoff::new(Duration::ZERO, 5 * MS);
        let waits = [0; 5].map(|_| backoff.next_wait(u64::MAX).as_millis());
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        let mut steady = Backoff::new(Duration::ZERO, Duration::ZERO);
        assert_eq!([0; 3].map(|_| steady.next_wait(u64::MAX)), [MS; 3]);
    }

    #[test]
    fn a_maximum_of_zero_does_not_grow() {
        let mut backoff = Backoff::new(100 * MS, Duration::ZERO);
        assert_eq!([0; 3].map(|_| backoff.next_wait(u64::MAX)), [100 * MS; 3]);
    }
}
