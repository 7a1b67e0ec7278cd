#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod sockets;
mod transports;

pub use bytes::Bytes;
pub use sockets::{
    Bus, Pair, Pair1, Pub, Pull, Push, RawBus, RawPair, RawPair1, RawPub, RawPull, RawPush, RawRep,
    RawReq, RawRespondent, RawSub, RawSurveyor, Rep, Req, Respondent, Sub, Surveyor,
};
pub use speedwell_device::{self as device, Device};
#[cfg(unix)]
pub use speedwell_ipc::IpcOptions;
pub use speedwell_message::Message;
pub use speedwell_protocol::{DropCause, Priority, Protocol};
pub use speedwell_pubsub::Overflow;
pub use speedwell_socket::{
    AnySocket, BlockingResolver, Builder, CloseReport, Endpoint, EndpointStatus, Error, ErrorKind,
    Messages, Reactor, SendError, Socket, Stats, Transports,
};
pub use speedwell_tcp::TcpOptions;
pub use speedwell_transport::{Blame, Error as TransportError, ErrorKind as TransportErrorKind};
pub use transports::default_transports;
