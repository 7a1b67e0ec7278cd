//! What a bounded queue answers when something was put into it. Never blocks, never refuses.
//! See `rfc/0001-contracts.md`.

/// Whether a queue takes one more message after the one just accepted.
///
/// The message that earned the answer is accepted in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The queue has room for at least one more message of any size.
    Open,
    /// The queue is at its limit: nothing more until it says that it is writable again.
    Full,
}

impl Flow {
    /// True when the queue takes another message.
    #[must_use]
    pub fn is_open(self) -> bool {
        self == Self::Open
    }
}
