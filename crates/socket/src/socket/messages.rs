//! The messages of a socket, without its protocol's type and without owning it: for devices and
//! other languages. Never closes the socket. See `rfc/sp-device.md`.

mod waiting;

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use speedwell_message::{CtxId, Message};
use speedwell_protocol::{Passage, ProtocolIds, Readiness};

use super::patience::Wait;
use crate::hub::Hub;
use crate::{Error, ErrorKind, SendError};

pub use waiting::ReadyFuture;

/// What is told that a socket closes; see [`Messages::at_close`].
type Told = dyn Fn() + Send + Sync;

/// Sends and receives on a socket whatever its protocol, and waits for that; see
/// [`AnySocket::messages`](crate::AnySocket::messages).
///
/// Holding this keeps no socket open: once that is closed, everything here says so. What the
/// protocol does not do is [`ErrorKind::Unsupported`].
#[derive(Clone)]
pub struct Messages {
    pub(super) hub: Arc<Hub>,
}

impl Messages {
    pub(super) fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }

    /// The endpoint types of the socket and of its peers.
    #[must_use]
    pub fn ids(&self) -> ProtocolIds {
        self.hub.ids
    }

    /// What the socket's protocol says of itself to devices; `None` when it is cooked.
    #[must_use]
    pub fn passage(&self) -> Option<Passage> {
        self.hub.lock().ok()?.engine.machine().passage()
    }

    /// Whether both are of one socket.
    #[must_use]
    pub fn is_same_socket(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.hub, &other.hub)
    }

    /// Whether the socket is closed or about to be.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        let state = self.hub.lock();
        state.map_or(true, |state| state.engine.is_closing())
    }

    /// How long closing the socket may take, as set now.
    #[must_use]
    pub fn linger(&self) -> Duration {
        let state = self.hub.lock();
        state.map_or(Duration::ZERO, |state| state.engine.options().linger)
    }

    /// What [`Messages::try_send`] and [`Messages::try_recv`] would do now; neither, once the
    /// socket is closed.
    #[must_use]
    pub fn ready(&self) -> Readiness {
        match self.hub.lock() {
            Ok(state) if !state.engine.is_closing() => state.engine.ready(CtxId::MAIN),
            Ok(_) | Err(_) => Readiness::default(),
        }
    }

    /// Sends a message, header and all, if that needs no waiting.
    ///
    /// # Errors
    ///
    /// [`SendError`] has the message and the reason; [`ErrorKind::WouldBlock`] when it had to wait.
    pub fn try_send(&self, message: Message) -> Result<(), SendError> {
        self.hub
            .send_in(CtxId::MAIN, &mut Some(message), Wait::Never)
    }

    /// Receives a message, header and all, if one is there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WouldBlock`] when there is none; [`ErrorKind::Closed`]; what the protocol says.
    pub fn try_recv(&self) -> Result<Message, Error> {
        self.hub.recv_in(CtxId::MAIN, Wait::Never)
    }

    /// As [`Messages::try_send`], from a place, which is empty after that or has the message still.
    ///
    /// # Errors
    ///
    /// Those of [`Messages::try_send`]; an empty place is [`ErrorKind::State`].
    #[inline]
    pub fn try_send_from(&self, place: &mut Option<Message>) -> Result<(), Error> {
        if place.is_none() {
            return Err(ErrorKind::State.into());
        }
        self.hub.try_send_in(CtxId::MAIN, place)
    }

    /// As [`Messages::try_recv`], into a place, which is left as it was by an error.
    ///
    /// # Errors
    ///
    /// Those of [`Messages::try_recv`].
    #[inline]
    pub fn try_recv_into(&self, place: &mut Message) -> Result<(), Error> {
        self.hub.try_recv_in(CtxId::MAIN, place)
    }

    /// Has something called when the socket begins to close, by the thread that closes it and with
    /// no lock held; at once when it is closed already. It is forgotten when its owner drops it.
    pub fn at_close(&self, told: &Arc<Told>) {
        let Ok(mut state) = self.hub.lock() else {
            return told();
        };
        if state.engine.is_closing() {
            drop(state);
            return told();
        }
        state.at_close.retain(|known| known.strong_count() > 0);
        state.at_close.push(Arc::downgrade(told));
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hub.fmt(f)
    }
}

/// Those who are told that a socket closes.
pub(crate) type AtClose = Vec<Weak<Told>>;
