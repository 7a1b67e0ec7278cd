//! What becomes of a message for everybody while somebody cannot take it. Only a choice, no
//! mechanism: that is [`Distribute`](crate::Distribute). See `rfc/sp-pubsub.md` section 3.

/// What a socket that sends to everybody does with a message while a peer is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// That peer does not get it, which is counted; the others do.
    // rfc: sp-pubsub B-07
    #[default]
    DropNewest,
    /// It is held for that peer, with at most [`HELD_MESSAGES_MAX`] others; the oldest of them are
    /// dropped, which is counted. The others get it at once.
    // rfc: sp-pubsub B-32
    DropOldest,
    /// `send` waits until no peer is full.
    // rfc: sp-pubsub B-08
    Block,
}

/// How many messages are held for one full pipe: as many as an inbox has.
pub const HELD_MESSAGES_MAX: usize = 64;

/// How many octets are held for one full pipe, headers and bodies: as many as an inbox has. One
/// message of any size always fits.
pub const HELD_OCTETS_MAX: u64 = 64 * 1024;
