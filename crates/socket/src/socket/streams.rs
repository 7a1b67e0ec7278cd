//! Sockets as `futures_core::Stream` and `futures_sink::Sink`. Adds no way to lose a message.
//! See `rfc/sp-waiting.md` section 5.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};

use futures_core::Stream;
use futures_sink::Sink;
use speedwell_message::{CtxId, Message};
use speedwell_protocol::{CanReceive, CanSend, Protocol};

use super::futures::{EventFuture, RecvFuture, SendFuture};
use crate::hub::Hub;
use crate::{Context, Error, ErrorKind, Event, Events, SendError, Socket};

/// What a socket or a context receives; see [`Socket::incoming`]. It ends when that is closed; any
/// other failure is an item, and the next may be a message.
#[derive(Debug)]
#[must_use = "it receives nothing until it is polled"]
pub struct Incoming<'a>(RecvFuture<'a>);

/// What happens on a socket; see [`Events::stream`]. It ends when the socket is closed and every
/// event was taken.
#[derive(Debug)]
#[must_use = "it takes no event until it is polled"]
pub struct EventStream<'a>(EventFuture<'a>);

/// What a socket or a context sends; see [`Socket::outgoing`].
///
/// It has room for one message beyond those that the socket takes, and is flushed when that is
/// taken too. What becomes of messages then is the socket's, as for [`Socket::send`]. A message
/// that fails comes back in the error. Closing this closes no socket.
#[derive(Debug)]
pub struct Outgoing<'a> {
    hub: &'a Arc<Hub>,
    ctx: CtxId,
    waiting: Option<SendFuture<'a>>,
}

impl Stream for Incoming<'_> {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll(cx).map(until_closed)
    }
}

impl Stream for EventStream<'_> {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll(cx).map(until_closed)
    }
}

fn until_closed<T>(item: Result<T, Error>) -> Option<Result<T, Error>> {
    match item {
        Err(error) if error.kind() == ErrorKind::Closed => None,
        item => Some(item),
    }
}

impl<M: Into<Message>> Sink<M> for Outgoing<'_> {
    type Error = SendError;

    fn poll_ready(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Result<(), SendError>> {
        self.poll_sent(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: M) -> Result<(), SendError> {
        let message = message.into();
        if self.waiting.is_some() {
            // It was not asked whether there is room.
            return Err(SendError::new(ErrorKind::State.into(), message));
        }
        self.waiting = Some(SendFuture::new(self.hub, self.ctx, message));
        Ok(())
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Result<(), SendError>> {
        self.poll_sent(cx)
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Result<(), SendError>> {
        self.poll_sent(cx)
    }
}

impl<'a> Outgoing<'a> {
    fn new(hub: &'a Arc<Hub>, ctx: CtxId) -> Self {
        Self {
            hub,
            ctx,
            waiting: None,
        }
    }

    /// Gives the message back that was started and not taken, if there is one.
    #[must_use]
    pub fn take_waiting(&mut self) -> Option<Message> {
        self.waiting.take().and_then(SendFuture::into_message)
    }

    /// Until the message that waits is sent, or has failed.
    fn poll_sent(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), SendError>> {
        let Some(waiting) = &mut self.waiting else {
            return Poll::Ready(Ok(()));
        };
        let sent = ready!(Pin::new(waiting).poll(cx));
        self.waiting = None;
        Poll::Ready(sent)
    }
}

impl<P: Protocol + CanReceive> Socket<P> {
    /// The messages that the socket receives, as a stream.
    // rfc: sp-waiting W-36
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming(self.recv_async())
    }
}

impl<P: Protocol + CanSend> Socket<P> {
    /// A sink for messages that the socket sends.
    // rfc: sp-waiting W-36
    pub fn outgoing(&self) -> Outgoing<'_> {
        Outgoing::new(&self.any.hub, CtxId::MAIN)
    }
}

impl<P: Protocol + CanReceive> Context<P> {
    /// As [`Socket::incoming`], in this context.
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming(self.recv_async())
    }
}

impl<P: Protocol + CanSend> Context<P> {
    /// As [`Socket::outgoing`], in this context.
    pub fn outgoing(&self) -> Outgoing<'_> {
        let (any, ctx) = self.parts();
        Outgoing::new(&any.hub, ctx)
    }
}

impl Events {
    /// The events, as a stream.
    // rfc: sp-waiting W-36
    pub fn stream(&self) -> EventStream<'_> {
        EventStream(self.next_async())
    }
}
