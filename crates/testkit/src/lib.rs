//! Tools to test transports and protocols: virtual clock, byte streams that misbehave, accounting
