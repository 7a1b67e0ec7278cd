//! The sending side of PUB, BUS and SURVEYOR: each message goes to everybody. Never lets a slow
//! pipe cost another one a message, and never copies a large body. Obeys `rfc/sp-pubsub.md`
//! section 3.

use speedwell_protocol::{Cx, DropCause, Flow, Held, Message, PipeId, Verdict};

use crate::overflow::{HELD_MESSAGES_MAX, HELD_OCTETS_MAX};
use crate::pipe_map::PipeMap;
use crate::{Backlog, Overflow};

/// Pipes that all get every message. What a full one misses is for the [`Overflow`] to say.
///
/// Each call takes constant time, whatever the number of pipes, but [`Distribute::push`],
/// [`Distribute::close`], [`Distribute::held`] and the iterators.
///
/// # Examples
///
/// ```
/// use speedwell_pipeset::Distribute;
/// use speedwell_protocol::Message;
/// use speedwell_testkit::effects::{RecordingEffects, pipe};
///
/// let mut world = RecordingEffects::new();
/// let mut readers = Distribute::new();
/// readers.insert(pipe(1));
/// readers.insert(pipe(2));
/// readers.push(&mut Some(Message::from("news")), None, &mut world.cx())?;
/// assert_eq!(world.take().len(), 2);
/// # Ok::<(), speedwell_protocol::Verdict>(())
/// ```
#[derive(Debug, Default)]
pub struct Distribute {
    members: Vec<Member>,
    places: PipeMap<usize>,
    /// How many members are full.
    full: usize,
    overflow: Overflow,
}

#[derive(Debug)]
struct Member {
    pipe: PipeId,
    room: Room,
}

/// ```text
///            push answers Full                          rfc/sp-pubsub.md section 6
///   Open ──────────────────────► Full [held] ◄─┐ a message is dropped, or is held and may
///    ▲                             │  │  └─────┘ push out older ones
///    └── writable, all is sent on ─┘  └──► again Full: writable, not all could be sent on
/// ```
#[derive(Debug)]
enum Room {
    Open,
    /// What is held is not empty only under [`Overflow::DropOldest`], or since.
    Full {
        held: Backlog,
    },
}

impl Distribute {
    /// An empty set that drops the newest; allocates nothing until the first pipe.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pipe, writable. False, with nothing changed, when it is there already.
    pub fn insert(&mut self, pipe: PipeId) -> bool {
        if self.places.contains_key(&pipe) {
            return false;
        }
        self.places.insert(pipe, self.members.len());
        let room = Room::Open;
        self.members.push(Member { pipe, room });
        true
    }

    /// Removes a pipe, if it is there; what is held for it is dropped and counted as
    /// [`DropCause::PipeLost`]. True when a send had to wait, and need not any more.
    // rfc: sp-pubsub B-33
    pub fn remove(&mut self, pipe: PipeId, cx: &mut Cx<'_>) -> bool {
        let Some(place) = self.places.remove(&pipe) else {
            return false;
        };
        let was_blocked = self.is_blocked();
        let removed = self.members.swap_remove(place);
        if let Some(moved) = self.members.get(place) {
            self.places.insert(moved.pipe, place);
        }
        if let Room::Full { held } = removed.room {
            self.full = self.full.saturating_sub(1);
            drop_held(pipe, &held, DropCause::PipeLost, cx);
        }
        was_blocked && !self.is_blocked()
    }

