//! The receiving side of PULL, REP and their like: many pipes, one order. Never holds more than
//! one inbox of a pipe and never copies a message. Obeys `rfc/sp-pipeline.md` sections 4 and 6.

use std::collections::BTreeSet;
use std::mem;

use speedwell_protocol::{Cx, DropCause, Inbox, Message, PipeId, Priority};

use crate::spare::Spare;
use crate::turns::Turns;

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
/// Every call takes the same time, whatever the number of pipes, but [`FairQueue::close`] and the
/// pop that ends a shortage ([`DEPARTED_MAX`]), which resumes whoever waited for that.
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
    /// Ready are those that hold a message.
    turns: Turns<Member>,
    spare: Spare,
    /// How many members are departed.
    departed: usize,
    /// The members that wait for departed ones to go, in an order that is the same everywhere.
    waiting: BTreeSet<PipeId>,
}

/// What is held of one pipe.
///
/// ```text
///                a batch is taken               removed
///   insert ──► Idle ─────────────► Holding ───────────────► Departed
///              │ ▲ ▲               gives [inbox]            gives [inbox]
///   a batch is │ │ └── its last ─────┘                        │
///   left       ▼ │ fewer Departed                             ▼ its last
///            Waiting                                       forgotten
/// ```
///
/// A batch is left while [`DEPARTED_MAX`] are Departed. Idle or Waiting, and removed: forgotten.
#[derive(Debug, Default)]
enum Member {
    #[default]
    Idle,
    Waiting,
    Holding(Inbox),
    Departed(Inbox),
}

impl FairQueue {
    /// An empty set; allocates nothing until the first pipe.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pipe. False, with nothing changed, when it is there already.
    pub fn insert(&mut self, pipe: PipeId, priority: Priority) -> bool {
        self.turns.insert(pipe, priority, Member::Idle)
    }

    /// Removes a pipe. What it has delivered stays receivable, in order. False when it is not
    /// there.
    // rfc: sp-pipeline L-18
    pub fn remove(&mut self, pipe: PipeId) -> bool {
        let Some((_, member)) = self
            .turns
            .find(pipe)
            .and_then(|key| self.turns.get_mut(key))
        else {
            return false;
        };
        match member {
            Member::Idle => {
                self.turns.remove(pipe);
            }
            Member::Waiting => {
                self.waiting.remove(&pipe);
                self.turns.remove(pipe);
            }
            Member::Holding(inbox) => {
                *member = Member::Departed(mem::take(inbox));
                self.departed += 1;
            }
            Member::Departed(_) => return false,
        }
        true
    }

    /// Moves a pipe, and what is held of it, to another level, where it has the last turn. At the
    /// level it has already nothing changes. False when it is not there.
    // rfc: sp-pipeline L-26
    pub fn set_priority(&mut self, pipe: PipeId, priority: Priority) -> bool {
        let Some(key) = self.turns.find(pipe) else {
            return false;
        };
        match self.turns.get(key) {
            Some((_, Member::Idle | Member::Waiting | Member::Holding(_))) => {
                self.turns.set_priority(key, priority);
                true
            }
            Some((_, Member::Departed(_))) | None => false,
        }
    }

