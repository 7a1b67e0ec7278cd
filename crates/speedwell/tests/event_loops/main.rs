//! Sockets in the event loops of others, and many sockets in one wait: what `sp-waiting.md`
//! promises to them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

mod handles;
mod levels;
mod loops;
mod polling;
mod quiescent;
mod stage;
