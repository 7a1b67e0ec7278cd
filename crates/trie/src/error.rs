//! What can go wrong: two limits, both the caller's affair. Nothing changes when they are met.

use core::fmt;

/// Why a key was not counted. The set is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InsertError {
    /// The key was inserted 2^64 − 1 times, and has not been removed since.
    CountOverflow,
    /// No more blocks can be numbered: there are some 4,000,000 pages of up to 8 KiB each.
    Full,
}

impl fmt::Display for InsertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CountOverflow => "the key is counted 2^64 - 1 times already",
            Self::Full => "the set has as many blocks as it can number",
        })
    }
}

impl core::error::Error for InsertError {}
