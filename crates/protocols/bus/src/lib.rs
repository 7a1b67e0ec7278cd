#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod bus;

pub use bus::{Bus, RawBus, RawTalk, Talk};
pub use speedwell_pipeset::Overflow;
