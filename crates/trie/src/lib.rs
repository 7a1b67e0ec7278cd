#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![allow(
    clippy::indexing_slicing,
    reason = "an index comes from a block this crate wrote; `assert_valid` is what makes it true"
)]
#![allow(
    clippy::cast_possible_truncation,
    reason = "lengths and references are bounded by the limits of a page, a block and an octet"
)]

extern crate alloc;

mod arena;
mod bitmap;
mod bucket;
mod check;
mod error;
mod first_octets;
mod group;
mod header;
mod id_set;
mod id_sets;
mod insert;
mod keys;
mod lanes;
mod lookup;
mod memory;
mod node;
mod octets;
mod prefixes;
mod remove;
mod route;
#[cfg(feature = "serde")]
mod serialized;
mod split;
mod store;
mod trie;
#[cfg(test)]
mod work;

pub use error::InsertError;
pub use id_set::IdSet;
pub use keys::Keys;
pub use memory::Memory;
pub use prefixes::Prefixes;
pub use remove::Removal;
pub use route::RouteTrie;
pub use trie::SubscriptionTrie;
