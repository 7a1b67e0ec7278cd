//! The one peer of PAIR, and what waits for it. Never holds two pipes, and never disturbs the
//! first for a second. Obeys `rfc/sp-pair.md` sections 3, 4 and 6.

use std::mem;

use speedwell_protocol::{Cx, Flow, Held, Message, PipeId, Reject, Unsent};

use crate::Backlog;

/// At most one pipe, and the messages that the pipes before it gave back.
///
/// # Examples
///
/// ```
/// use speedwell_pipeset::Exclusive;
/// use speedwell_protocol::{Message, Reject, Unsent};
/// use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};
///
/// let mut world = RecordingEffects::new();
/// let mut peer = Exclusive::new();
/// assert_eq!(peer.insert(pipe(1), &mut world.cx()), Ok(()));
/// assert_eq!(peer.insert(pipe(2), &mut world.cx()), Err(Reject::Occupied));
///
/// // The first dies with a message that had not left; the second gets it.
/// let mut unsent = [Message::from("kept")].into_iter();
/// assert!(peer.remove(pipe(1), &mut Unsent::new(&mut unsent), &mut world.cx()));
/// assert_eq!(peer.insert(pipe(2), &mut world.cx()), Ok(()));
/// assert_eq!(world.take(), [Effect::Push(pipe(2), Message::from("kept"))]);
/// ```
#[derive(Debug, Default)]
pub struct Exclusive {
    seat: Seat,
}

/// ```text
///            insert                   push answers Full            rfc/sp-pair.md section 6
///   Alone ─────────────► Open ─────────────────────────► Full
///   [returned]  ◄─────── sends                           [returned]
///     ▲          remove   ▲                               │  │
///     │                   └── writable, nothing returned ─┘  │
///     └────────────────────────── remove ────────────────────┘
/// ```
///
/// What came back waits only where nothing can be sent, so Open has no place for it. An insert or
/// a writable pipe sends it on first, and may lead to Full at once.
#[derive(Debug)]
enum Seat {
    Alone { returned: Backlog },
    Open { peer: PipeId },
    Full { peer: PipeId, returned: Backlog },
}

enum Event<'a, 'u> {
    Insert(PipeId),
    Remove(PipeId, &'a mut Unsent<'u>),
    Writable(PipeId),
    Push(&'a mut Option<Message>),
}

impl Exclusive {
    /// No pipe, and nothing that waits.
    #[must_use]
    pub const fn new() -> Self {
        let returned = Backlog::new();
        Self {
            seat: Seat::Alone { returned },
        }
    }

    /// Takes a pipe, which is writable, and sends on to it what came back from those before.
    ///
    /// # Errors
    ///
    /// [`Reject::Occupied`] when there is a pipe; nothing changes for that one.
    pub fn insert(&mut self, pipe: PipeId, cx: &mut Cx<'_>) -> Result<(), Reject> {
        match self.step(Event::Insert(pipe), cx) {
            true => Ok(()),
            false => Err(Reject::Occupied),
        }
    }

    /// Removes the pipe, and keeps what it gives back for the next, before what waits already.
    /// False, with nothing changed and nothing taken, when it is another one or none.
    pub fn remove(&mut self, pipe: PipeId, unsent: &mut Unsent<'_>, cx: &mut Cx<'_>) -> bool {
        self.step(Event::Remove(pipe, unsent), cx)
    }

    /// The pipe takes messages again: first what waits. True when it was full and is the one held;
    /// it may be full again.
    pub fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) -> bool {
        self.step(Event::Writable(pipe), cx)
    }

    /// Gives the message to the pipe. False, with the message left, when there is no pipe or it is
    /// full.
    #[inline]
    pub fn push(&mut self, message: &mut Option<Message>, cx: &mut Cx<'_>) -> bool {
        self.step(Event::Push(message), cx)
    }

    /// The pipe.
    #[must_use]
    #[inline]
    pub const fn pipe(&self) -> Option<PipeId> {
        match self.seat {
            Seat::Alone { .. } => None,
            Seat::Open { peer } | Seat::Full { peer, .. } => Some(peer),
        }
    }

    /// True when [`Exclusive::push`] would take a message.
    #[must_use]
    #[inline]
    pub const fn is_writable(&self) -> bool {
        match self.seat {
            Seat::Open { .. } => true,
            Seat::Alone { .. } | Seat::Full { .. } => false,
        }
    }

    /// What waits for a pipe that takes messages.
    #[must_use]
    pub fn held(&self) -> Held {
        match &self.seat {
            Seat::Alone { returned } | Seat::Full { returned, .. } => returned.held(),
            Seat::Open { .. } => Held::default(),
        }
    }

    /// Drops what waits, and says what it was. The pipe stays.
    pub fn clear(&mut self) -> Held {
        match &mut self.seat {
            Seat::Alone { returned } | Seat::Full { returned, .. } => returned.clear(),
            Seat::Open { .. } => Held::default(),
        }
    }

    /// False when the event is refused: then nothing has changed.
    #[inline]
    fn step(&mut self, event: Event<'_, '_>, cx: &mut Cx<'_>) -> bool {
        self.seat = match (&mut self.seat, event) {
            // rfc: sp-pair P-06, P-08
            (Seat::Alone { returned }, Event::Insert(pipe)) => Seat::serve(pipe, returned, cx),
            // rfc: sp-pair P-07
            (Seat::Open { .. } | Seat::Full { .. }, Event::Insert(_)) => return false,

            // rfc: sp-pair P-12
            (Seat::Open { peer }, Event::Remove(pipe, unsent)) if *peer == pipe => {
                Seat::leave(&mut Backlog::new(), unsent)
            }
            (Seat::Full { peer, returned }, Event::Remove(pipe, unsent)) if *peer == pipe => {
                Seat::leave(returned, unsent)
            }

            // rfc: sp-pair P-11
            (Seat::Full { peer, returned }, Event::Writable(pipe)) if *peer == pipe => {
                Seat::serve(pipe, returned, cx)
            }

            // rfc: sp-pair P-10
            (Seat::Open { peer }, Event::Push(message)) => match cx.push_from(*peer, message) {
                None | Some(Flow::Open) => return true,
                Some(Flow::Full) => Seat::full(*peer),
            },
            // rfc: sp-pair P-09, P-13
            (Seat::Alone { .. } | Seat::Full { .. }, Event::Push(_)) => return false,

            // rfc: sp-pair P-22
            (
                Seat::Alone { .. } | Seat::Open { .. } | Seat::Full { .. },
                Event::Remove(..) | Event::Writable(_),
            ) => return false,
        };
        true
    }
}

impl Seat {
    /// The pipe takes messages since just now: first those that came back.
    // rfc: sp-pair P-12, P-19
    fn serve(peer: PipeId, returned: &mut Backlog, cx: &mut Cx<'_>) -> Self {
        match returned.serve(peer, cx) {
            Flow::Open => Self::Open { peer },
            Flow::Full => Self::Full {
                peer,
                returned: mem::take(returned),
            },
        }
    }

    /// The pipe has accepted its last message for now.
    fn full(peer: PipeId) -> Self {
        let returned = Backlog::new();
        Self::Full { peer, returned }
    }

    /// The pipe is gone.
    fn leave(returned: &mut Backlog, unsent: &mut Unsent<'_>) -> Self {
        returned.put_back(unsent);
        Self::Alone {
            returned: mem::take(returned),
        }
    }
}

impl Default for Seat {
    fn default() -> Self {
        let returned = Backlog::new();
        Self::Alone { returned }
    }
}
