//! Sending, receiving and events as futures. They need no runtime, and no thread of ours but the
//! reactor. See `rfc/sp-waiting.md` section 5.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use speedwell_message::{CtxId, Message};
use speedwell_protocol::{CanReceive, CanSend, Protocol};

use super::Messages;
use super::calls::unsent;
use super::in_line::InLine;
use crate::hub::Hub;
use crate::line::Side;
use crate::trace::hop;
use crate::{Context, Error, ErrorKind, Event, SendError, Socket};

/// A message on its way into a socket; see [`Socket::send_async`].
///
/// It does nothing until it is polled. Dropped before it is ready, it has sent nothing; the message
/// goes with it, unless [`SendFuture::into_message`] takes it back.
#[must_use = "it sends nothing until it is polled"]
pub struct SendFuture<'a> {
    line: InLine<'a>,
    message: Option<Message>,
}

/// A message awaited from a socket; see [`Socket::recv_async`].
///
/// It does nothing until it is polled. Dropped before it is ready, it has taken nothing: the next
/// who receives gets the message.
#[must_use = "it receives nothing until it is polled"]
#[derive(Debug)]
pub struct RecvFuture<'a> {
    line: InLine<'a>,
}

/// An event awaited from a socket; see [`Events::next_async`](crate::Events::next_async). Dropped
/// before it is ready, it has taken none.
#[must_use = "it takes no event until it is polled"]
#[derive(Debug)]
pub struct EventFuture<'a> {
    line: InLine<'a>,
}

impl<'a> SendFuture<'a> {
    pub(super) fn new(hub: &'a Arc<Hub>, ctx: CtxId, message: Message) -> Self {
        Self {
            line: InLine::new(hub, Side::Send, ctx),
            message: Some(message),
        }
    }

    /// Gives up, and gives the message back; `None` when the future has been ready.
    #[must_use]
    pub fn into_message(mut self) -> Option<Message> {
        self.message.take()
    }
}

impl<'a> RecvFuture<'a> {
    pub(super) fn new(hub: &'a Arc<Hub>, ctx: CtxId) -> Self {
        Self {
            line: InLine::new(hub, Side::Recv, ctx),
        }
    }
}

impl<'a> EventFuture<'a> {
    pub(super) fn new(hub: &'a Arc<Hub>) -> Self {
        Self {
            line: InLine::new(hub, Side::Event, CtxId::MAIN),
        }
    }
}

impl Future for SendFuture<'_> {
    type Output = Result<(), SendError>;

    /// A future that was ready has nothing to send any more, and says so as
    /// [`ErrorKind::State`].
    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let Self { line, message } = &mut *self;
        if message.is_none() {
            let error = SendError::new(ErrorKind::State.into(), Message::new());
            return Poll::Ready(Err(error));
        }
        if let Err(kind) = line.hub().check() {
            return Poll::Ready(Err(unsent(kind.into(), message)));
        }
        hop!(
            "Socket::send",
            socket = line.hub().number,
            octets = message.as_ref().map_or(0, Message::octets)
        );
        let place = &mut *message;
        let sent = line.poll(cx, |hub, ctx, state| hub.send_once(ctx, place, state));
        sent.map(|sent| sent.map_err(|error| unsent(error, message)))
    }
}

impl Future for RecvFuture<'_> {
    type Output = Result<Message, Error>;

    /// A future that was ready receives another message.
    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        self.line.hub().check()?;
        hop!("Socket::recv", socket = self.line.hub().number);
        let mut message = Message::new();
        let place = &mut message;
        let received = self
            .line
            .poll(cx, |hub, ctx, state| hub.recv_once(ctx, place, state));
        received.map(|received| received.map(|()| message))
    }
}

impl Future for EventFuture<'_> {
    type Output = Result<Event, Error>;

    /// A future that was ready takes another event.
    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        self.line.hub().check()?;
        self.line.poll(cx, |hub, _, state| hub.event_once(state))
    }
}

impl<P: Protocol + CanSend> Socket<P> {
    /// Sends a message, without a thread that waits: the same as [`Socket::send`], but that no
    /// time-out bounds it. Dropping the future gives up, and then nothing was sent.
    ///
    /// ```
    /// # use speedwell_socket::{SendError, Socket};
    /// # use speedwell_protocol::{CanSend, Protocol};
    /// async fn greet<P: Protocol + CanSend>(socket: &Socket<P>) -> Result<(), SendError> {
    ///     socket.send_async("hello").await
    /// }
    /// ```
    // rfc: sp-waiting W-30 W-35
    pub fn send_async(&self, message: impl Into<Message>) -> SendFuture<'_> {
        SendFuture::new(&self.any.hub, CtxId::MAIN, message.into())
    }
}

impl<P: Protocol + CanReceive> Socket<P> {
    /// Receives a message, without a thread that waits: the same as [`Socket::recv`], but that no
    /// time-out bounds it. Dropping the future gives up, and no message is lost.
    ///
    /// ```
    /// # use speedwell_message::Message;
    /// # use speedwell_socket::{Error, Socket};
    /// # use speedwell_protocol::{CanReceive, Protocol};
    /// async fn two<P: Protocol + CanReceive>(socket: &Socket<P>) -> Result<[Message; 2], Error> {
    ///     Ok([socket.recv_async().await?, socket.recv_async().await?])
    /// }
    /// ```
    // rfc: sp-waiting W-30 W-35
    pub fn recv_async(&self) -> RecvFuture<'_> {
        RecvFuture::new(&self.any.hub, CtxId::MAIN)
    }
}

impl<P: Protocol + CanSend> Context<P> {
    /// As [`Socket::send_async`], in this context.
    pub fn send_async(&self, message: impl Into<Message>) -> SendFuture<'_> {
        let (any, ctx) = self.parts();
        SendFuture::new(&any.hub, ctx, message.into())
    }
}

impl<P: Protocol + CanReceive> Context<P> {
    /// As [`Socket::recv_async`], in this context.
    pub fn recv_async(&self) -> RecvFuture<'_> {
        let (any, ctx) = self.parts();
        RecvFuture::new(&any.hub, ctx)
    }
}

impl Messages {
    /// As [`Socket::send_async`], whatever the protocol.
    pub fn send_async(&self, message: Message) -> SendFuture<'_> {
        SendFuture::new(&self.hub, CtxId::MAIN, message)
    }

    /// As [`Socket::recv_async`], whatever the protocol.
    pub fn recv_async(&self) -> RecvFuture<'_> {
        RecvFuture::new(&self.hub, CtxId::MAIN)
    }
}

impl fmt::Debug for SendFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendFuture")
            .field("line", &self.line)
            .field("is_ready", &self.message.is_none())
            .finish()
    }
}
