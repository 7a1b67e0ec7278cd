//! The sending side of REP and RESPONDENT: each message goes to the pipe that it names, or is
//! dropped. Never waits for a slow pipe. Obeys `rfc/sp-reqrep.md` section 6.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use speedwell_protocol::{Cx, DropCause, Flow, Message, PipeId};

use crate::pipe_map::PipeHasher;

/// Pipes of which each message names one, by its id or by the word that stands for it in headers.
///
/// A message for a pipe that is gone or full is dropped and counted: an answer that nobody waits
/// for must not hold up the answers to others. Every call takes constant time.
///
/// # Examples
///
/// ```
/// use speedwell_pipeset::Addressed;
/// use speedwell_protocol::{DropCause, Message};
/// use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};
///
/// let mut world = RecordingEffects::new();
/// let mut clients = Addressed::new();
/// clients.insert(pipe(1));
/// clients.push(pipe(1), Message::from("yours"), &mut world.cx());
/// clients.push(pipe(2), Message::from("nobody's"), &mut world.cx());
/// assert_eq!(world.take(), [
///     Effect::Push(pipe(1), Message::from("yours")),
///     Effect::Drop(Some(pipe(2)), DropCause::PipeLost, 1),
/// ]);
/// ```
#[derive(Debug, Default)]
pub struct Addressed {
    members: HashMap<u32, Member, BuildHasherDefault<PipeHasher>>,
}

#[derive(Debug)]
struct Member {
    pipe: PipeId,
    flow: Flow,
}

impl Addressed {
    /// An empty set; allocates nothing until the first pipe.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pipe, writable. No two pipes that live at the same time have the same word.
    pub fn insert(&mut self, pipe: PipeId) {
        let flow = Flow::Open;
        self.members.insert(pipe.word(), Member { pipe, flow });
    }

    /// Removes a pipe. False when it is not there.
    pub fn remove(&mut self, pipe: PipeId) -> bool {
        self.contains(pipe) && self.members.remove(&pipe.word()).is_some()
    }

    /// True when the pipe is there, writable or not.
    #[must_use]
    #[inline]
    pub fn contains(&self, pipe: PipeId) -> bool {
        self.find(pipe.word()) == Some(pipe)
    }

    /// The pipe that a word stands for in headers.
    #[must_use]
    #[inline]
    pub fn find(&self, word: u32) -> Option<PipeId> {
        self.members.get(&word).map(|member| member.pipe)
    }

    /// A pipe takes messages again. False when it is not there.
    pub fn on_writable(&mut self, pipe: PipeId) -> bool {
        match self.member(pipe) {
            Some(member) => {
                member.flow = Flow::Open;
                true
            }
            None => false,
        }
    }

    /// Gives a message to a pipe, or drops it: counted under that pipe as [`DropCause::PipeLost`]
    /// when it is gone, and as [`DropCause::Overflow`] when it is full.
    pub fn push(&mut self, pipe: PipeId, message: Message, cx: &mut Cx<'_>) {
        match self.member(pipe) {
            Some(member) if member.flow.is_open() => member.flow = cx.push(pipe, message),
            Some(_) => cx.drop_counted(Some(pipe), DropCause::Overflow, 1),
            None => cx.drop_counted(Some(pipe), DropCause::PipeLost, 1),
        }
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

    fn member(&mut self, pipe: PipeId) -> Option<&mut Member> {
        let member = self.members.get_mut(&pipe.word());
        member.filter(|member| member.pipe == pipe)
    }
}
