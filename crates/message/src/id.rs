//! Identifiers of protocols, pipes and contexts. Plain values: they own nothing and prove nothing.
//! See `rfc/0001-contracts.md` and, for the numbers of protocols, `rfc/sp-wire.md`.

use core::fmt;
use core::num::NonZeroU32;

/// The number of an endpoint type, as it stands in the greeting of a connection.
///
/// The number is 16 times the protocol plus the role; `0x50` is PUSH, for example.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolId(pub u16);

impl ProtocolId {
    /// PAIR, version 0.
    pub const PAIR: Self = Self(0x10);
    /// PAIR, version 1.
    pub const PAIR1: Self = Self(0x11);
    /// PUB, the publisher.
    pub const PUB: Self = Self(0x20);
    /// SUB, the subscriber.
    pub const SUB: Self = Self(0x21);
    /// REQ, which asks.
    pub const REQ: Self = Self(0x30);
    /// REP, which answers.
    pub const REP: Self = Self(0x31);
    /// PUSH, the sending side of a pipeline.
    pub const PUSH: Self = Self(0x50);
    /// PULL, the receiving side of a pipeline.
    pub const PULL: Self = Self(0x51);
    /// SURVEYOR, which asks everybody.
    pub const SURVEYOR: Self = Self(0x62);
    /// RESPONDENT, which answers a survey.
    pub const RESPONDENT: Self = Self(0x63);
    /// BUS, everybody to everybody.
    pub const BUS: Self = Self(0x70);
}

impl fmt::Debug for ProtocolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProtocolId({:#06x})", self.0)
    }
}

impl fmt::Display for ProtocolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x}", self.0)
    }
}

/// The endpoint type of a socket, and the only type its peers may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtocolIds {
    /// The number that the socket announces.
    pub me: ProtocolId,
    /// The number that a peer must announce.
    pub peer: ProtocolId,
}

/// One connection to one peer, from the end of its handshake to its death.
///
/// The `slot` is where the driver keeps the pipe and is used again; the `word` is a 31-bit number
/// that stands for the pipe in message headers and is not used again soon. Two ids are equal only
/// when both agree, so an id kept beyond the death of its pipe never means another pipe.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PipeId {
    slot: u32,
    word: NonZeroU32,
}

impl PipeId {
    /// The largest word: the top bit belongs to request ids.
    pub const WORD_MAX: u32 = 0x7fff_ffff;

    /// Makes an id; `None` when `word` is 0 or above [`PipeId::WORD_MAX`].
    #[must_use]
    pub fn new(slot: u32, word: u32) -> Option<Self> {
        if word > Self::WORD_MAX {
            return None;
        }
        NonZeroU32::new(word).map(|word| Self { slot, word })
    }

    /// Where the driver keeps the pipe.
    #[must_use]
    pub fn slot(self) -> u32 {
        self.slot
    }

    /// The number that stands for the pipe in message headers: 1 to [`PipeId::WORD_MAX`].
    #[must_use]
    pub fn word(self) -> u32 {
        self.word.get()
    }
}

impl fmt::Debug for PipeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PipeId({}:{:08x})", self.slot, self.word)
    }
}

/// One of several independent exchanges on a socket. Every socket has [`CtxId::MAIN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CtxId(pub u32);

impl CtxId {
    /// The exchange that `send` and `recv` on the socket itself belong to.
    pub const MAIN: Self = Self(0);

    /// No exchange, but whichever of them asks first: what a machine wakes when something came
    /// that all its contexts share.
    pub const ANY: Self = Self(u32::MAX);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_word_is_never_zero_and_never_has_the_request_bit() {
        assert_eq!(PipeId::new(3, 0), None);
        assert_eq!(PipeId::new(3, 0x8000_0000), None);
        let pipe = PipeId::new(3, PipeId::WORD_MAX).unwrap();
        assert_eq!((pipe.slot(), pipe.word()), (3, 0x7fff_ffff));
    }

    #[test]
    fn a_later_pipe_in_the_same_slot_is_another_pipe() {
        assert_ne!(PipeId::new(3, 1), PipeId::new(3, 2));
    }

    #[test]
    fn no_pipe_costs_no_octet() {
        assert_eq!(size_of::<Option<PipeId>>(), size_of::<PipeId>());
    }
}
