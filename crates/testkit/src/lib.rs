//! Tools to test transports and protocols: virtual clock, byte streams that misbehave, accounting.
//! Opens nothing of the operating system; what `loopback` drives may. See `rfc/sp-simulation.md`.
#![forbid(unsafe_code)]

pub mod accounting;
pub mod bench;
pub mod bytes;
pub mod clock;
pub mod effects;
pub mod effort;
pub mod loopback;
pub mod net;
pub mod random;
#[cfg(shuttle)]
pub mod schedules;
pub mod table;
