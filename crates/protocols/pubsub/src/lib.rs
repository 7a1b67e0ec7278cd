#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod publisher;
mod subscriber;
mod topics;

pub use publisher::{Pub, PubMachine, RawPub};
pub use speedwell_pipeset::Overflow;
pub use subscriber::{CONTEXT_MESSAGES_MAX, CONTEXT_OCTETS_MAX, RawSub, Sub, SubMachine};
pub use topics::{TOPIC_LEN_MAX, TopicError, Topics};
