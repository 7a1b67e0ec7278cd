//! What a protocol knows of a pipe: who the peer is, how it is ranked, how it ends. Never how its
//! octets travel. See `rfc/0001-contracts.md`.

use crate::ProtocolId;

/// A routing priority: 1 is served first, 16 last; 8 unless set otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

impl Priority {
    /// The number of levels.
    pub const LEVELS: usize = 16;
    /// Level 1, served before all others.
    pub const HIGHEST: Self = Self(1);
    /// Level 16.
    pub const LOWEST: Self = Self(16);

    /// Makes a priority.
    ///
    /// # Errors
    ///
    /// When `level` is not 1 to 16.
    pub const fn new(level: u8) -> Result<Self, PriorityOutOfRange> {
        if level >= 1 && level <= 16 {
            Ok(Self(level))
        } else {
            Err(PriorityOutOfRange(level))
        }
    }

    /// The level, 1 to 16.
    #[must_use]
    pub const fn level(self) -> u8 {
        self.0
    }

    /// The level as an index, 0 to 15.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0.saturating_sub(1))
    }
}

impl Default for Priority {
    fn default() -> Self {
        Self(8)
    }
}

/// The caller asked for a priority that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a priority is 1 to 16, not {0}")]
pub struct PriorityOutOfRange(pub u8);

/// What a protocol may know of a pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipeInfo {
    /// The endpoint type that the peer announced. It always fits; the engine has checked.
    pub peer: ProtocolId,
    /// The rank of this pipe when a message is to be sent to one of several.
    pub send_priority: Priority,
    /// The rank of this pipe when a message is to be received from one of several.
    pub recv_priority: Priority,
}

/// Why a protocol does not want a pipe. The pipe is closed and counted; nothing else changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reject {
    /// The socket has the one peer that its protocol allows.
    #[error("the socket already has its only peer")]
    Occupied,
}

/// Why a message was dropped. Every drop is counted under one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropCause {
    /// There was nobody to send it to.
    NoPeer,
    /// The queue towards a slow peer was full.
    Overflow,
    /// Its protocol header made no sense.
    Malformed,
    /// It had travelled through too many devices.
    TooManyHops,
    /// It answered a question that is not open (any more).
    Stale,
    /// The peer's role does not send messages, and it sent one.
    Unsolicited,
    /// The socket or its endpoint was closed before it was sent, or before the application took it.
    Closed,
    /// Its pipe ended before it was sent, and the protocol had no other use for it.
    PipeLost,
    /// It came behind a breach of the rules for which its pipe was ended.
    Violation,
    /// The application gave it up before it was sent or received, as by another request.
    Cancelled,
    /// It arrived, and nobody here had subscribed to it.
    Unsubscribed,
}

impl DropCause {
    /// All causes, in the order of their counters.
    pub const ALL: [Self; 11] = [
        Self::NoPeer,
        Self::Overflow,
        Self::Malformed,
        Self::TooManyHops,
        Self::Stale,
        Self::Unsolicited,
        Self::Closed,
        Self::PipeLost,
        Self::Violation,
        Self::Cancelled,
        Self::Unsubscribed,
    ];

    /// The position in [`DropCause::ALL`].
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

/// Why a protocol ends a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndCause {
    /// The peer did what its role forbids.
    #[error("the peer broke the rules of its protocol")]
    Violation,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_are_1_to_16() {
        assert_eq!(Priority::new(0), Err(PriorityOutOfRange(0)));
        assert_eq!(Priority::new(17), Err(PriorityOutOfRange(17)));
        assert_eq!(Priority::new(16), Ok(Priority::LOWEST));
        assert_eq!(
            (Priority::HIGHEST.index(), Priority::LOWEST.index()),
            (0, 15)
        );
        assert_eq!(Priority::default().level(), 8);
    }

    #[test]
    fn each_cause_stands_at_its_index() {
        for (at, cause) in DropCause::ALL.iter().enumerate() {
            assert_eq!(cause.index(), at);
        }
    }
}
