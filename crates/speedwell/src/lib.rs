#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod sockets;
mod transports;

pub use bytes::Bytes;
pub use sockets::{
    Bus, Pair, Pub, Pull, Push, RawBus, RawPair, RawPub, RawPull, RawPush, RawRep, RawReq,
    RawRespondent, RawSub, RawSurveyor, Rep, Req, Respondent, Sub, Surveyor,
};
#[cfg(unix)]
pub use speedwell_ipc::IpcOptions;
pub use speedwell_message::{Message, PipeId};
pub use speedwell_protocol::{DropCause, Priority, Protocol};
pub use speedwell_pubsub::Overflow;
pub use speedwell_socket::{
    AnySocket, BlockingResolver, Buffers, Builder, CloseReport, EVENTS_MAX, EndReason, Endpoint,
    EndpointChange, EndpointEvent, EndpointId, EndpointKind, EndpointStats, EndpointStatus, Error,
    ErrorKind, Event, Events, PipeChange, PipeEvent, PipeRequest, PipeStats, Reactor, Refusal,
    SendError, Snapshot, Socket, Stats, Traffic, Transports,
};
pub use speedwell_tcp::TcpOptions;
pub use speedwell_transport::{
    Addr, Blame, Credentials, Error as TransportError, ErrorKind as TransportErrorKind, PeerInfo,
};
pub use transports::default_transports;
