#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod bell;
mod default_reactor;
mod endpoint;
mod error;
mod few;
mod hub;
mod io;
mod line;
mod look;
mod options;
mod pipe;
mod random;
mod reactor;
mod resolver;
mod rung;
mod signals;
mod socket;
mod sync;
#[cfg(test)]
mod testing;
mod threads;
mod trace;
mod transports;
mod turn;
mod waker_cell;

pub use endpoint::Endpoint;
pub use error::{Error, ErrorKind, SendError};
pub use reactor::Reactor;
pub use resolver::BlockingResolver;
#[cfg(unix)]
pub use signals::Level;
#[cfg(unix)]
pub use socket::ReadyFd;
pub use socket::{
    AnySocket, Builder, CloseFuture, Context, Event, EventFuture, Events, Messages, Peer,
    PeersFuture, PipeRequest, PollItem, ReadyFuture, RecvFuture, Select, SendFuture, Settings,
    Socket, Timeouts, poll,
};
#[cfg(feature = "futures")]
pub use socket::{EventStream, Incoming, Outgoing};
pub use speedwell_engine::{
    Buffers, CloseReport, EVENTS_MAX, EndReason, EndpointChange, EndpointEvent, EndpointId,
    EndpointKind, EndpointStats, EndpointStatus, PipeChange, PipeEvent, PipeStats, Refusal,
    Snapshot, SocketOptions, Stats, Traffic,
};
pub use transports::Transports;
