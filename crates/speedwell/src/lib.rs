#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod sockets;
mod transports;

pub use bytes::Bytes;
pub use sockets::{
    Bus, Pair, Pair1, Pub, Pull, Push, RawBus, RawPair, RawPair1, RawPub, RawPull, RawPush, RawRep,
    RawReq, RawRespondent, RawSub, RawSurveyor, Rep, RepContext, Req, ReqContext, Respondent,
    RespondentContext, Sub, SubContext, Surveyor, SurveyorContext,
};
pub use speedwell_device::{self as device, Device};
#[cfg(unix)]
pub use speedwell_ipc::IpcOptions;
pub use speedwell_message::{Message, PipeId};
pub use speedwell_protocol::{DropCause, Priority, Protocol};
pub use speedwell_pubsub::Overflow;
pub use speedwell_socket::{
    AnySocket, BlockingResolver, Buffers, Builder, CloseFuture, CloseReport, Context, EVENTS_MAX,
    EndReason, Endpoint, EndpointChange, EndpointEvent, EndpointId, EndpointKind, EndpointStats,
    EndpointStatus, Error, ErrorKind, Event, EventFuture, Events, Messages, Peer, PeersFuture,
    PipeChange, PipeEvent, PipeRequest, PipeStats, PollItem, Reactor, ReadyFuture, RecvFuture,
    Refusal, Select, SendError, SendFuture, Settings, Snapshot, Socket, Stats, Timeouts, Traffic,
    Transports, poll,
};
#[cfg(feature = "futures")]
pub use speedwell_socket::{EventStream, Incoming, Outgoing};
#[cfg(unix)]
pub use speedwell_socket::{Level, ReadyFd};
pub use speedwell_tcp::TcpOptions;
pub use speedwell_transport::{
    Addr, Blame, Credentials, Error as TransportError, ErrorKind as TransportErrorKind, PeerInfo,
};
pub use transports::default_transports;
