//! What one context of REQ is about: its request, and which pipes had it. Never decides when to
//! send again. Obeys `rfc/sp-reqrep.md` section 9.

use std::collections::BTreeMap;
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

/// One sending of one request: on which pipe, and as which of all sendings.
#[derive(Clone, Copy, Debug)]
struct Sending {
    pipe: PipeId,
    nth: u64,
}

/// All sendings of a socket, and which of them have left for certain.
#[derive(Debug, Default)]
pub(super) struct Sendings {
    count: u64,
    /// How many there had been when a pipe was last seen to be drained; only of pipes on which
    /// something was to be sent again.
    drained: BTreeMap<PipeId, u64>,
}

impl Sendings {
    /// True when nothing of a sending waits in its pipe. What was pushed to the pipe since it was
    /// last seen to be drained does not count: else, of contexts that ask again at one time, only
    /// the first would.
    // rfc: sp-reqrep R-14
    fn has_left(&mut self, sending: Sending, cx: &mut Cx<'_>) -> bool {
        if cx.is_drained(sending.pipe) {
            self.drained.insert(sending.pipe, self.count);
        }
        let drained = self.drained.get(&sending.pipe);
        drained.is_some_and(|count| sending.nth <= *count)
    }

    /// A pipe is gone.
    pub(super) fn forget(&mut self, pipe: PipeId) {
        self.drained.remove(&pipe);
    }
}

/// A request, kept until its reply: the body is shared with what the pipes were given.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: u32,
    message: Message,
    /// How it was sent on a live pipe last.
    latest: Option<Sending>,
    /// How it was sent on other live pipes before; none, and no memory, for most requests.
    earlier: Vec<Sending>,
    /// It has left for certain: on a pipe that is gone now and did not give it back, or on one that
    /// was given it once more.
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
        self.sending_on(pipe).is_some()
    }

    fn sending_on(&self, pipe: PipeId) -> Option<Sending> {
        let mut sendings = self.latest.iter().chain(&self.earlier);
        sendings.find(|sending| sending.pipe == pipe).copied()
    }

    /// Gives it to the pipe whose turn it is, or to the next who never had it, but to none that
    /// may still hold a copy of it. False when all who could take it may: then none has it anew.
    // rfc: sp-reqrep R-10, R-14
    pub(super) fn send_on(
        &mut self,
        pipes: &mut LoadBalance,
        sendings: &mut Sendings,
        cx: &mut Cx<'_>,
    ) -> bool {
        let (mut first, mut again) = (None, None);
        for _ in 0..TURNS_MAX {
            let Some(pipe) = pipes.pick().filter(|pipe| first != Some(*pipe)) else {
                break;
            };
            let Some(before) = self.sending_on(pipe) else {
                self.push(pipe, pipes, sendings, cx);
                return true;
            };
            first.get_or_insert(pipe);
            again = again.or_else(|| sendings.has_left(before, cx).then_some(pipe));
        }
        if let Some(pipe) = again {
            self.push(pipe, pipes, sendings, cx);
        }
        again.is_some()
    }

    fn push(
        &mut self,
        pipe: PipeId,
        pipes: &mut LoadBalance,
        sendings: &mut Sendings,
        cx: &mut Cx<'_>,
    ) {
        // rfc: sp-reqrep R-15
        if !cx.push(pipe, self.message.clone()).is_open() {
            pipes.set_writable(pipe, false);
        }
        sendings.count = sendings.count.wrapping_add(1);
        let nth = sendings.count;
        // rfc: sp-reqrep R-41
        self.may_be_seen |= self.was_sent_on(pipe);
        let before = self.latest.replace(Sending { pipe, nth });
        self.earlier.retain(|earlier| earlier.pipe != pipe);
        self.earlier
            .extend(before.filter(|before| before.pipe != pipe));
    }

    /// A pipe that had it is gone, and has sent it or not. True when it was the last to get it.
    pub(super) fn forget(&mut self, pipe: PipeId, is_unsent: bool) -> bool {
        self.may_be_seen |= !is_unsent;
        if self.latest.is_some_and(|latest| latest.pipe == pipe) {
            self.latest = self.earlier.pop();
            return true;
        }
        self.earlier.retain(|earlier| earlier.pipe != pipe);
        false
    }
}
