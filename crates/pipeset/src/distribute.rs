//! The sending side of PUB, BUS and SURVEYOR: each message goes to everybody who can take it now.
//! Never waits for a slow pipe and never copies a large body. Obeys `rfc/0001-contracts.md`.

use std::mem;

use speedwell_protocol::{Cx, DropCause, Flow, Message, PipeId};

use crate::pipe_map::PipeMap;

/// What became of one message that was given to a [`Distribute`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Pipes that took it.
    pub pushed: usize,
    /// Pipes that were full, so that it was dropped for them, and counted.
    pub dropped: usize,
}

/// Pipes that all get every message.
///
/// Each call takes constant time, whatever the number of pipes, but [`Distribute::push_all`] and
/// [`Distribute::iter`].
///
/// # Examples
///
/// ```
/// use speedwell_pipeset::{Distribute, Tally};
/// use speedwell_protocol::Message;
/// use speedwell_testkit::effects::{RecordingEffects, pipe};
///
/// let mut world = RecordingEffects::new();
/// let mut readers = Distribute::new();
/// readers.insert(pipe(1));
/// readers.insert(pipe(2));
/// let tally = readers.push_all(&Message::from("news"), None, &mut world.cx());
/// assert_eq!(tally, Tally { pushed: 2, dropped: 0 });
/// ```
#[derive(Debug, Default)]
pub struct Distribute {
    members: Vec<Member>,
    places: PipeMap<usize>,
    /// How many members are full.
    full: usize,
}

#[derive(Debug)]
struct Member {
    pipe: PipeId,
    flow: Flow,
}

impl Distribute {
    /// An empty set; allocates nothing until the first pipe.
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
        self.members.push(Member {
            pipe,
            flow: Flow::Open,
        });
        true
    }

    /// Removes a pipe. False when it is not there.
    pub fn remove(&mut self, pipe: PipeId) -> bool {
        let Some(place) = self.places.remove(&pipe) else {
            return false;
        };
        let removed = self.members.swap_remove(place);
        if removed.flow == Flow::Full {
            self.full = self.full.saturating_sub(1);
        }
        if let Some(moved) = self.members.get(place) {
            self.places.insert(moved.pipe, place);
        }
        true
    }

    /// A pipe takes messages again. False when it is not there.
    pub fn on_writable(&mut self, pipe: PipeId) -> bool {
        let place = self.places.get(&pipe).copied();
        match place.and_then(|place| self.members.get_mut(place)) {
            Some(member) => {
                if mem::replace(&mut member.flow, Flow::Open) == Flow::Full {
                    self.full = self.full.saturating_sub(1);
                }
                true
            }
            None => false,
        }
    }

    /// Gives a clone of a message to each writable pipe but `except`. For each full one the
    /// message is dropped, counted under that pipe as [`DropCause::Overflow`].
    pub fn push_all(
        &mut self,
        message: &Message,
        except: Option<PipeId>,
        cx: &mut Cx<'_>,
    ) -> Tally {
        let mut tally = Tally::default();
        for member in self
            .members
            .iter_mut()
            .filter(|member| Some(member.pipe) != except)
        {
            match member.flow {
                Flow::Open => {
                    member.flow = cx.push(member.pipe, message.clone());
                    self.full += usize::from(member.flow == Flow::Full);
                    tally.pushed += 1;
                }
                Flow::Full => {
                    cx.drop_counted(Some(member.pipe), DropCause::Overflow, 1);
                    tally.dropped += 1;
                }
            }
        }
        tally
    }

    /// True when the pipe is there, writable or not.
    #[must_use]
    #[inline]
    pub fn contains(&self, pipe: PipeId) -> bool {
        self.places.contains_key(&pipe)
    }

    /// The pipes that [`Distribute::push_all`] would give a message to, in no particular order.
    pub fn writable(&self) -> impl Iterator<Item = PipeId> {
        let open = self.members.iter().filter(|member| member.flow.is_open());
        open.map(|member| member.pipe)
    }

    /// True while a pipe is full, so that the next message would be dropped for it.
    #[must_use]
    #[inline]
    pub fn is_any_full(&self) -> bool {
        self.full > 0
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
