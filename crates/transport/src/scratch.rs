//! The read buffer of a thread. It belongs to whoever reads, so that a pipe at rest owns none.
//! See `rfc/0001-contracts.md`.

use std::fmt;

/// Octets of a [`Scratch`].
pub const SCRATCH_OCTETS: usize = 64 * 1024;

/// A buffer of [`SCRATCH_OCTETS`] that one thread lends to each reading in turn.
pub struct Scratch {
    octets: Box<[u8]>,
}

impl Scratch {
    /// Reserves the buffer.
    #[must_use]
    pub fn new() -> Self {
        Self {
            octets: vec![0; SCRATCH_OCTETS].into_boxed_slice(),
        }
    }

    /// The whole buffer, with whatever an earlier reading left in it.
    pub fn octets(&mut self) -> &mut [u8] {
        &mut self.octets
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scratch")
    }
}
