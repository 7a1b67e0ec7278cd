//! Endpoints: what `bind` and `connect` leave behind, and how a dialer goes on trying. Dials
//! nothing itself. See `rfc/sp-endpoint.md`.

use std::time::Instant;

use speedwell_protocol::Priority;
use speedwell_transport::Error;

use crate::{Backoff, Stats};

/// The number of an endpoint within its socket: 1 and up, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub u32);

/// What a dialer is doing.
///
/// ```text
///              ┌────────────── wait over ──────────────┐
///              ▼                                       │
///   added ─► Dialing ──dialed──► Shaking ──live──► Connected
///              │ failed, deadline    │ failed          │ ended
///              └───────────► Waiting ◄─────────────────┘
/// ```
#[derive(Debug)]
pub(crate) enum DialState {
    /// An attempt runs; `timed` once its deadline is armed.
    Dialing { timed: bool },
    /// The connection's handshake runs.
    Shaking,
    /// The pipe lives.
    Connected { since: Instant },
    /// The next attempt has its time.
    Waiting,
}

#[derive(Debug)]
pub(crate) enum Role {
    Dialer {
        state: DialState,
        backoff: Backoff,
    },
    Listener {
        /// Failures since the last connection it took: how long it rests behind the next.
        failures: u32,
    },
}

#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) role: Role,
    pub(crate) send_priority: Priority,
    pub(crate) recv_priority: Priority,
    pub(crate) status: EndpointStatus,
    /// What it counted, and what its pipes did that have ended.
    pub(crate) past: Stats,
}

/// How an endpoint fares.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EndpointStatus {
    /// Live pipes of this endpoint.
    pub pipes: usize,
    /// The latest failure, until a pipe comes up.
    pub last_error: Option<Error>,
}
