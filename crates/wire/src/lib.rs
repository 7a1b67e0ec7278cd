//! The wire of the scalability protocols: `rfc/sp-wire.md`, as code that never does I/O.
//!
#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

pub mod frame;
pub mod greeting;
pub mod role;
pub mod words;

pub use frame::{FrameError, Framing, PrefixDecoder};
pub use greeting::{Greeting, GreetingDecoder, GreetingError};
pub use words::Backtrace;
