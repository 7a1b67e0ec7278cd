//! Waiting until a call on a socket would not wait, and taking nothing: in a thread, or as a
//! future. See `rfc/sp-waiting.md`.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use speedwell_message::CtxId;

use super::Messages;
use crate::hub::{Hub, State};
use crate::line::Side;
use crate::socket::calls::Attempt;
use crate::socket::in_line::InLine;
use crate::socket::patience::Wait;
use crate::sync::MutexGuard;
use crate::turn::Work;
use crate::{Error, ErrorKind};

/// A socket that would not wait, awaited; see [`Messages::wait_to_recv_async`]. It takes nothing,
/// and dropping it changes nothing.
#[must_use = "it waits for nothing until it is polled"]
#[derive(Debug)]
pub struct ReadyFuture<'a> {
    line: InLine<'a>,
    side: Side,
}

impl<'a> ReadyFuture<'a> {
    fn new(hub: &'a Arc<Hub>, side: Side) -> Self {
        let line = InLine::new(hub, side, CtxId::MAIN);
        Self { line, side }
    }
}

impl Future for ReadyFuture<'_> {
    type Output = Result<(), Error>;

    /// A future that was ready waits again.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { line, side } = &mut *self;
        line.hub().check()?;
        line.poll(cx, |hub, _, state| ready_once(hub, *side, state))
    }
}

impl Messages {
    /// Waits until the socket would send without waiting, for at most `timeout`, and for as long
    /// as `goes_on` says so. That is asked at first and at each [`Messages::interrupt`], under
    /// the lock of the socket: it must not use the socket.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`]; [`ErrorKind::TimedOut`]; [`ErrorKind::WouldBlock`] when `goes_on`
    /// said no. A socket that is ready is none of these but closed.
    pub fn wait_to_send(
        &self,
        timeout: Option<Duration>,
        goes_on: impl Fn() -> bool,
    ) -> Result<(), Error> {
        self.wait(Side::Send, timeout, goes_on)
    }

    /// Waits until the socket would receive without waiting; otherwise as
    /// [`Messages::wait_to_send`].
    ///
    /// # Errors
    ///
    /// Those of [`Messages::wait_to_send`].
    pub fn wait_to_recv(
        &self,
        timeout: Option<Duration>,
        goes_on: impl Fn() -> bool,
    ) -> Result<(), Error> {
        self.wait(Side::Recv, timeout, goes_on)
    }

    /// Waits until the socket would send without waiting, without a thread: the same as
    /// [`Messages::wait_to_send`], but that neither a time nor an interruption ends it. It takes
    /// no room: who is quicker may have it, so the call that follows is best
    /// [`Messages::try_send`].
    // rfc: sp-waiting W-30 W-35
    pub fn wait_to_send_async(&self) -> ReadyFuture<'_> {
        ReadyFuture::new(&self.hub, Side::Send)
    }

    /// Waits until the socket would receive without waiting; otherwise as
    /// [`Messages::wait_to_send_async`].
    ///
    /// ```
    /// # use speedwell_socket::{AnySocket, Error};
    /// async fn is_there(socket: &AnySocket) -> Result<bool, Error> {
    ///     let messages = socket.messages();
    ///     messages.wait_to_recv_async().await?;
    ///     Ok(messages.ready().recv) // unless somebody was quicker
    /// }
    /// ```
    // rfc: sp-waiting W-30 W-35
    pub fn wait_to_recv_async(&self) -> ReadyFuture<'_> {
        ReadyFuture::new(&self.hub, Side::Recv)
    }

    fn wait(
        &self,
        side: Side,
        timeout: Option<Duration>,
        goes_on: impl Fn() -> bool,
    ) -> Result<(), Error> {
        let mut patience = Wait::within(timeout).patience(None);
        let mut state = self.hub.lock()?;
        loop {
            match ready_once(&self.hub, side, state) {
                Attempt::Done(ready) => return ready,
                Attempt::Waits(waiting) => state = waiting,
            }
            if !goes_on() {
                return Err(ErrorKind::WouldBlock.into());
            }
            let waited = patience.wait_in(side, CtxId::MAIN, &mut state);
            // What came in the last moment counts.
            if waited.is_err() && !is_ready(&state, side) {
                waited?;
            }
        }
    }

    fn leave(&self, state: MutexGuard<'_, State>) {
        let mut work = Work::default();
        self.hub.leave(state, &mut work);
        self.hub.settle(&mut work);
    }

    /// Has everybody who waits on the socket look again whether to go on.
    pub fn interrupt(&self) {
        // Under the lock nobody is between looking and waiting.
        let Ok(mut state) = self.hub.lock() else {
            return;
        };
        state.dismiss_all();
        self.leave(state);
    }
}

fn is_ready(state: &State, side: Side) -> bool {
    match side {
        Side::Send => state.engine.ready(CtxId::MAIN).send,
        Side::Recv => state.engine.ready(CtxId::MAIN).recv,
        Side::Event => state.engine.has_events(),
        Side::Peers | Side::End => false,
    }
}

/// Whether a call would not wait now.
fn ready_once<'a>(
    hub: &'a Arc<Hub>,
    side: Side,
    mut state: MutexGuard<'a, State>,
) -> Attempt<'a, Result<(), Error>> {
    if state.engine.is_closing() {
        return Attempt::Done(Err(ErrorKind::Closed.into()));
    }
    if !is_ready(&state, side) {
        return Attempt::Waits(state);
    }
    // This takes nothing, so whoever else waits for it has to hear of it too.
    // rfc: sp-endpoint E-64
    state.call_next(side, CtxId::MAIN);
    let mut work = Work::default();
    hub.leave(state, &mut work);
    hub.settle(&mut work);
    Attempt::Done(Ok(()))
}
