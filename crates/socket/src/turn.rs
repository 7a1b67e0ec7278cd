//! One call of the engine under the lock of the socket, and what remains to be done after it.
//! Does no system call. See `rfc/0001-contracts.md`.

use std::sync::Arc;
use std::time::Instant;

use smallvec::SmallVec;
use speedwell_engine::{Command, World};
use speedwell_message::{Flow, Message, PipeId};
use speedwell_transport::Doorbell;

use crate::few::Few;
use crate::hub::Live;
use crate::line::Parker;
use crate::pipe::{Duty, Pipe};
use crate::random::Random;
use crate::sync::now;
use crate::trace::Trail;

/// What the engine is lent for one call.
pub(crate) struct Turn<'a> {
    pub(crate) now: Option<Instant>,
    pub(crate) random: &'a mut Random,
    pub(crate) pipes: &'a mut [Option<Live>],
    pub(crate) work: &'a mut Work,
}

impl World for Turn<'_> {
    fn now(&mut self) -> Instant {
        *self.now.get_or_insert_with(now)
    }

    fn random(&mut self) -> u64 {
        self.random.next()
    }

    fn push(&mut self, id: PipeId, message: &mut Message) -> Flow {
        let slot = usize::try_from(id.slot()).unwrap_or(usize::MAX);
        let Some(Live { pipe, tx }) = self.pipes.get_mut(slot).and_then(Option::as_mut) else {
            debug_assert!(false, "a machine pushes to pipes that are attached");
            return Flow::Full;
        };
        let (read, octets) = (&mut self.now, message.octets());
        let (flow, duty) = tx.push(pipe, message, || *read.get_or_insert_with(now));
        self.work.trail.pushed(id, octets, !flow.is_open());
        match duty {
            Duty::Nothing => {}
            Duty::Write => self.work.add(Task::Flush(pipe.clone())),
            Duty::Ask => self.work.add(Task::Ask(pipe.clone())),
            Duty::Ring(peer) => self.work.add(Task::Ring(peer)),
        }
        flow
    }

    fn is_drained(&mut self, id: PipeId) -> bool {
        let slot = usize::try_from(id.slot()).unwrap_or(usize::MAX);
        let live = self.pipes.get(slot).and_then(Option::as_ref);
        live.is_none_or(|live| live.tx.is_drained())
    }
}

/// What is to be done after a call, with no lock held.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) commands: Commands,
    pub(crate) tasks: Few<Task>,
    /// Pipes to be read from, when everything else is done: a pipe that finishes may end by that,
    /// and then what was not read goes back to its sender.
    pub(crate) pump: Few<Arc<Pipe>>,
    /// What happened meanwhile, to be told when no lock is held.
    pub(crate) trail: Trail,
}

/// Something to be done that is no command of the engine's.
#[derive(Debug)]
pub(crate) enum Task {
    /// Write to a pipe.
    Flush(Arc<Pipe>),
    /// Have the reactor write to a pipe.
    Ask(Arc<Pipe>),
    /// Ring for a peer in this process.
    Ring(Doorbell),
    /// Wake a future that was called.
    Wake(Arc<Parker>),
}

impl Work {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.pump.is_empty() && self.commands.is_empty()
    }

    #[inline]
    pub(crate) fn add(&mut self, task: Task) {
        self.tasks.push(task);
    }
}

/// Commands in their order. The first few need no memory, so that resuming a pipe allocates none.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    list: SmallVec<[Command; 4]>,
    /// How many of the list are taken already.
    taken: usize,
}

impl Commands {
    pub(crate) fn push(&mut self, command: Command) {
        self.list.push(command);
    }

    /// The oldest. The list is emptied with its last, so that the next begins it anew.
    pub(crate) fn pop(&mut self) -> Option<Command> {
        let command = self.list.get(self.taken).copied();
        self.taken = self.taken.saturating_add(1);
        if self.taken >= self.list.len() {
            self.list.clear();
            self.taken = 0;
        }
        command
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use speedwell_engine::EndpointId;

    use super::*;

    #[test]
    fn commands_come_in_their_order_also_when_some_are_added_meanwhile() {
        let dial = |number| Command::Dial(EndpointId(number));
        let mut commands = Commands::default();
        assert_eq!(commands.pop(), None);
        (1..=6).for_each(|number| commands.push(dial(number)));
        assert_eq!(commands.pop(), Some(dial(1)));
        commands.push(dial(7));
        for number in 2..=7 {
            assert!(!commands.is_empty());
            assert_eq!(commands.pop(), Some(dial(number)));
        }
        assert!(commands.is_empty());
        assert_eq!(commands.pop(), None);
        commands.push(dial(8));
        assert_eq!(commands.pop(), Some(dial(8)));
    }
}
