#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod addr;
mod byte_stream;
mod doorbell;
mod endpoint;
mod error;
mod halves;
mod options;
mod progress;
mod resolver;
mod scratch;
mod source;

pub use addr::Addr;
pub use byte_stream::{
    ByteHalves, ByteStream, StreamAcceptor, StreamConnector, StreamRx, StreamTx,
};
pub use doorbell::{Doorbell, PollCx, Ring};
pub use endpoint::{Conn, Credentials, Dialer, Env, Listener, PeerInfo, Transport};
pub use error::{Blame, Error, ErrorKind};
pub use halves::{Budget, DirectTx, End, Framing, Halves, RxHalf, RxState, Tx};
pub use options::EndpointOptions;
pub use progress::{Interest, Progress};
pub use resolver::{LookUp, Resolver};
pub use scratch::{SCRATCH_OCTETS, Scratch};
pub use source::{OsHandle, OsSource, Source};

pub use speedwell_message::{Flow, Inbox, Message, PipeId, ProtocolId, ProtocolIds};
