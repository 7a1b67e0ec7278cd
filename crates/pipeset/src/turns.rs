//! Whose turn it is: pipes by 16 priorities, and in each level a ring of those that are ready.
//! Knows nothing of messages and never waits; every call but the iteration takes constant time.
//! Obeys `rfc/sp-pipeline.md` section 3.
//!
//! ```text
//!   levels with a ready pipe     rings (a member points at both neighbours)
//!   bit 0  (priority 1)   0
//!   bit 1  (priority 2)   1 ──►  head ─► C ⇄ A ⇄ D ─┐      the turn is C's;
//!   ...                               └─────────────┘      then A's, then D's, then C's
//!   bit 15 (priority 16)  1 ──►  head ─► B ⇄ itself
//! ```
//!
//! The best level is the lowest bit that is set. Who becomes ready joins behind the last of its
//! ring, so nobody has a second turn before each sibling that was ready all the time had one.

use slab::Slab;
use speedwell_protocol::{PipeId, Priority};

use crate::pipe_map::PipeMap;

/// A set of pipes, each with a priority and a value; the ready ones take turns.
#[derive(Debug)]
pub(crate) struct Turns<T> {
    members: Slab<Member<T>>,
    keys: PipeMap<usize>,
    /// Per level the member whose turn is next; means something only where `ready` has a bit.
    heads: [usize; Priority::LEVELS],
    /// Bit `n` is set when the ring of level `n` is not empty.
    ready: u16,
}

/// Where a member is kept; good until it is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(usize);

#[derive(Debug)]
struct Member<T> {
    pipe: PipeId,
    priority: Priority,
    /// `None` when not ready.
    ring: Option<Neighbours>,
    value: T,
}

#[derive(Clone, Copy, Debug)]
struct Neighbours {
    before: usize,
    after: usize,
}

impl<T> Turns<T> {
    /// Adds a pipe that is not ready. False, with nothing changed, when it is there already.
    pub(crate) fn insert(&mut self, pipe: PipeId, priority: Priority, value: T) -> bool {
        if self.keys.contains_key(&pipe) {
            return false;
        }
        let key = self.members.insert(Member {
            pipe,
            priority,
            ring: None,
            value,
        });
        self.keys.insert(pipe, key);
        true
    }

    /// Removes a pipe, ready or not.
    pub(crate) fn remove(&mut self, pipe: PipeId) -> Option<T> {
        let key = self.keys.remove(&pipe)?;
        self.rest(Key(key));
        self.members.try_remove(key).map(|member| member.value)
    }

    /// Where the pipe is kept.
    #[inline]
    pub(crate) fn find(&self, pipe: PipeId) -> Option<Key> {
        self.keys.get(&pipe).copied().map(Key)
    }

    /// The pipe whose turn it is: of the best level, the one that waits longest.
    #[inline]
    pub(crate) fn next(&self) -> Option<Key> {
        let level = usize::try_from(self.ready.trailing_zeros()).ok()?;
        self.heads.get(level).copied().map(Key)
    }

    /// The member that a key stands for.
    #[inline]
    pub(crate) fn get(&self, Key(key): Key) -> Option<(PipeId, &T)> {
        let member = self.members.get(key)?;
        Some((member.pipe, &member.value))
    }

    /// The member that a key stands for.
    #[inline]
    pub(crate) fn get_mut(&mut self, Key(key): Key) -> Option<(PipeId, &mut T)> {
        let member = self.members.get_mut(key)?;
        Some((member.pipe, &mut member.value))
    }

    /// True when some pipe is ready.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.ready != 0
    }

    /// The number of pipes, ready or not.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// All pipes, ready or not, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (PipeId, &T)> {
        self.members
            .iter()
            .map(|(_, member)| (member.pipe, &member.value))
    }

    /// Moves a member to another level, where it has the last turn. At the level it has already it
    /// keeps its place.
    pub(crate) fn set_priority(&mut self, key: Key, priority: Priority) {
        let known = self.members.get(key.0).map(|member| member.priority);
        if known == Some(priority) {
            return;
        }
        let was_ready = self.rest(key);
        if let Some(member) = self.members.get_mut(key.0) {
            member.priority = priority;
        }
        if was_ready {
            self.join(key);
        }
    }

    /// The member is ready: it has the last turn of its level. A ready one keeps its place.
    pub(crate) fn join(&mut self, Key(key): Key) {
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        if member.ring.is_some() {
            return;
        }
        let (before, after) = (key, key);
        member.ring = Some(Neighbours { before, after });
        let (level, bit) = place(member.priority);
        let Some(head) = self.heads.get_mut(level) else {
            return;
        };
        if self.ready & bit == 0 {
            *head = key;
            self.ready |= bit;
            return;
        }
        let first = *head;
        if let Some(last) = self.ring(first).map(|ring| ring.before) {
            self.connect(last, key);
            self.connect(key, first);
        }
    }

    /// The member is not ready any more. True when it was.
    pub(crate) fn rest(&mut self, Key(key): Key) -> bool {
        let Some(member) = self.members.get_mut(key) else {
            return false;
        };
        let Some(Neighbours { before, after }) = member.ring.take() else {
            return false;
        };
        let (level, bit) = place(member.priority);
        if after == key {
            self.ready &= !bit;
            return true;
        }
        self.connect(before, after);
        if let Some(head) = self.heads.get_mut(level).filter(|head| **head == key) {
            *head = after;
        }
        true
    }

    /// The member has had its turn and stays ready: the next of its level is its neighbour.
    #[inline]
    pub(crate) fn advance(&mut self, Key(key): Key) {
        let Some(member) = self.members.get(key) else {
            return;
        };
        let (level, _) = place(member.priority);
        if let (Some(ring), Some(head)) = (member.ring, self.heads.get_mut(level)) {
            *head = ring.after;
        }
    }

    /// Makes two members neighbours.
    fn connect(&mut self, left: usize, right: usize) {
        if let Some(ring) = self.ring(left) {
            ring.after = right;
        }
        if let Some(ring) = self.ring(right) {
            ring.before = left;
        }
    }

    fn ring(&mut self, key: usize) -> Option<&mut Neighbours> {
        self.members.get_mut(key)?.ring.as_mut()
    }
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self {
            members: Slab::new(),
            keys: PipeMap::default(),
            heads: [0; Priority::LEVELS],
            ready: 0,
        }
    }
}

/// The level of a priority, and its bit.
fn place(priority: Priority) -> (usize, u16) {
    let level = priority.index();
    (level, 1 << level)
}

#[cfg(test)]
mod tests;
