//! What the engine knows of a pipe. Its two halves are the driver's. See `rfc/sp-endpoint.md`.

use speedwell_message::{PipeId, ProtocolId};
use speedwell_protocol::{EndCause, PipeInfo, Priority};
use speedwell_transport::PeerInfo;

use crate::{EndpointId, Traffic};

/// The life of a pipe.
///
/// ```text
///   dialed / accepted ──► Handshaking ──handshaken──► Live ──pipe_ended──► gone
///                             │ failed, deadline, refused      ▲    (Ended while the machine
///                             └──► gone                        │     is told)
///                                           Finishing only says that nothing new may be pushed
/// ```
#[derive(Debug)]
pub(crate) enum PipeState {
    Handshaking,
    Live {
        paused: bool,
        ending: Option<EndCause>,
        finishing: bool,
    },
    /// The machine is being told of its end, and may still drop messages of it.
    Ended,
}

#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) id: PipeId,
    pub(crate) endpoint: EndpointId,
    /// A listener took the connection; else a dialer made it.
    pub(crate) was_accepted: bool,
    pub(crate) send_priority: Priority,
    pub(crate) recv_priority: Priority,
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

    pub(crate) fn is_live(&self) -> bool {
        matches!(self.state, PipeState::Live { .. })
    }
}
