//! The one peer of PAIR. Never holds two pipes, and never disturbs the first for a second.
//! Obeys `rfc/sp-pair.md` section 3.

use speedwell_protocol::{Cx, Flow, Message, PipeId, Reject};

/// At most one pipe, and whether it takes messages.
///
/// ```text
///             insert                push: Full
///   Vacant ───────────► Open(pipe) ───────────► Full(pipe)      rfc/sp-pair.md section 6
///     ▲                   │   ▲                    │ │
///     │      remove       │   └──── on_writable ───┘ │
///     └───────────────────┴─────────── remove ───────┘
/// ```
///
/// # Examples
///
/// ```
/// use speedwell_pipeset::Exclusive;
/// use speedwell_protocol::Reject;
/// use speedwell_testkit::effects::pipe;
///
/// let mut peer = Exclusive::new();
/// assert_eq!(peer.insert(pipe(1)), Ok(()));
/// assert_eq!(peer.insert(pipe(2)), Err(Reject::Occupied));
/// assert_eq!(peer.pipe(), Some(pipe(1)));
/// ```
#[derive(Debug, Default)]
pub struct Exclusive {
    seat: Seat,
}

#[derive(Clone, Copy, Debug, Default)]
enum Seat {
    #[default]
    Vacant,
    Open(PipeId),
    Full(PipeId),
}

impl Exclusive {
    /// No pipe.
    #[must_use]
    pub const fn new() -> Self {
        Self { seat: Seat::Vacant }
    }

    /// Takes a pipe, writable.
    ///
    /// # Errors
    ///
    /// [`Reject::Occupied`] when there is a pipe; nothing changes for that one.
    pub fn insert(&mut self, pipe: PipeId) -> Result<(), Reject> {
        match self.seat {
            Seat::Vacant => {
                self.seat = Seat::Open(pipe);
                Ok(())
            }
            Seat::Open(_) | Seat::Full(_) => Err(Reject::Occupied),
        }
    }

    /// Removes the pipe. False, with nothing changed, when it is another one or none.
    pub fn remove(&mut self, pipe: PipeId) -> bool {
        match self.seat {
            Seat::Open(held) | Seat::Full(held) if held == pipe => {
                self.seat = Seat::Vacant;
                true
            }
            Seat::Vacant | Seat::Open(_) | Seat::Full(_) => false,
        }
    }

    /// The pipe takes messages again. True when it was full and is the one held.
    pub fn on_writable(&mut self, pipe: PipeId) -> bool {
        match self.seat {
            Seat::Full(held) if held == pipe => {
                self.seat = Seat::Open(pipe);
                true
            }
            Seat::Vacant | Seat::Open(_) | Seat::Full(_) => false,
        }
    }

    /// Gives a message to the pipe, and notes when it is full.
    ///
    /// # Errors
    ///
    /// The message, when there is no pipe or it is full.
    #[inline]
    pub fn push(&mut self, message: Message, cx: &mut Cx<'_>) -> Result<PipeId, Message> {
        match self.seat {
            Seat::Open(pipe) => {
                match cx.push(pipe, message) {
                    Flow::Open => {}
                    Flow::Full => self.seat = Seat::Full(pipe),
                }
                Ok(pipe)
            }
            Seat::Vacant | Seat::Full(_) => Err(message),
        }
    }

    /// The pipe.
    #[must_use]
    #[inline]
    pub const fn pipe(&self) -> Option<PipeId> {
        match self.seat {
            Seat::Vacant => None,
            Seat::Open(pipe) | Seat::Full(pipe) => Some(pipe),
        }
    }

    /// True when [`Exclusive::push`] would take a message.
    #[must_use]
    #[inline]
    pub const fn is_writable(&self) -> bool {
        match self.seat {
            Seat::Open(_) => true,
            Seat::Vacant | Seat::Full(_) => false,
        }
    }
}
