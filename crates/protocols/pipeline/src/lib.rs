#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod pull;
mod push;

pub use pull::{Pull, PullMachine, RawPull};
pub use push::{Push, PushMachine, RawPush};
