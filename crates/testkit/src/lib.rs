//! Tools to test transports and protocols: virtual clock, byte streams that misbehave, accounting

pub mod effects;

pub mod bytes;

pub mod accounting;
pub mod clock;
pub mod net;
pub mod random;
