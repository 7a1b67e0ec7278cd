//! The receiving side of PULL, REP and their like: many pipes, one order. Never holds more than
//! one inbox of a pipe and never copies a message. Obeys `rfc/sp-pipeline.md` section 4.

use std::mem;

use speedwell_protocol::{Cx, DropCause, Inbox, Message, PipeId, Priority};

use crate::turns::Turns;

/// Emptied inboxes that are kept for the next batches, so that none is allocated in the steady
/// state. At about 6 KiB each when they were full, a set keeps at most some 100 KiB.
pub const SPARE_MAX: usize = 16;

/// Inboxes of removed pipes. While so many wait for the application, no further batch is taken
/// from any pipe: peers that send and leave, again and again, meet back-pressure instead of
/// filling the memory. 64 full inboxes are 4 MiB.
pub const DEPARTED_MAX: usize = 64;

/// Pipes by 16 receive priorities, with at most one inbox each.
///
/// Messages of the best level (1) come first, strictly; inside a level the pipes take turns,
/// message by message. Each pipe's own messages keep their order. What a removed pipe left
/// behind stays receivable, in its level and its turn.
///
/// Every call takes constant time, whatever the number of pipes, but [`FairQueue::close`] and,
/// while removed pipes hold [`DEPARTED_MAX`] inboxes, the removal of a pipe that waits for that
/// to end and the pop that ends it.
///
/// # Examples
///
/// ```
/// use speedwell_pipeset::FairQueue;
/// use speedwell_protocol::{Inbox, Message, Priority};
/// use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};
///
/// let mut world = RecordingEffects::new();
/// let mut peers = FairQueue::new();
/// peers.insert(pipe(1), Priority::default());
/// let mut inbox = Inbox::new();
/// inbox.push(Message::from("work"));
/// peers.on_batch(pipe(1), &mut inbox);
/// assert_eq!(peers.pop(&mut world.cx()), Some(Message::from("work")));
/// assert_eq!(world.take(), [Effect::Resume(pipe(1))]);
/// ```
#[derive(Debug, Default)]
pub struct FairQueue {
    /// Ready are those whose inbox holds a message.
    turns: Turns<Member>,
    spare: Vec<Inbox>,
    /// How many members are departed.
    departed: usize,
    /// The members that wait for departed ones to go.
    waiting: Vec<PipeId>,
}

#[derive(Debug, Default)]
struct Member {
    inbox: Inbox,
    life: Life,
}

/// ```text
///                 batch while DEPARTED_MAX
///   insert ──► Attached ───────────► Waiting      removed with an empty inbox: forgotten
///                 │ ◄── fewer departed ─┘ │
///                 └─ removed, inbox ──────┴─► Departed ── last message popped ──► forgotten
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Attached,
    /// A batch of it was left because too many departed ones hold an inbox.
    Waiting,
    Departed,
}

impl FairQueue {
    /// An empty set; allocates nothing until the first pipe.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pipe. False, with nothing changed, when it is there already.
    pub fn insert(&mut self, pipe: PipeId, priority: Priority) -> bool {
        self.turns.insert(pipe, priority, Member::default())
    }

    /// Removes a pipe. What it has delivered stays receivable, in order. False when it is not
    /// there.
    pub fn remove(&mut self, pipe: PipeId) -> bool {
        let Some((_, member)) = self.attached(pipe) else {
            return false;
        };
        if !member.inbox.is_empty() {
            member.life = Life::Departed;
            self.departed += 1;
            return true;
        }
        if member.life == Life::Waiting {
            self.waiting.retain(|waiting| *waiting != pipe);
        }
        self.turns.remove(pipe);
        true
    }

    /// Moves a pipe to another level, where it has the last turn. False when it is not there.
    pub fn set_priority(&mut self, pipe: PipeId, priority: Priority) -> bool {
        let key = self
            .turns
            .find(pipe)
            .filter(|_| self.attached(pipe).is_some());
        key.into_iter()
            .for_each(|key| self.turns.set_priority(key, priority));
        key.is_some()
    }

