#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod pair;

pub use pair::{Pair, PairMachine, RawPair};
