//! Sockets: the driver's public face. A socket is usable from any thread. See
//! `rfc/0001-contracts.md`.

mod any;
mod approval;
mod calls;
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

use speedwell_engine::CloseReport;
use speedwell_message::{CtxId, Message};
use speedwell_protocol::{CanReceive, CanSend, Cx, Protocol};

pub use any::{AnySocket, Builder};
pub use approval::PipeRequest;
pub use context::{Context, Timeouts};
pub use events::{Event, Events};
pub use futures::{EventFuture, RecvFuture, SendFuture};
pub(crate) use messages::AtClose;
pub use messages::Messages;
pub use peers::Peer;
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

    /// Closes the socket, from any thread: sends what was accepted, for at most the linger time,
    /// and says what was left. Calls that wait in other threads, and all later ones, end with
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed); a second close waits for the first and
    /// gives the same report. Follows `rfc/sp-endpoint.md` section 9.
    // rfc: sp-endpoint E-60
    pub fn close(&self) -> CloseReport {
        self.any.close_now()
    }
}

impl<P: Protocol> Socket<P> {
    /// Closes the socket when everything has come to its end, from any thread, within `time`; for a
    /// restart that loses nothing. Peers are told to send no more, and new ones are not let in.
    ///
    /// What was sent arrives first: this returns when each peer has taken everything and ended its
    /// side. What comes until then can be received: other threads go on receiving, and have
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) when there is nothing left. Who owes an
    /// answer may still send it, but hears no new question; who asked still hears the answer. All
    /// other calls end with [`ErrorKind::Closed`](crate::ErrorKind::Closed).
    ///
    /// When `time` is over, the rest is given up, and the report says what it was.
    /// Follows `rfc/sp-endpoint.md` section 13.
    // rfc: sp-endpoint E-90
    pub fn drain(&self, time: Duration) -> CloseReport {
        self.any.drain_now(time)
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
