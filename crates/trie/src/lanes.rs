//! Several small numbers in one of 64 bits, compared at a time. Knows nothing of what they mean.

/// The highest bits of eight lanes of eight bits.
pub(crate) const OCTETS: u64 = (u64::MAX / 0xff) << 7;
/// The highest bits of four lanes of sixteen bits.
pub(crate) const CODES: u64 = (u64::MAX / 0xffff) << 15;

/// A number in every lane. The highest bits of all lanes say which lanes there are.
#[inline]
pub(crate) const fn spread<const HIGH: u64>(number: u64) -> u64 {
    (HIGH >> HIGH.trailing_zeros()).wrapping_mul(number)
}

/// The highest bit of each lane in which `a` is not below `b`.
#[inline]
pub(crate) const fn not_below<const HIGH: u64>(a: u64, b: u64) -> u64 {
    // All bits but the highest are subtracted, so that no lane borrows from the next.
    let low = (a | HIGH) - (b & !HIGH);
    (a & !b | !(a ^ b) & low) & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_octets_in_every_lane() {
        for a in 0..=u8::MAX {
            for b in 0..=u8::MAX {
                let expected = if a >= b { OCTETS } else { 0 };
                let [all, bound] = [a, b].map(|octet| spread::<OCTETS>(octet.into()));
                assert_eq!(not_below::<OCTETS>(all, bound), expected, "{a} {b}");
            }
        }
    }

    #[test]
    fn a_lane_does_not_touch_the_next() {
        let lanes = [0, 0xffff, 7, 0x8000].map(u16::to_le_bytes);
        let lanes = u64::from_le_bytes(lanes.concat().try_into().unwrap_or_default());
        for (bound, expected) in [
            (0, [1, 1, 1, 1]),
            (1, [0, 1, 1, 1]),
            (7, [0, 1, 1, 1]),
            (8, [0, 1, 0, 1]),
            (0x8000, [0, 1, 0, 1]),
            (0x8001, [0, 1, 0, 0]),
            (0xffff, [0, 1, 0, 0]),
        ] {
            let found = not_below::<CODES>(lanes, spread::<CODES>(bound));
            assert_eq!(
                [15, 31, 47, 63].map(|bit| found >> bit & 1),
                expected,
                "{bound}"
            );
        }
    }
}
