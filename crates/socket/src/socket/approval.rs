//! Peers that wait for the answer of the application. Reads nothing of them. See
//! `rfc/sp-monitor.md` section 4.

use std::fmt;
use std::sync::Arc;

use speedwell_engine::{EndpointId, Request};
use speedwell_message::PipeId;
use speedwell_transport::PeerInfo;

use super::AnySocket;
use crate::hub::Hub;

/// A peer that has shaken hands and waits, unread, to become a pipe.
///
/// Dropping this refuses the peer. It is also refused at the deadline of its handshake, and goes
/// with its endpoint; then an answer changes nothing. Until it is answered it counts as half open.
pub struct PipeRequest {
    hub: Arc<Hub>,
    request: Request,
    answered: bool,
}

impl PipeRequest {
    pub(super) fn new(hub: Arc<Hub>, request: Request) -> Self {
        Self {
            hub,
            request,
            answered: false,
        }
    }

    /// Who it is: its address, and its credentials where the transport knows them.
    #[must_use]
    pub fn peer(&self) -> &PeerInfo {
        &self.request.peer
    }

    /// The endpoint that it came by.
    #[must_use]
    pub fn endpoint(&self) -> EndpointId {
        self.request.endpoint
    }

    /// The pipe that it would become.
    #[must_use]
    pub fn pipe(&self) -> PipeId {
        self.request.pipe
    }

    /// Makes it a pipe. True when it is one now; false when it had ended before, or the protocol
    /// did not want it.
    // rfc: sp-monitor M-21
    pub fn accept(mut self) -> bool {
        self.answered = true;
        self.hub.approve(self.request.pipe)
    }

    /// Sends it away; the same as dropping this.
    // rfc: sp-monitor M-21
    pub fn refuse(self) {}
}

impl Drop for PipeRequest {
    fn drop(&mut self) {
        if !self.answered {
            self.hub.deny(self.request.pipe);
        }
    }
}

impl fmt::Debug for PipeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("PipeRequest");
        debug.field("pipe", &self.request.pipe);
        debug.field("endpoint", &self.request.endpoint);
        debug.field("peer", &self.request.peer);
        debug.finish_non_exhaustive()
    }
}

impl AnySocket {
    /// Whether each peer has to be approved before it becomes a pipe, which is false unless set.
    /// Concerns handshakes that end later. Each peer then comes as an
    /// [`Event::Request`](crate::Event::Request) of [`AnySocket::events`]; while nobody takes
    /// events, nobody is let in.
    ///
    /// ```no_run
    /// # use speedwell_socket::Event;
    /// # fn example(socket: &speedwell_socket::AnySocket) -> Result<(), speedwell_socket::Error> {
    /// socket.require_approval(true);
    /// let events = socket.events();
    /// socket.bind("ipc:///run/example")?;
    /// while let Ok(event) = events.next() {
    ///     if let Event::Request(request) = event {
    ///         match request.peer().credentials {
    ///             Some(who) if who.uid == 0 => _ = request.accept(),
    ///             _ => request.refuse(),
    ///         }
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    // rfc: sp-monitor M-20
    pub fn require_approval(&self, required: bool) {
        self.set_times(|options| options.require_approval = required);
    }
}
