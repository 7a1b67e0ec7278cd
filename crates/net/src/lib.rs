#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod acceptor;
mod address;
mod connector;
mod interface;
mod options;
mod socket;
mod target;

pub use acceptor::TcpAcceptor;
pub use address::{Host, TcpAddress, Zone};
pub use connector::TcpConnector;
pub use options::TcpOptions;
