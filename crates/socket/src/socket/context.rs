//! Contexts: several exchanges at a time on one socket, each in hands of its own. What an exchange
//! is about is the protocol's. See `rfc/sp-contexts.md`.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use speedwell_message::{CtxId, Message};
use speedwell_protocol::{CanReceive, CanSend, Cx, HasContexts, Protocol};

use super::patience::Wait;
use super::{AnySocket, Peer};
use crate::sync::Mutex;
use crate::{Error, SendError, Socket};

/// One of several exchanges on a socket: with REQ a request and its reply, with REP a request to be
/// answered, with SUB subscriptions and what matches them.
///
/// [`Socket::context`] opens one. It has the peers, endpoints and options of its socket, and a
/// state of its own: what happens in one context changes nothing in another, nor in the `send` and
/// `recv` of the socket itself. All methods take `&self` and may be called from any thread; each
/// thread of a server having a context of its own is what they are for.
///
/// Dropping a context closes it, and so cancels what it was about. The socket stays open as long as
/// there is a handle of it, the [`Socket`] itself or one of its contexts; [`Socket::close`] closes
/// it at once, and its contexts with it. Follows `rfc/sp-contexts.md`.
pub struct Context<P: Protocol> {
    any: AnySocket,
    ctx: CtxId,
    timeouts: Mutex<Timeouts>,
    protocol: PhantomData<fn() -> P>,
}

/// How long the calls of a context wait; `None` is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// That of `send`.
    pub send: Option<Duration>,
    /// That of `recv`.
    pub recv: Option<Duration>,
}

impl<P: HasContexts> Socket<P> {
    /// Opens a context. Its time-outs, and the options that the protocol has for contexts, are
    /// those that the socket has now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed);
    /// [`ErrorKind::Exhausted`](crate::ErrorKind::Exhausted) when 65,536 are open.
    pub fn context(&self) -> Result<Context<P>, Error> {
        let (ctx, timeouts) = self.any.open_context()?;
        Ok(Context {
            any: self.any.share(),
            ctx,
            timeouts: Mutex::new(timeouts),
            protocol: PhantomData,
        })
    }
}

impl<P: Protocol> Context<P> {
    /// Runs something on the protocol machine, with its effects; it is told which context this is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed).
    // rfc: sp-contexts C-04
    pub fn with<R>(&self, run: impl FnOnce(&mut P, CtxId, &mut Cx<'_>) -> R) -> Result<R, Error> {
        self.any
            .with_machine_of(self.ctx, |machine: &mut P, cx| run(machine, self.ctx, cx))
    }

    pub(super) fn parts(&self) -> (&AnySocket, CtxId) {
        (&self.any, self.ctx)
    }

    /// The peer that a message came from, which this context has received; `None` when it is gone
    /// since.
    // rfc: sp-endpoint E-73
    #[must_use]
    pub fn peer(&self, message: &Message) -> Option<Peer> {
        self.any.peer(message)
    }

    /// Closes this context, from any thread, and cancels what it was about. Calls that wait in it
    /// in other threads, and all later ones, end with
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed). Other contexts notice nothing.
    // rfc: sp-contexts C-04
    pub fn close(&self) {
        self.any.close_context(self.ctx);
    }

    /// How long `send` waits in this context; `None` is for ever. First as the socket has it.
    pub fn set_send_timeout(&self, timeout: Option<Duration>) {
        self.timeouts.lock().send = timeout;
    }

    /// How long `recv` waits in this context; `None` is for ever. First as the socket has it.
    pub fn set_recv_timeout(&self, timeout: Option<Duration>) {
        self.timeouts.lock().recv = timeout;
    }

    /// How long `send` and `recv` wait in this context.
    #[must_use]
    pub fn timeouts(&self) -> Timeouts {
        *self.timeouts.lock()
    }
}

impl<P: CanSend> Context<P> {
    /// Sends a message as [`Socket::send`] does, in this context.
    ///
    /// # Errors
    ///
    /// As [`Socket::send`]; [`ErrorKind::Closed`](crate::ErrorKind::Closed) also when this context
    /// is closed.
    pub fn send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let wait = Wait::within(self.timeouts.lock().send);
        self.any.send_in(self.ctx, &mut Some(message.into()), wait)
    }

    /// Sends a message if that needs no waiting.
    ///
    /// # Errors
    ///
    /// As [`Context::send`]; [`ErrorKind::WouldBlock`](crate::ErrorKind::WouldBlock) in place of
    /// the time-out.
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.any
            .send_in(self.ctx, &mut Some(message.into()), Wait::Never)
    }

    /// Sends a message within `timeout`.
    ///
    /// # Errors
    ///
    /// As [`Context::send`].
    pub fn send_timeout(
        &self,
        message: impl Into<Message>,
        timeout: Duration,
    ) -> Result<(), SendError> {
        self.any
            .send_in(self.ctx, &mut Some(message.into()), Wait::AtMost(timeout))
    }
}

impl<P: CanReceive> Context<P> {
    /// Receives a message as [`Socket::recv`] does, in this context.
    ///
    /// # Errors
    ///
    /// As [`Socket::recv`]; [`ErrorKind::Closed`](crate::ErrorKind::Closed) also when this context
    /// is closed.
    pub fn recv(&self) -> Result<Message, Error> {
        let wait = Wait::within(self.timeouts.lock().recv);
        self.any.recv_in(self.ctx, wait)
    }

    /// Receives a message if one is there.
    ///
    /// # Errors
    ///
    /// As [`Context::recv`]; [`ErrorKind::WouldBlock`](crate::ErrorKind::WouldBlock) in place of
    /// the time-out.
    pub fn try_recv(&self) -> Result<Message, Error> {
        self.any.recv_in(self.ctx, Wait::Never)
    }

    /// Receives a message within `timeout`.
    ///
    /// # Errors
    ///
    /// As [`Context::recv`].
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Message, Error> {
        self.any.recv_in(self.ctx, Wait::AtMost(timeout))
    }
}

impl<P: Protocol> Drop for Context<P> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<P: Protocol> fmt::Debug for Context<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("ctx", &self.ctx)
            .finish_non_exhaustive()
    }
}
