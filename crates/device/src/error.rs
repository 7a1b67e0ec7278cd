//! Why a device does not start. The sockets are as they were. See `rfc/sp-device.md` section 2.

use std::io;

use speedwell_protocol::ProtocolIds;

use crate::Side;

/// Two sockets that are not joined, or one that is not bent back to itself, and why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A socket is for applications, and keeps to itself what a device has to pass on.
    #[error("the {0} socket is not raw")]
    Cooked(Side),
    /// The sockets speak different protocols.
    #[error("the sockets speak different protocols: {} and {}", .front.me, .back.me)]
    Protocols {
        /// The types of the front and of its peers.
        front: ProtocolIds,
        /// Those of the back.
        back: ProtocolIds,
    },
    /// The sockets have the same role: both ask, say, and nobody would answer.
    #[error("the sockets have the same role, {}, where one has to be {}", .0.me, .0.peer)]
    Roles(ProtocolIds),
    /// Both sockets only send, or both only receive.
    #[error("the directions of the sockets do not match: no message could pass")]
    Directions,
    /// The one socket would have to be its own peer, and its protocol has two roles.
    #[error("a socket of type {} has peers of type {}, and cannot be both", .0.me, .0.peer)]
    OneSocket(ProtocolIds),
    /// Both sides are the same socket; [`Device::reflect`](crate::Device::reflect) is for that.
    #[error("the two sockets are one")]
    SameSocket,
    /// A socket is closed.
    #[error("the {0} socket is closed")]
    Closed(Side),
    /// The system has no thread to spare.
    #[error("cannot start a thread")]
    Threads(#[source] io::Error),
}
