//! Who is at the other end: of a message that was received, and how many there are. See
//! `rfc/sp-endpoint.md` section 5.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use speedwell_engine::EndpointId;
use speedwell_message::{CtxId, Message};
use speedwell_transport::PeerInfo;

use super::AnySocket;
use super::calls::Attempt;
use super::in_line::InLine;
use super::patience::Wait;
use crate::hub::State;
use crate::line::Side;
use crate::sync::MutexGuard;
use crate::{Error, ErrorKind};

/// The peer that a message came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// What its transport knows of it: its address, and who runs it.
    pub info: PeerInfo,
    /// The endpoint of this socket that it is connected through.
    pub endpoint: EndpointId,
}

impl AnySocket {
    /// The peer that a message came from, which this socket has received; `None` when it is gone
    /// since, or the message was not received.
    ///
    /// ```
    /// # use speedwell_socket::AnySocket;
    /// # use speedwell_message::Message;
    /// fn log(socket: &AnySocket, message: &Message) {
    ///     if let Some(address) = socket.peer(message).and_then(|peer| peer.info.address) {
    ///         println!("{} octets from {address}", message.octets());
    ///     }
    /// }
    /// ```
    // rfc: sp-endpoint E-73
    #[must_use]
    pub fn peer(&self, message: &Message) -> Option<Peer> {
        let origin = message.origin()?;
        let state = self.hub.lock().ok()?;
        let (info, endpoint) = state.engine.peer_of(origin)?;
        Some(Peer {
            info: info.clone(),
            endpoint,
        })
    }

    /// Waits until so many peers are connected, at most for `timeout`. They may be gone again when
    /// this returns.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`]; [`ErrorKind::Closed`].
    // rfc: sp-endpoint E-74
    pub fn wait_for_peers(&self, count: usize, timeout: Duration) -> Result<(), Error> {
        let mut state = self.hub.lock()?;
        let mut patience = Wait::AtMost(timeout).patience(None);
        loop {
            match peers_once(count, state) {
                Attempt::Done(come) => return come,
                Attempt::Waits(waiting) => state = waiting,
            }
            patience.wait_in(Side::Peers, CtxId::MAIN, &mut state)?;
        }
    }

    /// Waits until so many peers are connected, without a thread: the same as
    /// [`AnySocket::wait_for_peers`], but that no time-out bounds it.
    ///
    /// ```
    /// # use speedwell_socket::{Error, Socket};
    /// # use speedwell_protocol::{CanSend, Protocol};
    /// async fn welcome<P: Protocol + CanSend>(socket: &Socket<P>) -> Result<(), Error> {
    ///     socket.wait_for_peers_async(2).await?;
    ///     socket.send_async("welcome").await?;
    ///     Ok(())
    /// }
    /// ```
    // rfc: sp-endpoint E-74, sp-waiting W-30 W-35
    pub fn wait_for_peers_async(&self, count: usize) -> PeersFuture<'_> {
        PeersFuture {
            line: InLine::new(&self.hub, Side::Peers, CtxId::MAIN),
            count,
        }
    }
}

/// Whether so many peers are there.
fn peers_once(count: usize, state: MutexGuard<'_, State>) -> Attempt<'_, Result<(), Error>> {
    if state.engine.is_closing() {
        Attempt::Done(Err(ErrorKind::Closed.into()))
    } else if state.engine.live_pipes() >= count {
        Attempt::Done(Ok(()))
    } else {
        Attempt::Waits(state)
    }
}

/// A number of peers, awaited; see [`AnySocket::wait_for_peers_async`]. Dropping it changes
/// nothing.
#[must_use = "it waits for nobody until it is polled"]
#[derive(Debug)]
pub struct PeersFuture<'a> {
    line: InLine<'a>,
    count: usize,
}

impl Future for PeersFuture<'_> {
    type Output = Result<(), Error>;

    /// A future that was ready waits again.
    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let Self { line, count } = &mut *self;
        line.hub().check()?;
        line.poll(cx, |_, _, state| peers_once(*count, state))
    }
}
