//! A hash table by pipe. Never random: the same calls give the same table, so that a simulation
//! replays. See `rfc/0001-contracts.md`.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use speedwell_protocol::PipeId;

/// Values by pipe.
pub(crate) type PipeMap<T> = HashMap<PipeId, T, BuildHasherDefault<PipeHasher>>;

/// Odd, and without a pattern in its bits: 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes the two numbers of a pipe. The driver chooses both, so no peer can make them collide.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PipeHasher(u64);

impl Hasher for PipeHasher {
    fn write(&mut self, octets: &[u8]) {
        for &octet in octets {
            self.write_u32(u32::from(octet));
        }
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(number)).wrapping_mul(SPREAD);
    }

    /// The table looks at both ends of a hash; a product is best mixed in its upper half.
    #[inline]
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::BuildHasher;

    use speedwell_testkit::effects::pipe;

    use super::*;

    #[test]
    fn neighbouring_pipes_spread_over_both_ends_of_the_hash() {
        let build = BuildHasherDefault::<PipeHasher>::default();
        let hashes: Vec<u64> = (0..4096).map(|n| build.hash_one(pipe(n))).collect();
        let low: HashSet<u64> = hashes.iter().map(|hash| hash & 0xfff).collect();
        let high: HashSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        assert!(low.len() > 2048, "{} of 4096 buckets used", low.len());
        assert_eq!(high.len(), 128);
    }
}
