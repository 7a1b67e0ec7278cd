//! What can go wrong: three limits, all the caller's affair. Nothing changes when they are met.

use core::fmt;

/// Why a key or an id was not taken. The set is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InsertError {
    /// The key was inserted 2^64 − 1 times, and has not been removed since.
    CountOverflow,
    /// No more blocks can be numbered: there are some 4,000,000 pages of up to 8 KiB each.
    Full,
    /// The id is greater than [`RouteTrie::ID_MAX`](crate::RouteTrie::ID_MAX).
    IdTooGreat,
}

impl fmt::Display for InsertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CountOverflow => "the key is counted 2^64 - 1 times already",
            Self::Full => "the set has as many blocks as it can number",
            Self::IdTooGreat => "the id is greater than 16777215",
        })
    }
}

impl core::error::Error for InsertError {}
