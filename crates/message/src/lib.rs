#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod flow;
mod id;
mod inbox;
mod message;
mod repr;

pub use bytes::Bytes;
pub use flow::Flow;
pub use id::{CtxId, PipeId, ProtocolId, ProtocolIds};
pub use inbox::{INBOX_MESSAGES_MAX, INBOX_OCTETS_MAX, Inbox};
pub use message::Message;
pub use repr::INLINE_OCTETS_MAX;
