#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod backoff;
mod batch;
mod command;
mod effects;
mod endpoint;
mod engine;
mod events;
mod intake;
mod options;
mod outbox;
mod pace;
mod pipe;
mod reasons;
mod snapshot;
mod stats;
mod timers;
mod words;

pub use backoff::Backoff;
pub use batch::{BATCH_SLICES_MAX, Batch, COPY_OCTETS_MAX};
pub use command::{Admission, CloseReport, Command, EndReason, World};
pub use endpoint::{EndpointId, EndpointStatus};
pub use engine::Engine;
pub use events::{
    EVENTS_MAX, EndpointChange, EndpointEvent, Event, PipeChange, PipeEvent, Refusal, Request,
};
pub use intake::{Intake, Reading};
pub use options::SocketOptions;
pub use outbox::Outbox;
pub use pace::Pace;
pub use snapshot::{Buffers, EndpointKind, EndpointStats, PipeStats, Snapshot};
pub use stats::{Stats, Traffic};
