//! Sockets: the driver's public face. A socket is usable from any thread. See
//! `rfc/0001-contracts.md`.

mod any;
mod approval;
mod calls;
mod closing;
mod context;
mod counts;
mod events;
mod futures;
mod handle;
mod in_line;
mod messages;
mod patience;
mod peers;
mod polling;
#[cfg(unix)]
mod readiness;
mod settings;
#[cfg(feature = "futures")]
mod streams;

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::time::Duration;

use speedwell_message::{CtxId, Message};
use speedwell_protocol::{CanReceive, CanSend, Cx, Protocol};

pub use any::{AnySocket, Builder};
pub use approval::PipeRequest;
pub use closing::CloseFuture;
pub use context::{Context, Timeouts};
pub use events::{Event, Events};
pub use futures::{EventFuture, RecvFuture, SendFuture};
pub(crate) use messages::AtClose;
pub use messages::{Messages, ReadyFuture};
pub use peers::{Peer, PeersFuture};
pub use polling::{PollItem, Select, poll};
#[cfg(unix)]
pub use readiness::ReadyFd;
pub use settings::Settings;
#[cfg(feature = "futures")]
pub use streams::{EventStream, Incoming, Outgoing};

use crate::{Error, SendError, Transports};
use patience::Wait;

/// A socket with a protocol `P`, whose marker traits decide what it can do.
///
/// All methods take `&self` and may be called from any thread. Dropping a socket closes it, for at
/// most its linger time; on the reactor's thread and while unwinding the rest is left to the
/// reactor. A socket with contexts is closed when the last of all these is dropped.
/// A task awaits [`Socket::close_async`] first, so that dropping holds nobody up.
pub struct Socket<P: Protocol> {
    any: AnySocket,
    protocol: PhantomData<fn() -> P>,
}

impl<P: Protocol> Socket<P> {
    /// A socket with the process's reactor.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exhausted`](crate::ErrorKind::Exhausted) when the reactor cannot start.
    pub fn new(protocol: P, transports: &Transports) -> Result<Self, Error> {
        Builder::new(transports.clone()).open(protocol)
    }

    pub(crate) fn from_any(any: AnySocket) -> Self {
        Self {
            any,
            protocol: PhantomData,
        }
    }

    /// Runs something on the protocol machine, with its effects.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed).
    pub fn with<R>(&self, run: impl FnOnce(&mut P, &mut Cx<'_>) -> R) -> Result<R, Error> {
        self.any.with_machine_of(CtxId::MAIN, run)
    }
}

impl<P: CanSend> Socket<P> {
    /// Sends a message, and waits while no peer takes it, at most for the send time-out.
    ///
    /// # Errors
    ///
    /// [`SendError`] has the message and the reason: the time-out, a closed socket, or what the
    /// protocol says.
    pub fn send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.any
            .send_in(CtxId::MAIN, &mut Some(message.into()), Wait::AsSet)
    }

    /// Sends a message if that needs no waiting.
    ///
    /// # Errors
    ///
    /// As [`Socket::send`]; [`ErrorKind::WouldBlock`](crate::ErrorKind::WouldBlock) in place of the
    /// time-out.
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.any
            .send_in(CtxId::MAIN, &mut Some(message.into()), Wait::Never)
    }

    /// Sends a message within `timeout`.
    ///
    /// # Errors
    ///
    /// As [`Socket::send`].
    pub fn send_timeout(
        &self,
        message: impl Into<Message>,
        timeout: Duration,
    ) -> Result<(), SendError> {
        self.any.send_in(
            CtxId::MAIN,
            &mut Some(message.into()),
            Wait::AtMost(timeout),
        )
    }
}

impl<P: CanReceive> Socket<P> {
    /// Receives a message, and waits for one, at most for the receive time-out.
    ///
    /// # Errors
    ///
    /// The time-out, a closed socket, or what the protocol says.
    pub fn recv(&self) -> Result<Message, Error> {
        self.any.recv_in(CtxId::MAIN, Wait::AsSet)
    }

    /// Receives a message if one is there.
    ///
    /// # Errors
    ///
    /// As [`Socket::recv`]; [`ErrorKind::WouldBlock`](crate::ErrorKind::WouldBlock) in place of the
    /// time-out.
    pub fn try_recv(&self) -> Result<Message, Error> {
        self.any.recv_in(CtxId::MAIN, Wait::Never)
    }

    /// Receives a message within `timeout`.
    ///
    /// # Errors
    ///
    /// As [`Socket::recv`].
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Message, Error> {
        self.any.recv_in(CtxId::MAIN, Wait::AtMost(timeout))
    }
}

impl<P: Protocol> Deref for Socket<P> {
    type Target = AnySocket;

    fn deref(&self) -> &AnySocket {
        &self.any
    }
}

impl<P: Protocol> fmt::Debug for Socket<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.any.fmt(f)
    }
}
