#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod device;
mod error;
mod fit;
mod mover;
mod report;

pub use device::Device;
pub use error::StartError;
pub use report::{End, Moved, Report, Side};
