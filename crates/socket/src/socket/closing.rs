//! Closing and draining a socket, and the wait for their end: in a thread, or as a future. What is
//! sent meanwhile the engine decides. See `rfc/sp-endpoint.md` sections 9 and 13.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use speedwell_engine::CloseReport;
use speedwell_message::CtxId;
use speedwell_protocol::Protocol;

use super::AnySocket;
use super::calls::Attempt;
use super::in_line::InLine;
use crate::Socket;
use crate::hub::{Hub, State};
use crate::line::{Side, wait};
use crate::sync::MutexGuard;
use crate::turn::Work;

/// How a socket is brought to its end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// Within its linger time.
    Close,
    /// When everything has come to its end, within a time of its own.
    Drain(Duration),
}

/// The end of a socket, awaited; see [`Socket::close_async`] and [`Socket::drain_async`].
///
/// It does nothing until it is polled. From the first poll on the socket closes or drains, whether
/// this is polled again or dropped: what was begun is not taken back.
#[must_use = "it closes nothing until it is polled"]
#[derive(Debug)]
pub struct CloseFuture<'a> {
    line: InLine<'a>,
    /// Until it has begun.
    way: Option<Way>,
}

impl Hub {
    /// Begins to bring the socket to its end, unless that has begun already.
    pub(super) fn begin(self: &Arc<Self>, way: Way) {
        let mut work = Work::default();
        match way {
            Way::Close => {
                let linger = self.state.lock().engine.options().linger;
                self.begin_close(linger, &mut work);
            }
            Way::Drain(time) => self.begin_drain(time, &mut work),
        }
        self.settle(&mut work);
    }
}

/// The report, if the socket has come to its end.
fn end_once(state: MutexGuard<'_, State>) -> Attempt<'_, CloseReport> {
    if state.engine.is_closed() {
        Attempt::Done(state.engine.close_report())
    } else {
        Attempt::Waits(state)
    }
}

impl AnySocket {
    /// Brings the socket to its end, and waits for that.
    pub(super) fn end(&self, way: Way) -> CloseReport {
        if !self.hub.is_ours() {
            return CloseReport::default();
        }
        self.hub.begin(way);
        let mut state = self.hub.state.lock();
        loop {
            match end_once(state) {
                Attempt::Done(report) => return report,
                Attempt::Waits(waiting) => state = waiting,
            }
            wait(&mut state, Side::End, CtxId::MAIN, None);
        }
    }

    fn end_async(&self, way: Way) -> CloseFuture<'_> {
        CloseFuture {
            line: InLine::new(&self.hub, Side::End, CtxId::MAIN),
            way: Some(way),
        }
    }
}

impl Future for CloseFuture<'_> {
    type Output = CloseReport;

    /// A future that was ready has the same report again.
    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<CloseReport> {
        let Self { line, way } = &mut *self;
        if !line.hub().is_ours() {
            return Poll::Ready(CloseReport::default());
        }
        if let Some(way) = way.take() {
            line.hub().begin(way);
        }
        line.poll(cx, |_, _, state| end_once(state))
    }
}

impl<P: Protocol> Socket<P> {
    /// Closes the socket, from any thread: sends what was accepted, for at most the linger time,
    /// and says what was left. Calls that wait in other threads, and all later ones, end with
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed); a second close waits for the first and
    /// gives the same report. Follows `rfc/sp-endpoint.md` section 9.
    // rfc: sp-endpoint E-60
    pub fn close(&self) -> CloseReport {
        self.any.end(Way::Close)
    }

    /// Closes the socket, without a thread that waits: the same as [`Socket::close`]. It begins
    /// with the first poll, and goes on when the future is dropped; dropping the socket then waits
    /// for the rest of the linger time, so a task awaits this first.
    ///
    /// ```
    /// # use speedwell_socket::Socket;
    /// # use speedwell_protocol::Protocol;
    /// async fn leave<P: Protocol>(socket: Socket<P>) {
    ///     let report = socket.close_async().await;
    ///     println!("{} messages were not sent", report.unsent);
    ///     drop(socket); // holds nobody up: it is closed
    /// }
    /// ```
    // rfc: sp-waiting W-38
    pub fn close_async(&self) -> CloseFuture<'_> {
        self.any.end_async(Way::Close)
    }

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
        self.any.end(Way::Drain(time))
    }

    /// Drains the socket, without a thread that waits: the same as [`Socket::drain`], which says
    /// who may go on. It begins with the first poll, when `time` begins to count, and goes on when
    /// the future is dropped.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use speedwell_socket::Socket;
    /// # use speedwell_protocol::{CanReceive, Protocol};
    /// async fn replaced<P: Protocol + CanReceive>(socket: &Socket<P>) {
    ///     let draining = socket.drain_async(Duration::from_secs(60));
    ///     // Beside this, the tasks that receive go on until they are told that it is closed.
    ///     let report = draining.await;
    ///     println!("{} messages were received and not taken", report.unread);
    /// }
    /// ```
    // rfc: sp-waiting W-38
    pub fn drain_async(&self, time: Duration) -> CloseFuture<'_> {
        self.any.end_async(Way::Drain(time))
    }
}
