#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod bus;

pub use bus::{Bus, BusMachine, Form, RawBus};
