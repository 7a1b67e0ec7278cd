//! Tools to test transports and protocols: virtual clock, byte streams that misbehave, accounting.
//! Touches no operating system. See `rfc/sp-simulation.md`.
#![forbid(unsafe_code)]

pub mod effects;

pub mod bytes;

pub mod accounting;
pub mod clock;
pub mod net;
pub mod random;