    /// A pipe takes messages again: first those that are held for it. True when a send had to
    /// wait, and need not any more.
    // rfc: sp-pubsub B-08, B-32
    pub fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) -> bool {
        let was_blocked = self.is_blocked();
        let place = self.places.get(&pipe).copied();
        let Some(member) = place.and_then(|place| self.members.get_mut(place)) else {
            return false;
        };
        if let Room::Full { held } = &mut member.room
            && held.serve(pipe, cx).is_open()
        {
            member.room = Room::Open;
            self.full = self.full.saturating_sub(1);
        }
        was_blocked && !self.is_blocked()
    }

    /// What becomes of a message while a pipe is full.
    #[must_use]
    pub fn overflow(&self) -> Overflow {
        self.overflow
    }

    /// Says what becomes of a message while a pipe is full, from the next one on. What is held
    /// stays so. True when a send had to wait, and need not any more.
    // rfc: sp-pubsub B-09, B-34
    pub fn set_overflow(&mut self, overflow: Overflow) -> bool {
        let was_blocked = self.is_blocked();
        self.overflow = overflow;
        was_blocked && !self.is_blocked()
    }

    /// Gives a clone of the message to each pipe but `except`; for the full ones, what becomes of
    /// it is as [`Overflow`] says. Without a pipe to give it to it is dropped, and counted once as
    /// [`DropCause::NoPeer`].
    ///
    /// # Errors
    ///
    /// [`Verdict::Wait`] when a pipe is full and the policy is [`Overflow::Block`]; then nobody
    /// gets it, and it is left where it was.
    // rfc: sp-pubsub B-05, B-06, B-07, B-08, B-10, B-11
    pub fn push(
        &mut self,
        message: &mut Option<Message>,
        except: Option<PipeId>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        if self.is_blocked() {
            return Err(Verdict::Wait);
        }
        let Some(message) = message.take() else {
            return Ok(());
        };
        let mut is_heard = false;
        let members = self.members.iter_mut();
        for member in members.filter(|member| Some(member.pipe) != except) {
            is_heard = true;
            let pipe = member.pipe;
            match (&mut member.room, self.overflow) {
                (Room::Open, _) => {
                    if cx.push(pipe, message.clone()) == Flow::Full {
                        let held = Backlog::new();
                        member.room = Room::Full { held };
                        self.full += 1;
                    }
                }
                (Room::Full { held }, Overflow::DropOldest) => {
                    hold(pipe, held, message.clone(), cx);
                }
                (Room::Full { .. }, Overflow::DropNewest | Overflow::Block) => {
                    cx.drop_counted(Some(pipe), DropCause::Overflow, 1);
                }
            }
        }
        if !is_heard {
            cx.drop_counted(None, DropCause::NoPeer, 1);
        }
        Ok(())
    }

    /// Drops what is held, and counts it as [`DropCause::Closed`]. The pipes stay.
    // rfc: sp-pubsub B-28
    pub fn close(&mut self, cx: &mut Cx<'_>) {
        for Member { pipe, room } in &mut self.members {
            if let Room::Full { held } = room {
                drop_held(*pipe, held, DropCause::Closed, cx);
                held.clear();
            }
        }
    }

    /// True while a send has to wait: a pipe is full, and the policy is [`Overflow::Block`].
    #[must_use]
    #[inline]
    pub fn is_blocked(&self) -> bool {
        self.overflow == Overflow::Block && self.full > 0
    }

    /// What is held for full pipes: a message counts once for each.
    #[must_use]
    pub fn held(&self) -> Held {
        let mut all = Held::default();
        for member in &self.members {
            if let Room::Full { held } = &member.room {
                let held = held.held();
                all.messages = all.messages.saturating_add(held.messages);
                all.octets = all.octets.saturating_add(held.octets);
            }
        }
        all
    }

    /// True when the pipe is there, writable or not.
    #[must_use]
    #[inline]
    pub fn contains(&self, pipe: PipeId) -> bool {
        self.places.contains_key(&pipe)
    }

    /// The pipes that [`Distribute::push`] would give a message to now, or hold it for, in no
    /// particular order.
    pub fn takers(&self) -> impl Iterator<Item = PipeId> {
        let holds = self.overflow == Overflow::DropOldest;
        let takers = self
            .members
            .iter()
            .filter(move |member| holds || matches!(member.room, Room::Open));
        takers.map(|member| member.pipe)
    }

    /// The number of pipes, writable or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// True when there is no pipe.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// All pipes, writable or not, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = PipeId> {
        self.members.iter().map(|member| member.pipe)
    }
}

/// Keeps a message for a full pipe, and drops the oldest while there are too many.
// rfc: sp-pubsub B-32
fn hold(pipe: PipeId, held: &mut Backlog, message: Message, cx: &mut Cx<'_>) {
    held.push(message);
    let mut dropped = 0_u64;
    while held.len() > HELD_MESSAGES_MAX || held.len() > 1 && held.held().octets > HELD_OCTETS_MAX {
        held.pop();
        dropped += 1;
    }
    if dropped > 0 {
        cx.drop_counted(Some(pipe), DropCause::Overflow, dropped);
    }
}

fn drop_held(pipe: PipeId, held: &Backlog, cause: DropCause, cx: &mut Cx<'_>) {
    let messages = held.held().messages;
    if messages > 0 {
        cx.drop_counted(Some(pipe), cause, messages);
    }
}
