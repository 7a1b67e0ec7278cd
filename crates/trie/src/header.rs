//! The first eight octets of every block. Knows no more of a block than that.
//!
//! ```text
//! 0    4     5       6      8
//! ├────┼─────┼───────┼──────┤
//! │ up │flags│ count │ used │    up: the parent node    used: octets, 0 in a page of its own
//! └────┴─────┴───────┴──────┘
//! ```

use crate::arena::Ref;

/// Octets in a header.
pub(crate) const LEN: usize = 8;

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Keys, sorted, each without what it shares with the one before.
    Bucket,
    /// Keys that differ in their last octet only.
    Bitmap,
    /// A prefix, and children by ranges of the octet behind it.
    Node,
}

const KIND: u8 = 0b11;
/// The prefix of the block is itself a key.
pub(crate) const TERM: u8 = 1 << 2;
/// Node: keys end inside the prefix, too.
pub(crate) const SPINE: u8 = 1 << 3;
/// Bucket: some tail has its length written out.
pub(crate) const LONG: u8 = 1 << 3;
/// Bucket: some entry has its shared length written out.
pub(crate) const DEEP: u8 = 1 << 4;
const WIDTH_SHIFT: u32 = 5;

/// Octets of a count, by the code in the flags.
const WIDTHS: [usize; 5] = [0, 1, 2, 4, 8];

#[inline]
pub(crate) fn up(block: &[u8]) -> Ref {
    Ref::from_le_bytes([block[0], block[1], block[2], block[3]])
}

pub(crate) fn set_up(block: &mut [u8], up: Ref) {
    block[..4].copy_from_slice(&up.to_le_bytes());
}

#[inline]
pub(crate) fn kind(block: &[u8]) -> Kind {
    match block[4] & KIND {
        0 => Kind::Bucket,
        1 => Kind::Bitmap,
        _ => Kind::Node,
    }
}

#[inline]
pub(crate) fn is_node(block: &[u8]) -> bool {
    kind(block) == Kind::Node
}

#[inline]
pub(crate) fn has(block: &[u8], flag: u8) -> bool {
    block[4] & flag != 0
}

pub(crate) fn set(block: &mut [u8], flag: u8) {
    block[4] |= flag;
}

/// Octets of each count in the block; 0 when every count is one.
#[inline]
pub(crate) fn width(block: &[u8]) -> usize {
    WIDTHS[usize::from(block[4] >> WIDTH_SHIFT)]
}

pub(crate) fn set_width(block: &mut [u8], width: usize) {
    let code = WIDTHS.iter().position(|&w| w == width).unwrap_or(0) as u8;
    block[4] = block[4] & ((1 << WIDTH_SHIFT) - 1) | code << WIDTH_SHIFT;
}

/// Entries of a bucket; one less than the children of a node; of no meaning in a bitmap.
#[inline]
pub(crate) fn count(block: &[u8]) -> usize {
    usize::from(block[5])
}

pub(crate) fn set_count(block: &mut [u8], count: usize) {
    block[5] = count as u8;
}

#[inline]
pub(crate) fn used(block: &[u8]) -> usize {
    usize::from(u16::from_le_bytes([block[6], block[7]]))
}

pub(crate) fn set_used(block: &mut [u8], used: usize) {
    block[6..8].copy_from_slice(&(used as u16).to_le_bytes());
}

/// A header with nothing but parent and kind.
pub(crate) fn new(up: Ref, kind: Kind) -> [u8; LEN] {
    let mut octets = [0; LEN];
    set_up(&mut octets, up);
    octets[4] = kind as u8;
    octets
}
