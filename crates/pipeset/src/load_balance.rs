//! The sending side of PUSH and REQ: each message goes to one pipe. Never queues a message and
//! never gives one to a pipe that is full. Obeys `rfc/sp-pipeline.md` section 3.

use speedwell_protocol::{Cx, Flow, Message, PipeId, Priority};

use crate::turns::Turns;

/// Pipes by 16 send priorities, of which each message goes to one.
///
/// The best level (1) with a writable pipe gets every message; a lower one gets messages only
/// while no better one can take any. Inside a level the pipes take turns. Falling back and
/// failing back need no call: what counts is who is writable at the moment of the push.
///
/// Every call takes constant time, whatever the number of pipes; [`LoadBalance::iter`] does not.
///
/// # Examples
///
/// ```
/// use speedwell_pipeset::LoadBalance;
/// use speedwell_protocol::{Message, Priority};
/// use speedwell_testkit::effects::{RecordingEffects, pipe};
///
/// let mut world = RecordingEffects::new();
/// world.set_room(pipe(1), 1);
/// let mut workers = LoadBalance::new();
/// workers.insert(pipe(1), Priority::HIGHEST);
/// workers.insert(pipe(2), Priority::LOWEST);
/// assert_eq!(workers.push(&mut Some(Message::from("a")), &mut world.cx()), Some(pipe(1)));
/// assert_eq!(workers.push(&mut Some(Message::from("b")), &mut world.cx()), Some(pipe(2)));
/// ```
#[derive(Debug, Default)]
pub struct LoadBalance {
    turns: Turns<()>,
}

impl LoadBalance {
    /// An empty set; allocates nothing until the first pipe.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pipe, writable, with the last turn of its level. False, with nothing changed, when
    /// it is there already.
    pub fn insert(&mut self, pipe: PipeId, priority: Priority) -> bool {
        self.turns.insert(pipe, priority, ()) && self.set_writable(pipe, true)
    }

    /// Removes a pipe. False when it is not there.
    pub fn remove(&mut self, pipe: PipeId) -> bool {
        self.turns.remove(pipe).is_some()
    }

    /// Moves a pipe to another level, where it has the last turn. At the level it has already
    /// nothing changes. False when it is not there.
    // rfc: sp-pipeline L-26
    pub fn set_priority(&mut self, pipe: PipeId, priority: Priority) -> bool {
        let Some(key) = self.turns.find(pipe) else {
            return false;
        };
        self.turns.set_priority(key, priority);
        true
    }

    /// Notes whether a pipe takes messages. A pipe that becomes writable has the last turn of its
    /// level; one that was writable keeps its place. False when the pipe is not there.
    pub fn set_writable(&mut self, pipe: PipeId, writable: bool) -> bool {
        let Some(key) = self.turns.find(pipe) else {
            return false;
        };
        if writable {
            self.turns.join(key);
        } else {
            self.turns.rest(key);
        }
        true
    }

    /// A pipe takes messages again. False when it is not there.
    pub fn on_writable(&mut self, pipe: PipeId) -> bool {
        self.set_writable(pipe, true)
    }

    /// True when the pipe is there, writable or not.
    #[must_use]
    #[inline]
    pub fn contains(&self, pipe: PipeId) -> bool {
        self.turns.find(pipe).is_some()
    }

    /// True when [`LoadBalance::push`] would take a message.
    #[must_use]
    #[inline]
    pub fn is_writable(&self) -> bool {
        self.turns.is_ready()
    }

    /// Gives the message to the pipe whose turn it is, and notes when that pipe is full. `None`,
    /// with the message left, when no pipe is writable.
    #[inline]
    pub fn push(&mut self, message: &mut Option<Message>, cx: &mut Cx<'_>) -> Option<PipeId> {
        let key = self.turns.next()?;
        let (pipe, ()) = self.turns.get(key)?;
        match cx.push_from(pipe, message)? {
            Flow::Open => self.turns.advance(key),
            Flow::Full => {
                self.turns.rest(key);
            }
        }
        Some(pipe)
    }

    /// Takes the turn of a pipe and says which it is, for a protocol that pushes by itself and
    /// then notes a full pipe by [`LoadBalance::set_writable`]. `None` when none is writable.
    pub fn pick(&mut self) -> Option<PipeId> {
        let key = self.turns.next()?;
        self.turns.advance(key);
        self.turns.get(key).map(|(pipe, ())| pipe)
    }

    /// The number of pipes, writable or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.turns.len()
    }

    /// True when there is no pipe.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All pipes, writable or not, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = PipeId> {
        self.turns.iter().map(|(pipe, ())| pipe)
    }
}
