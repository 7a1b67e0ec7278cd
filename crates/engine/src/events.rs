//! What happens to endpoints and pipes, kept in order for whoever wants to know. It decides
//! nothing, waits for nobody, and has a bound. See `rfc/sp-monitor.md` section 3.

use std::collections::{BTreeMap, VecDeque};
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
    /// A peer wants to become a pipe: [`Engine::approve`](crate::Engine::approve) or
    /// [`Engine::deny`](crate::Engine::deny) it.
    Request(Request),
    /// So many events came here while there was no room for them.
    Missed(u64),
}

/// A peer that has shaken hands and waits, unread, to be approved.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// The pipe that it would become.
    pub pipe: PipeId,
    /// The endpoint that it came by.
    pub endpoint: EndpointId,
    /// Who it is.
    pub peer: PeerInfo,
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
    /// Its peer has shaken hands and fits; the protocol is asked next. Where peers have to be
    /// approved, their request stands in its place.
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
    /// The application was asked and did not want it.
    Denied,
    /// The application was asked, or nobody could be, and had not answered at the deadline.
    Unanswered,
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
            Self::Denied => Some(Error::new(ErrorKind::Refused, "the peer was not approved")),
            Self::Unanswered => {
                let what = "nobody approved of the peer in time";
                Some(Error::new(ErrorKind::TimedOut, what))
            }
            Self::Closed => None,
        }
    }

    /// Where it is counted.
    pub(crate) fn count<'a>(&self, stats: &'a mut Stats) -> Option<&'a mut u64> {
        match self {
            Self::Handshake(_) => Some(&mut stats.handshake_errors),
            Self::WrongProtocol(_) => Some(&mut stats.wrong_protocol),
            Self::Rejected(_) => Some(&mut stats.rejected),
            Self::Denied | Self::Unanswered => Some(&mut stats.unapproved),
            Self::Closed => None,
        }
    }
}

/// Events that wait to be taken, oldest first, and requests among them. Requests have no bound of
/// their own: each is a pipe that waits for its answer, and goes with it.
#[derive(Debug, Default)]
pub(crate) struct EventQueue {
    events: VecDeque<(Ticket, Event)>,
    requests: BTreeMap<Ticket, PipeId>,
    next: Ticket,
    /// Events for which there was no room, after all those that wait.
    missed: u64,
}

/// A place in the row.
pub(crate) type Ticket = u64;

/// What a row gives out.
#[derive(Debug)]
pub(crate) enum Taken {
    Event(Event),
    Request(PipeId),
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
            let ticket = self.ticket();
            self.events.push_back((ticket, missed));
        }
        let ticket = self.ticket();
        self.events.push_back((ticket, event));
    }

    /// Adds the request of a pipe.
    // rfc: sp-monitor M-21
    pub(crate) fn ask(&mut self, pipe: PipeId) -> Ticket {
        let ticket = self.ticket();
        self.requests.insert(ticket, pipe);
        ticket
    }

    /// Takes a request back: its pipe is gone.
    pub(crate) fn withdraw(&mut self, ticket: Ticket) {
        self.requests.remove(&ticket);
    }

    /// The oldest.
    pub(crate) fn pop(&mut self) -> Option<Taken> {
        let event = self.events.front().map(|(ticket, _)| *ticket);
        let request = self.requests.first_key_value().map(|(ticket, _)| *ticket);
        if request.is_some_and(|request| event.is_none_or(|event| request < event)) {
            return self
                .requests
                .pop_first()
                .map(|(_, pipe)| Taken::Request(pipe));
        }
        if let Some((_, event)) = self.events.pop_front() {
            return Some(Taken::Event(event));
        }
        (self.missed > 0).then(|| Taken::Event(self.take_missed()))
    }

    /// Events and requests that wait.
    #[cfg(test)]
    pub(crate) fn len(&self) -> (usize, usize) {
        (self.events.len(), self.requests.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.requests.is_empty() && self.missed == 0
    }

    fn take_missed(&mut self) -> Event {
        Event::Missed(std::mem::take(&mut self.missed))
    }

    fn ticket(&mut self) -> Ticket {
        self.next = self.next.saturating_add(1);
        self.next
    }
}
