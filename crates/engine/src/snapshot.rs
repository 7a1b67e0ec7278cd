//! A socket's counters at one moment: of the whole, of each endpoint, of each pipe. Only values.
//! See `rfc/sp-monitor.md` section 2.

use speedwell_message::PipeId;
use speedwell_protocol::Priority;
use speedwell_transport::{Addr, Error, PeerInfo};

use crate::{EndpointId, Stats, Traffic};

/// Everything that was counted on a socket, taken under one lock, so that the sums agree: `total`
/// is `other` and the `total` of each endpoint; and that is its `past` and the traffic of its
/// pipes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Snapshot {
    /// Of the whole socket, since it was opened.
    pub total: Stats,
    /// Of what belongs to no endpoint that is there: of endpoints that were removed, with their
    /// pipes that have not ended yet; failures to bind; and messages that were dropped when the
    /// pipe they had come on was gone already.
    pub other: Stats,
    /// The endpoints, in the order in which they were added.
    pub endpoints: Vec<EndpointStats>,
    /// The live pipes, in no order.
    pub pipes: Vec<PipeStats>,
    /// Attempts to connect that run, and connections in their handshake.
    pub in_progress: usize,
    /// The best priority for sending that a live pipe with room has; a protocol that gives each
    /// message to one of several pipes sends the next one at this level.
    pub send_priority: Option<Priority>,
}

impl Snapshot {
    /// Endpoints that are in error: whose latest connection, or attempt to have one, has failed.
    #[must_use]
    pub fn endpoints_in_error(&self) -> usize {
        let failed = |endpoint: &&EndpointStats| endpoint.last_error.is_some();
        self.endpoints.iter().filter(failed).count()
    }
}

/// Which of the two kinds of endpoints one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndpointKind {
    /// `connect` made it.
    Dialer,
    /// `bind` made it.
    Listener,
}

/// What was counted on one endpoint.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EndpointStats {
    /// Which endpoint.
    pub id: EndpointId,
    /// Dialer or listener.
    pub kind: EndpointKind,
    /// Where it listens, or connects to. The engine knows none; its driver fills it in.
    pub address: Option<Addr>,
    /// Since the endpoint was added, its live pipes included.
    pub total: Stats,
    /// The part of its live pipes taken out: connections, and the traffic of the pipes that ended.
    pub past: Stats,
    /// Its live pipes.
    pub pipes: usize,
    /// Its latest failure, until a pipe comes up.
    pub last_error: Option<Error>,
}

/// What was counted on one live pipe.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PipeStats {
    /// Which pipe.
    pub id: PipeId,
    /// The endpoint that it came by; it may be gone while the pipe ends.
    pub endpoint: EndpointId,
    /// Who is at the other end.
    pub peer: Option<PeerInfo>,
    /// Its rank among those to send to.
    pub send_priority: Priority,
    /// Its rank among those to receive from.
    pub recv_priority: Priority,
    /// Its messages.
    pub traffic: Traffic,
    /// The engine has no buffers; its driver fills them in.
    pub buffers: Option<Buffers>,
}

/// Both parts of the buffers of a pipe, ours and the system's, in octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Buffers {
    /// `SNDBUF`: how much may wait here to be sent.
    pub send_limit: usize,
    /// How much waits here to be sent, frame prefixes included. `None` within a process: what was
    /// sent lies with the peer at once.
    pub send_waiting: Option<usize>,
    /// `RCVBUF`: how much may lie here received and not delivered.
    pub recv_limit: usize,
    /// How much lies here that the protocol has not taken. `None` while the pipe is being read.
    pub recv_waiting: Option<usize>,
    /// The system's own buffer for sending, as it reports it (Linux counts twice what it was asked
    /// for, and its own needs with it). `None` when the pipe has none or the system does not say.
    pub system_send: Option<usize>,
    /// The system's own buffer for receiving, likewise.
    pub system_recv: Option<usize>,
}
