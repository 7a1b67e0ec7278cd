//! Octets that were read and not yet decoded, because the budget ended. A pipe at rest has none,
//! and owns no memory for them. See `rfc/0001-contracts.md`.

/// Read and not decoded, oldest first: at most what one reading brought.
#[derive(Default)]
pub(crate) struct Leftover {
    octets: Vec<u8>,
    start: usize,
}

impl Leftover {
    /// The octets.
    pub(crate) fn octets(&self) -> &[u8] {
        self.octets.get(self.start..).unwrap_or_default()
    }

    /// Forgets all but the last `rest` octets. Keeps the memory: a stream that goes on needs it
    /// again at once.
    pub(crate) fn shrink_to_last(&mut self, rest: usize) {
        self.start = self.octets.len().saturating_sub(rest);
    }

    /// Replaces the octets, in the memory that is there or in that of `spare`.
    pub(crate) fn set(&mut self, octets: &[u8], spare: &mut Vec<u8>) {
        if octets.is_empty() {
            return self.clear(spare);
        }
        if self.octets.capacity() < spare.capacity() {
            std::mem::swap(&mut self.octets, spare);
            spare.clear();
        }
        self.start = 0;
        self.octets.clear();
        self.octets.reserve_exact(octets.len());
        self.octets.extend_from_slice(octets);
    }

    /// Forgets the octets. The memory goes to `spare`, unless there is more of it already.
    pub(crate) fn clear(&mut self, spare: &mut Vec<u8>) {
        self.start = 0;
        let mut octets = std::mem::take(&mut self.octets);
        if octets.capacity() > spare.capacity() {
            octets.clear();
            *spare = octets;
        }
    }

    /// Octets of memory behind the value.
    #[cfg(test)]
    pub(crate) fn heap_octets(&self) -> usize {
        self.octets.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-endpoint E-23
    #[test]
    fn memory_passes_from_one_leftover_to_the_next() {
        let mut spare = Vec::new();
        let (mut one, mut other) = (Leftover::default(), Leftover::default());
        one.set(&[1; 5000], &mut spare);
        let memory = one.octets().as_ptr();
        one.set(&[], &mut spare);
        assert_eq!((one.heap_octets(), spare.len()), (0, 0));

        other.set(&[2; 3000], &mut spare);
        assert_eq!((other.octets().as_ptr(), spare.capacity()), (memory, 0));
        assert_eq!(other.octets(), [2; 3000]);
        other.shrink_to_last(10);
        one.set(&[3; 100], &mut spare);
        one.clear(&mut spare);
        other.clear(&mut spare);
        assert!(other.octets().is_empty() && spare.capacity() >= 5000);
    }
}