    /// Takes the inbox of a pipe whole, and leaves an empty one for the next batch; or leaves all
    /// in it when the pipe's last inbox is not empty yet, or too many removed pipes hold one
    /// ([`DEPARTED_MAX`]). Then the pipe is resumed later. The batch of an unknown pipe is left.
    /// True when something was taken.
    #[inline]
    pub fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox) -> bool {
        let Some(key) = self.turns.find(pipe).filter(|_| !inbox.is_empty()) else {
            return false;
        };
        let Some((_, member)) = self.turns.get_mut(key) else {
            return false;
        };
        match member {
            // rfc: sp-pipeline L-16
            Member::Holding(_) | Member::Departed(_) => false,
            // rfc: sp-pipeline L-20
            Member::Idle | Member::Waiting if self.departed >= DEPARTED_MAX => {
                *member = Member::Waiting;
                self.waiting.insert(pipe);
                false
            }
            Member::Idle | Member::Waiting => {
                *member = Member::Holding(mem::replace(inbox, self.spare.take()));
                self.turns.join(key);
                true
            }
        }
    }

    /// Takes one message of a pipe, where a batch has to be dealt out, and leaves an empty one in
    /// its place: as [`FairQueue::on_batch`], but it also adds to what is held, until that is a
    /// full inbox. False, with nothing changed, when there is no room; the pipe is resumed when all
    /// that is held of it is given.
    pub fn add(&mut self, pipe: PipeId, message: &mut Message) -> bool {
        let Some(key) = self.turns.find(pipe) else {
            return false;
        };
        let Some((_, member)) = self.turns.get_mut(key) else {
            return false;
        };
        match member {
            // rfc: sp-pipeline L-16
            Member::Holding(inbox) if inbox.is_full() => return false,
            Member::Holding(inbox) => inbox.push(mem::take(message)),
            Member::Departed(_) => return false,
            // rfc: sp-pipeline L-20
            Member::Idle | Member::Waiting if self.departed >= DEPARTED_MAX => {
                *member = Member::Waiting;
                self.waiting.insert(pipe);
                return false;
            }
            Member::Idle | Member::Waiting => {
                let mut inbox = self.spare.take();
                inbox.set_origin(Some(pipe));
                inbox.push(mem::take(message));
                *member = Member::Holding(inbox);
                self.turns.join(key);
            }
        }
        true
    }

    /// True when a batch of this pipe would be taken.
    #[must_use]
    pub fn has_room(&self, pipe: PipeId) -> bool {
        let key = self.turns.find(pipe);
        match key.and_then(|key| self.turns.get(key)) {
            Some((_, Member::Idle | Member::Waiting)) => self.departed < DEPARTED_MAX,
            Some((_, Member::Holding(_) | Member::Departed(_))) | None => false,
        }
    }

    /// Takes the next message, as [`FairQueue::pop_into`] does.
    #[inline]
    pub fn pop(&mut self, cx: &mut Cx<'_>) -> Option<Message> {
        let mut message = Message::new();
        self.pop_into(&mut message, cx).then_some(message)
    }

    /// Puts the next message in a place: of the best level, from the pipe whose turn it is. A pipe
    /// whose inbox becomes empty is resumed. False, with nothing changed, when there is none.
    #[inline]
    pub fn pop_into(&mut self, place: &mut Message, cx: &mut Cx<'_>) -> bool {
        let Some(key) = self.turns.next() else {
            return false;
        };
        let Some((pipe, member)) = self.turns.get_mut(key) else {
            return false;
        };
        let (inbox, departed) = match member {
            Member::Holding(inbox) => (inbox, false),
            Member::Departed(inbox) => (inbox, true),
            // Neither is ever ready.
            Member::Idle | Member::Waiting => return false,
        };
        let given = inbox.pop_into(place);
        if !inbox.is_empty() {
            self.turns.advance(key);
            return given;
        }
        self.spare.keep(mem::take(inbox));
        if departed {
            self.forget(pipe);
            self.end_shortage(cx);
        } else {
            *member = Member::Idle;
            self.turns.rest(key);
            // rfc: sp-pipeline L-17
            cx.resume(pipe);
        }
        given
    }

    /// True when [`FairQueue::pop`] has nothing to give.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        !self.turns.is_ready()
    }

    /// True while the pipe is here and not removed, whether something is held of it or not.
    #[must_use]
    #[inline]
    pub fn contains(&self, pipe: PipeId) -> bool {
        let key = self.turns.find(pipe);
        match key.and_then(|key| self.turns.get(key)) {
            Some((_, Member::Idle | Member::Waiting | Member::Holding(_))) => true,
            Some((_, Member::Departed(_))) | None => false,
        }
    }

    /// The number of pipes, those apart that are removed and still have messages here.
    #[must_use]
    pub fn pipes_len(&self) -> usize {
        self.turns.len().saturating_sub(self.departed)
    }

    /// Drops every message that is held, counting each under its pipe as [`DropCause::Closed`].
    /// The pipes stay, and are not resumed.
    // rfc: sp-pipeline L-23
    pub fn close(&mut self, cx: &mut Cx<'_>) {
        while let Some(key) = self.turns.next() {
            let Some((pipe, member)) = self.turns.get_mut(key) else {
                return;
            };
            let held = mem::take(member);
            self.turns.rest(key);
            match held {
                Member::Idle | Member::Waiting => {}
                Member::Holding(inbox) => count(pipe, &inbox, DropCause::Closed, cx),
                Member::Departed(inbox) => {
                    count(pipe, &inbox, DropCause::Closed, cx);
                    self.forget(pipe);
                }
            }
        }
        self.spare = Spare::default();
    }

    /// Ends the set: every message that is held is dropped and counted under its pipe, and each
    /// pipe of which something was held or left is resumed.
    pub fn end(self, cause: DropCause, cx: &mut Cx<'_>) {
        for (pipe, member) in self.turns.iter() {
            match member {
                Member::Idle => {}
                Member::Waiting => cx.resume(pipe),
                Member::Holding(inbox) => {
                    count(pipe, inbox, cause, cx);
                    cx.resume(pipe);
                }
                Member::Departed(inbox) => count(pipe, inbox, cause, cx),
            }
        }
    }

    /// A departed member has nothing more to give.
    fn forget(&mut self, pipe: PipeId) {
        self.turns.remove(pipe);
        self.departed = self.departed.saturating_sub(1);
    }

    /// Resumes those who waited, once fewer than [`DEPARTED_MAX`] removed pipes hold an inbox.
    // rfc: sp-pipeline L-20
    fn end_shortage(&mut self, cx: &mut Cx<'_>) {
        if self.departed >= DEPARTED_MAX {
            return;
        }
        for pipe in mem::take(&mut self.waiting) {
            let member = self
                .turns
                .find(pipe)
                .and_then(|key| self.turns.get_mut(key));
            if let Some((_, member @ Member::Waiting)) = member {
                *member = Member::Idle;
                cx.resume(pipe);
            }
        }
    }
}

/// Counts what nobody received.
fn count(pipe: PipeId, inbox: &Inbox, cause: DropCause, cx: &mut Cx<'_>) {
    let dropped = u64::try_from(inbox.len()).unwrap_or(u64::MAX);
    cx.drop_counted(Some(pipe), cause, dropped);
}

#[cfg(test)]
mod tests {
    use speedwell_testkit::effects::pipe;

    use super::*;

    #[test]
    fn those_who_left_do_not_wait() {
        let mut set = FairQueue::new();
        set.departed = DEPARTED_MAX;
        for n in 0..100 {
            set.insert(pipe(n), Priority::default());
            let mut inbox = Inbox::new();
            inbox.push(Message::new());
            assert!(!set.on_batch(pipe(n), &mut inbox));
            assert_eq!(set.waiting.len(), 1);
            set.remove(pipe(n));
        }
        assert!(set.waiting.is_empty());
    }
}
