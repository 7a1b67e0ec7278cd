//! What one context of REQ is about: its request, and which pipes had it. Never decides when to
//! send again. Obeys `rfc/sp-reqrep.md` section 9.

use std::time::Instant;

use speedwell_pipeset::LoadBalance;
use speedwell_protocol::{Cx, Message, PipeId};
use speedwell_wire::words::word;

/// Turns that a request to be sent again passes over, in search of a pipe that never had it, before
/// it goes to one that did. Only who has more servers, all silent, can tell.
const TURNS_MAX: usize = 16;

/// ```text
///           send            a pipe takes it           reply           rfc/sp-reqrep.md section 9
///   Idle ─────────► Queued ────────────────► Sent ─────────────► Replied ──recv──► Idle
///                     ▲                      │  │
///                     └── it is due, or its ─┘  └─ its pipe ends, resending ─► Lost
///                         pipe ends                is off
/// ```
///
/// A send leads to Queued from every state. In Queued, too, a reply is taken from a pipe that had
/// the request before.
#[derive(Debug, Default)]
pub(super) enum Exchange {
    /// Nothing was asked.
    #[default]
    Idle,
    /// Waits for a pipe that can take it, in the first place or again.
    Queued(Request),
    /// On its way; to be sent again when it is due.
    Sent {
        request: Request,
        due: Option<Instant>,
    },
    /// The answer waits to be received.
    Replied(Message),
    /// The peer is gone, and the request is not sent again.
    Lost,
}

impl Exchange {
    /// The request that waits for its reply.
    pub(super) fn request(&self) -> Option<&Request> {
        match self {
            Self::Queued(request) | Self::Sent { request, .. } => Some(request),
            Self::Idle | Self::Replied(_) | Self::Lost => None,
        }
    }

    /// The request that waits for its reply.
    pub(super) fn request_mut(&mut self) -> Option<&mut Request> {
        match self {
            Self::Queued(request) | Self::Sent { request, .. } => Some(request),
            Self::Idle | Self::Replied(_) | Self::Lost => None,
        }
    }

    /// Turns Sent into Queued. False, with nothing changed, in every other state.
    pub(super) fn queue_again(&mut self) -> bool {
        match std::mem::take(self) {
            Self::Sent { request, .. } => {
                *self = Self::Queued(request);
                true
            }
            other @ (Self::Idle | Self::Queued(_) | Self::Replied(_) | Self::Lost) => {
                *self = other;
                false
            }
        }
    }
}

/// A request, kept until its reply: the body is shared with what the pipes were given.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: u32,
    message: Message,
    /// The live pipe it was sent on last.
    latest: Option<PipeId>,
    /// The live pipes it was sent on before; none, and no memory, for most requests.
    earlier: Vec<PipeId>,
    /// A pipe had it that is gone now, and did not give it back.
    may_be_seen: bool,
}

impl Request {
    pub(super) fn new(id: u32, mut message: Message) -> Self {
        // rfc: sp-reqrep R-03
        message.set_header(&word(id));
        Self {
            id,
            message,
            latest: None,
            earlier: Vec::new(),
            may_be_seen: false,
        }
    }

    /// Octets, with the id.
    pub(super) fn octets(&self) -> usize {
        self.message.octets()
    }

    /// True when a live pipe has had it.
    pub(super) fn is_out(&self) -> bool {
        self.latest.is_some()
    }

    /// False when no peer can have seen it.
    pub(super) fn was_sent(&self) -> bool {
        self.may_be_seen || self.is_out()
    }

    /// True when this live pipe has had it.
    pub(super) fn was_sent_on(&self, pipe: PipeId) -> bool {
        self.latest == Some(pipe) || self.earlier.contains(&pipe)
    }

    /// Gives it to the pipe whose turn it is, or to the next who never had it, but to none that
    /// still holds a copy of it. When all who could take it do, none is needed.
    // rfc: sp-reqrep R-10, R-14
    pub(super) fn send_on(&mut self, pipes: &mut LoadBalance, cx: &mut Cx<'_>) {
        let (mut first, mut again) = (None, None);
        for _ in 0..TURNS_MAX {
            let Some(pipe) = pipes.pick().filter(|pipe| first != Some(*pipe)) else {
                break;
            };
            if !self.was_sent_on(pipe) {
                return self.push(pipe, pipes, cx);
            }
            first.get_or_insert(pipe);
            again = again.or_else(|| cx.is_drained(pipe).then_some(pipe));
        }
        if let Some(pipe) = again {
            self.push(pipe, pipes, cx);
        }
    }

    fn push(&mut self, pipe: PipeId, pipes: &mut LoadBalance, cx: &mut Cx<'_>) {
        // rfc: sp-reqrep R-15
        if !cx.push(pipe, self.message.clone()).is_open() {
            pipes.set_writable(pipe, false);
        }
        if self.latest != Some(pipe) {
            self.earlier.retain(|earlier| *earlier != pipe);
            self.earlier.extend(self.latest.replace(pipe));
        }
    }

    /// A pipe that had it is gone, and has sent it or not. True when it was the last to get it.
    pub(super) fn forget(&mut self, pipe: PipeId, is_unsent: bool) -> bool {
        self.may_be_seen |= !is_unsent;
        if self.latest == Some(pipe) {
            self.latest = self.earlier.pop();
            return true;
        }
        self.earlier.retain(|earlier| *earlier != pipe);
        false
    }
}
