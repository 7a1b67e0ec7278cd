//! Brokerless messaging by pattern: the scalability protocols in pure Rust
