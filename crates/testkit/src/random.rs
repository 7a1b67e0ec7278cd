//! Random numbers that one seed decides. Never asks the system for anything, and is no secret
//! keeper. See `rfc/sp-simulation.md` section 2.

use std::ops::RangeInclusive;
use std::time::Duration;

/// A generator of random numbers (xoshiro256**, seeded through SplitMix64).
///
/// ```
/// use speedwell_testkit::random::Random;
///
/// let (mut one, mut two) = (Random::new(7), Random::new(7));
/// assert_eq!(one.bits(), two.bits());
/// assert!(one.below(6) < 6);
/// ```
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// A generator; equal seeds give equal numbers.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut at = seed;
        let state = [(); 4].map(|()| split_mix(&mut at));
        Self { state }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let drawn = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        drawn
    }

    /// 0 to `bound` - 1, alike; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.bits()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// A number of the range, alike; its start when it is empty.
    pub fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (start, end) = range.into_inner();
        let span = end.saturating_sub(start).saturating_add(1);
        start.saturating_add(self.below(span))
    }

    /// As [`Random::within`], for sizes.
    pub fn size(&mut self, range: RangeInclusive<usize>) -> usize {
        let wide = |size| u64::try_from(size).unwrap_or(u64::MAX);
        let (start, end) = range.into_inner();
        usize::try_from(self.within(wide(start)..=wide(end))).unwrap_or(end)
    }

    /// A time of the range, in steps of a nanosecond.
    pub fn time(&mut self, range: RangeInclusive<Duration>) -> Duration {
        let wide = |time: &Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.within(wide(range.start())..=wide(range.end())))
    }

    /// True `parts` times out of `of`.
    pub fn chance(&mut self, parts: u64, of: u64) -> bool {
        self.below(of) < parts
    }

    /// One of the items; `None` when there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.size(0..=items.len().saturating_sub(1)))
    }
}

fn split_mix(at: &mut u64) -> u64 {
    *at = at.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*at ^ (*at >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_their_range_and_reach_its_ends() {
        let mut random = Random::new(1);
        let drawn: Vec<u64> = (0..1000).map(|_| random.within(3..=5)).collect();
        assert!((3..=5).all(|number| drawn.contains(&number)));
        assert!(drawn.iter().all(|number| (3..=5).contains(number)));
        assert_eq!((random.below(0), random.size(4..=4)), (0, 4));
        assert_eq!(random.pick::<u8>(&[]), None);
    }
}
