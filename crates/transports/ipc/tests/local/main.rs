//! Pipes over real Unix sockets of this host.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    reason = "tests"
)]

mod driver;
mod files;
#[cfg(target_os = "linux")]
mod forbidden;
mod names;
mod options;
mod pipes;
mod races;
