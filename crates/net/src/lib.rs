#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod acceptor;
mod address;
mod connector;
mod options;
mod socket;
mod stream;

pub use acceptor::TcpAcceptor;
pub use address::{Host, TcpAddress};
pub use connector::TcpConnector;
pub use options::TcpOptions;
pub use stream::TcpByteStream;
