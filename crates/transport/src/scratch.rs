//! The read buffer of a thread. It belongs to whoever reads, so that a pipe at rest owns none.
//! See `rfc/0001-contracts.md`.

use std::fmt;

/// Octets of a [`Scratch`].
pub const SCRATCH_OCTETS: usize = 64 * 1024;

/// A buffer of [`SCRATCH_OCTETS`] that one thread lends to each reading in turn.
pub struct Scratch {
    octets: Box<[u8]>,
    spare: Vec<u8>,
}

impl Scratch {
    /// Reserves the buffer.
    #[must_use]
    pub fn new() -> Self {
        Self {
            octets: vec![0; SCRATCH_OCTETS].into_boxed_slice(),
            spare: Vec::new(),
        }
    }

    /// The whole buffer, with whatever an earlier reading left in it.
    pub fn octets(&mut self) -> &mut [u8] {
        &mut self.octets
    }

    /// Memory for octets that were read and could not be decoded yet, empty. A receiving half whose
    /// leftover is used up leaves its memory here, and the next one that has some left takes it: a
    /// stream of readings allocates once, and a pipe at rest owns nothing. Whoever puts memory here
    /// puts at most [`SCRATCH_OCTETS`] of it.
    pub fn spare(&mut self) -> &mut Vec<u8> {
        &mut self.spare
    }

    /// The buffer and the spare memory, to be used together.
    pub fn parts(&mut self) -> (&mut [u8], &mut Vec<u8>) {
        (&mut self.octets, &mut self.spare)
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
