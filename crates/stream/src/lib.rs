#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
#![cfg_attr(
    test,
    allow(clippy::indexing_slicing, reason = "a test may fail by a panic")
)]

mod body;
mod conn;
mod decoder;
mod dialer;
mod greeting;
mod leftover;
mod listener;
mod nothing;
mod receiver;

pub use conn::StreamConn;
pub use dialer::StreamDialer;
pub use listener::StreamListener;
pub use receiver::StreamRxHalf;

pub use speedwell_wire::Framing;
