//! The public promise of the transport, through its contract alone and a driver of a few lines.
//! See `rfc/sp-inproc.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail by a panic"
)]

mod connecting;
mod driver;
mod exactness;
mod fault_92;
mod pipes;
mod threads;
