//! What the engine knows of a pipe. Its two halves are the driver's. See `rfc/sp-endpoint.md`.

use speedwell_message::{PipeId, ProtocolId};
use speedwell_protocol::{EndCause, PipeInfo, Priority};
use speedwell_transport::PeerInfo;

use crate::events::Ticket;
use crate::{EndpointId, Traffic};

/// The life of a pipe.
///
/// ```text
///   dialed / accepted ──► Handshaking ───── handshaken ─────► Live ──pipe_ended──► gone
///                             │  │ handshaken, and needs        ▲    (Ended while the machine
///                             │  │ to be approved               │     is told)
///                             │  └──► Waiting ── approved ──────┘
///                             │          │ denied, deadline
///                             └──────────┴──► gone
///                               failed, deadline, refused
///
///   Finishing only says that nothing new may be pushed.
/// ```
#[derive(Debug)]
pub(crate) enum PipeState {
    Handshaking,
    Waiting(Asked),
    Live {
        paused: bool,
        ending: Option<EndCause>,
        finishing: bool,
    },
    /// The machine is being told of its end, and may still drop messages of it.
    Ended,
}

/// How far the request of a pipe that waits to be approved has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Nobody takes events.
    NotYet,
    /// It stands in the row.
    InRow(Ticket),
    /// Somebody has it.
    Taken,
}

#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) id: PipeId,
    pub(crate) endpoint: EndpointId,
    /// A listener took the connection; else a dialer made it.
    pub(crate) was_accepted: bool,
    pub(crate) send_priority: Priority,
    pub(crate) recv_priority: Priority,
    /// Once its handshake is done.
    pub(crate) peer: Option<PeerInfo>,
    /// The machine was told that it is full.
    pub(crate) is_full: bool,
    pub(crate) traffic: Traffic,
    pub(crate) state: PipeState,
}

impl Pipe {
    pub(crate) fn info(&self, peer: ProtocolId) -> PipeInfo {
        PipeInfo {
            peer,
            send_priority: self.send_priority,
            recv_priority: self.recv_priority,
        }
    }

    /// The handshake fitted.
    pub(crate) fn go_live(&mut self) {
        self.state = PipeState::Live {
            paused: false,
            ending: None,
            finishing: false,
        };
    }

    pub(crate) fn is_handshaking(&self) -> bool {
        matches!(self.state, PipeState::Handshaking)
    }

    pub(crate) fn is_live(&self) -> bool {
        matches!(self.state, PipeState::Live { .. })
    }
}
