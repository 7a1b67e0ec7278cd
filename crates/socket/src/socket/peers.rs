//! Who is at the other end: of a message that was received, and how many there are. See
//! `rfc/sp-endpoint.md` section 5.

use std::time::Duration;

use speedwell_engine::EndpointId;
use speedwell_message::Message;
use speedwell_transport::PeerInfo;

use super::AnySocket;
use crate::sync::now;
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
        let until = now().checked_add(timeout);
        let mut state = self.hub.lock()?;
        loop {
            if state.engine.is_closing() {
                return Err(ErrorKind::Closed.into());
            }
            if state.engine.live_pipes() >= count {
                return Ok(());
            }
            state.peer_waiters = state.peer_waiters.saturating_add(1);
            let is_late = match until {
                Some(at) => self.hub.peers.wait_until(&mut state, at).timed_out(),
                None => {
                    self.hub.peers.wait(&mut state);
                    false
                }
            };
            state.peer_waiters = state.peer_waiters.saturating_sub(1);
            if is_late && state.engine.live_pipes() < count {
                return Err(ErrorKind::TimedOut.into());
            }
        }
    }
}
