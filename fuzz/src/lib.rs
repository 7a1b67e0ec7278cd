//! The targets: octets in, a panic where a promise is broken. None of them does I/O or keeps
//! anything. See `rfc/sp-trie.md` and `rfc/sp-wire.md`.
#![forbid(unsafe_code)]

mod routes;
mod script;
mod trie;
mod wire;

pub use routes::routes;
pub use trie::trie;
pub use wire::wire;

/// A target.
pub type Target = fn(&[u8]);

/// All of them, by name.
pub const TARGETS: [(&str, Target); 3] = [("trie", trie), ("routes", routes), ("wire", wire)];
