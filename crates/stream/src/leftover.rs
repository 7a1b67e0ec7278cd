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

    /// Replaces the octets; with none, the memory is given back.
    pub(crate) fn set(&mut self, octets: &[u8]) {
        // Memory four times too large is not kept: a pipe may be paused with it for long.
        if self.octets.capacity() / 4 >= octets.len() {
            self.octets = Vec::new();
        }
        self.start = 0;
        self.octets.clear();
        self.octets.reserve_exact(octets.len());
        self.octets.extend_from_slice(octets);
    }

    /// Octets of memory behind the value.
    #[cfg(test)]
    pub(crate) fn heap_octets(&self) -> usize {
        self.octets.capacity()
    }
}
