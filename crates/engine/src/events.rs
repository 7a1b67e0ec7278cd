//! What happens to endpoints and pipes, kept in order for whoever wants to know. It decides
//! nothing, waits for nobody, and has a bound. See `rfc/sp-monitor.md` section 3.

use std::collections::VecDeque;
use std::time::Duration;

use speedwell_message::{PipeId, ProtocolId, ProtocolIds};
use speedwell_protocol::Reject;
use speedwell_transport::{Error, ErrorKind, PeerInfo};

use crate::{EndReason, EndpointId, Stats};

/// Events that may wait to be taken. From then on the newest are only counted.
pub const EVENTS_MAX: usize = 1024;

/// Something that happened on a socket.
#[derive(Clone, Debug)]
pub enum Event {
    /// Something happened to an endpoint.
    Endpoint(EndpointEvent),
    /// Something happened to a pipe.
    Pipe(PipeEvent),
    /// So many events came here while there was no room for them.
    Missed(u64),
}

/// Something that happened to an endpoint.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EndpointEvent {
    /// Which endpoint.
    pub endpoint: EndpointId,
    /// What happened.
    pub change: EndpointChange,
}

/// What happened to an endpoint.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EndpointChange {
    /// It is bound, and accepts from now on.
    Listening,
    /// An attempt to connect has failed, or has reached its deadline.
    DialFailed(Error),
    /// A connection could not be accepted.
    AcceptFailed(Error),
    /// A connection was refused, since there were as many as `pipes_max` or `half_open_max` allow.
    OverLimit,
    /// It tries again in so long: a dialer to connect, a listener to accept.
    BacksOff(Duration),
    /// It was closed, by itself or with its socket.
    Closed,
}

/// Something that happened to a pipe.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PipeEvent {
    /// Which pipe; messages that came on it say so.
    pub pipe: PipeId,
    /// The endpoint that it came by.
    pub endpoint: EndpointId,
    /// Who is at the other end; `None` when the handshake did not get so far.
    pub peer: Option<PeerInfo>,
    /// What happened.
    pub change: PipeChange,
}

/// What happened to a pipe.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PipeChange {
    /// Its peer has shaken hands and fits; the protocol is asked next.
    Offered,
    /// It is live: messages may flow.
    Added,
    /// It never came to live.
    Refused(Refusal),
    /// It was live and is gone.
    Removed(EndReason),
}

/// Why a connection did not become a pipe.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// Its handshake failed, or was not done at its deadline.
    Handshake(Error),
    /// Its peer is of an endpoint type that this socket does not link to.
    WrongProtocol(ProtocolId),
    /// The protocol did not want it.
    Rejected(Reject),
    /// Its endpoint or its socket was closed.
    Closed,
}

impl Refusal {
    /// The error that it is for its endpoint.
    pub(crate) fn error(&self, ids: ProtocolIds) -> Option<Error> {
        match self {
            Self::Handshake(error) => Some(error.clone()),
            Self::WrongProtocol(peer) => {
                let what = format!("a peer of type {peer} does not fit {}", ids.me);
                Some(Error::new(ErrorKind::WrongProtocol, what))
            }
            Self::Rejected(reject) => Some(Error::new(ErrorKind::Refused, reject.to_string())),
            Self::Closed => None,
        }
    }

    /// Where it is counted.
    pub(crate) fn count<'a>(&self, stats: &'a mut Stats) -> Option<&'a mut u64> {
        match self {
            Self::Handshake(_) => Some(&mut stats.handshake_errors),
            Self::WrongProtocol(_) => Some(&mut stats.wrong_protocol),
            Self::Rejected(_) => Some(&mut stats.rejected),
            Self::Closed => None,
        }
    }
}

/// Events that wait to be taken, oldest first.
#[derive(Debug, Default)]
pub(crate) struct EventQueue {
    events: VecDeque<Event>,
    /// Events for which there was no room, after all those that wait.
    missed: u64,
}

impl EventQueue {
    /// Adds an event, or counts it.
    // rfc: sp-monitor M-11
    pub(crate) fn push(&mut self, event: Event) {
        if self.events.len() >= EVENTS_MAX {
            self.missed = self.missed.saturating_add(1);
            return;
        }
        if self.missed > 0 {
            let missed = self.take_missed();
            self.events.push_back(missed);
        }
        self.events.push_back(event);
    }

    /// The oldest.
    pub(crate) fn pop(&mut self) -> Option<Event> {
        if let Some(event) = self.events.pop_front() {
            return Some(event);
        }
        (self.missed > 0).then(|| self.take_missed())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.missed == 0
    }

    fn take_missed(&mut self) -> Event {
        Event::Missed(std::mem::take(&mut self.missed))
    }
}