    /// Takes the inbox of a pipe whole, and leaves an empty one for the next batch; or leaves all
    /// in it when the pipe's last inbox is not empty yet, or too many removed pipes hold one
    /// ([`DEPARTED_MAX`]). Then the pipe is resumed later. The batch of an unknown pipe is left.
    /// True when something was taken.
    pub fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox) -> bool {
        let short = self.departed >= DEPARTED_MAX;
        let Some(key) = self.turns.find(pipe).filter(|_| !inbox.is_empty()) else {
            return false;
        };
        let Some((_, member)) = self.turns.get_mut(key) else {
            return false;
        };
        match member.life {
            Life::Departed => false,
            Life::Attached | Life::Waiting if !member.inbox.is_empty() => false,
            Life::Waiting if short => false,
            Life::Attached if short => {
                member.life = Life::Waiting;
                self.waiting.push(pipe);
                false
            }
            Life::Attached | Life::Waiting => {
                let spare = self.spare.pop().unwrap_or_default();
                member.inbox = mem::replace(inbox, spare);
                self.turns.join(key);
                true
            }
        }
    }

    /// Takes the next message: of the best level, from the pipe whose turn it is. A pipe whose
    /// inbox becomes empty is resumed.
    #[inline]
    pub fn pop(&mut self, cx: &mut Cx<'_>) -> Option<Message> {
        let key = self.turns.next()?;
        let (pipe, member) = self.turns.get_mut(key)?;
        let message = member.inbox.pop();
        if !member.inbox.is_empty() {
            self.turns.advance(key);
            return message;
        }
        let emptied = mem::take(&mut member.inbox);
        let life = member.life;
        if self.spare.len() < SPARE_MAX {
            self.spare.push(emptied);
        }
        match life {
            Life::Attached | Life::Waiting => {
                self.turns.rest(key);
                cx.resume(pipe);
            }
            Life::Departed => {
                self.turns.remove(pipe);
                self.departed = self.departed.saturating_sub(1);
                self.end_shortage(cx);
            }
        }
        message
    }

    /// True when [`FairQueue::pop`] has nothing to give.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        !self.turns.is_ready()
    }

    /// The number of pipes, those apart that are removed and still have messages here.
    #[must_use]
    pub fn pipes_len(&self) -> usize {
        self.turns.len().saturating_sub(self.departed)
    }

    /// Drops every message that is held, counting each under its pipe as [`DropCause::Closed`].
    /// The pipes stay, and are not resumed.
    pub fn close(&mut self, cx: &mut Cx<'_>) {
        while let Some(key) = self.turns.next() {
            let Some((pipe, member)) = self.turns.get_mut(key) else {
                return;
            };
            let dropped = u64::try_from(member.inbox.clear()).unwrap_or(u64::MAX);
            let life = member.life;
            cx.drop_counted(Some(pipe), DropCause::Closed, dropped);
            self.turns.rest(key);
            if life == Life::Departed {
                self.turns.remove(pipe);
            }
        }
        self.departed = 0;
        self.spare = Vec::new();
    }

    /// Resumes those who waited, once fewer than [`DEPARTED_MAX`] removed pipes hold an inbox.
    fn end_shortage(&mut self, cx: &mut Cx<'_>) {
        if self.departed >= DEPARTED_MAX {
            return;
        }
        for pipe in mem::take(&mut self.waiting) {
            if let Some((_, member)) = self.attached(pipe) {
                member.life = Life::Attached;
                cx.resume(pipe);
            }
        }
    }

    /// The member, unless it is unknown or departed.
    fn attached(&mut self, pipe: PipeId) -> Option<(PipeId, &mut Member)> {
        let key = self.turns.find(pipe)?;
        let member = self.turns.get_mut(key)?;
        (member.1.life != Life::Departed).then_some(member)
    }
}

#[cfg(test)]
mod tests {
    use speedwell_testkit::effects::{RecordingEffects, pipe};

    use super::*;

    #[test]
    fn emptied_inboxes_go_round_up_to_the_limit() {
        let (mut set, mut world) = (FairQueue::new(), RecordingEffects::new());
        let many = u32::try_from(SPARE_MAX).unwrap() + 4;
        (0..many).for_each(|n| assert!(set.insert(pipe(n), Priority::default())));
        for round in 0..3 {
            let mut inbox = Inbox::new();
            for n in 0..many {
                inbox.push(Message::new());
                assert!(set.on_batch(pipe(n), &mut inbox));
            }
            assert!(
                set.spare.is_empty(),
                "round {round} made inboxes and had spare ones"
            );
            while set.pop(&mut world.cx()).is_some() {}
            assert_eq!(set.spare.len(), SPARE_MAX);
        }
    }

    #[test]
    fn those_who_left_do_not_wait() {
        let mut set = FairQueue::new();
        set.departed = DEPARTED_MAX;
        for n in 0..100 {
            set.insert(pipe(n), Priority::default());
            let mut inbox = Inbox::new();
            inbox.push(Message::new());
            assert!(!set.on_batch(pipe(n), &mut inbox));
            assert_eq!(set.waiting, [pipe(n)]);
            set.remove(pipe(n));
        }
        assert!(set.waiting.is_empty());
    }
}
