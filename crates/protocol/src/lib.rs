#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cx;
mod passage;
mod pipe;
mod protocol;
mod unsent;
mod verdict;

pub use cx::{Cx, Effects, TimerKey};
pub use passage::{Passage, RawHeader};
pub use pipe::{DropCause, EndCause, PipeInfo, Priority, PriorityOutOfRange, Reject};
pub use protocol::{CanReceive, CanSend, Engagement, HasContexts, Held, Protocol, Readiness};
pub use speedwell_message::{CtxId, Flow, Inbox, Message, PipeId, ProtocolId, ProtocolIds};
pub use unsent::Unsent;
pub use verdict::Verdict;
