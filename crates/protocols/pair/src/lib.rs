#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod form;
mod pair;

pub use form::{Form, Hops, Plain};
pub use pair::{Pair, Pair1, PairMachine, RawPair, RawPair1};
pub use speedwell_pipeset::TTL_DEFAULT;
