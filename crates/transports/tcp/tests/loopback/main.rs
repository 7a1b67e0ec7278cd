//! Pipes over real sockets of this host.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    reason = "tests"
)]

mod addresses;
mod driver;
mod options;
mod pipes;
mod strangers;
