//! What `bind` and `connect` give the user. Dropping it closes nothing. See `rfc/sp-endpoint.md`.

use std::sync::Weak;

use speedwell_engine::{EndpointId, EndpointStatus, Stats};
use speedwell_protocol::Priority;
use speedwell_transport::Addr;

use crate::hub::Hub;
use crate::turn::Work;
use crate::{Error, ErrorKind};

/// An endpoint of a socket: an address that it listens at, or keeps connecting to.
///
/// It lives with its socket. Dropping this handle changes nothing; [`Endpoint::close`] ends it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(crate) hub: Weak<Hub>,
    pub(crate) id: EndpointId,
    pub(crate) address: Addr,
}

impl Endpoint {
    /// The address: for a listener the real one, with the port that the system chose.
    #[must_use]
    pub fn address(&self) -> &str {
        self.address.as_str()
    }

    /// The number of the endpoint in its socket.
    #[must_use]
    pub fn id(&self) -> EndpointId {
        self.id
    }

    /// How the endpoint fares; `None` once it is closed.
    #[must_use]
    pub fn status(&self) -> Option<EndpointStatus> {
        let hub = self.hub.upgrade()?;
        let state = hub.lock().ok()?;
        state.engine.endpoint_status(self.id).cloned()
    }

    /// The priorities of this endpoint, for sending and for receiving; `None` once it is closed.
    #[must_use]
    pub fn priorities(&self) -> Option<(Priority, Priority)> {
        let hub = self.hub.upgrade()?;
        let state = hub.lock().ok()?;
        state.engine.priorities(self.id)
    }

    /// Changes the priorities of this endpoint and of its live pipes, from the next message on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`] when the endpoint is closed, or its socket.
    // rfc: sp-endpoint E-70
    pub fn set_priorities(&self, send: Priority, recv: Priority) -> Result<(), Error> {
        let hub = self.hub.upgrade().ok_or(ErrorKind::Closed)?;
        hub.check()?;
        let mut work = Work::default();
        let known = hub.enter(&mut work, |engine, turn| {
            engine.set_priorities(self.id, send, recv, turn)
        });
        hub.settle(&mut work);
        if known {
            Ok(())
        } else {
            Err(ErrorKind::Closed.into())
        }
    }

    /// What was counted on the endpoint, its live pipes included; `None` once it is closed.
    // rfc: sp-monitor M-02
    #[must_use]
    pub fn stats(&self) -> Option<Stats> {
        let hub = self.hub.upgrade()?;
        let state = hub.lock().ok()?;
        state.engine.endpoint_stats(self.id)
    }

    /// Stops listening or connecting, and ends the endpoint's pipes. What they had not sent goes
    /// back to the protocol. When this returns the address is free.
    pub fn close(&self) {
        if let Some(hub) = self.hub.upgrade().filter(|hub| hub.is_ours()) {
            let mut work = Work::default();
            hub.enter(&mut work, |engine, turn| {
                engine.remove_endpoint(self.id, turn)
            });
            hub.settle(&mut work);
        }
    }
}
