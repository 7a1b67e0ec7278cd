//! One call of the engine under the lock of the socket, and what remains to be done after it.
//! Does no system call. See `rfc/0001-contracts.md`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use smallvec::SmallVec;
use speedwell_engine::{Command, World};
use speedwell_message::{Flow, Message, PipeId};

use crate::pipe::Pipe;
use crate::random::Random;

/// What the engine is lent for one call.
pub(crate) struct Turn<'a> {
    pub(crate) now: Option<Instant>,
    pub(crate) random: &'a mut Random,
    pub(crate) pipes: &'a [Option<Arc<Pipe>>],
    pub(crate) work: &'a mut Work,
}

impl World for Turn<'_> {
    fn now(&mut self) -> Instant {
        *self.now.get_or_insert_with(Instant::now)
    }

    fn random(&mut self) -> u64 {
        self.random.next()
    }

    fn push(&mut self, id: PipeId, message: Message) -> Flow {
        let slot = usize::try_from(id.slot()).unwrap_or(usize::MAX);
        let Some(pipe) = self.pipes.get(slot).and_then(Option::as_ref) else {
            debug_assert!(false, "a machine pushes to pipes that are attached");
            return Flow::Full;
        };
        let flow = pipe.push(message);
        if !self.work.flush.iter().any(|known| Arc::ptr_eq(known, pipe)) {
            self.work.flush.push(pipe.clone());
        }
        flow
    }
}

/// What is to be done after a call, with no lock held.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) flush: SmallVec<[Arc<Pipe>; 2]>,
    pub(crate) pump: SmallVec<[Arc<Pipe>; 2]>,
    pub(crate) commands: VecDeque<Command>,
}

impl Work {
    pub(crate) fn is_empty(&self) -> bool {
        self.flush.is_empty() && self.pump.is_empty() && self.commands.is_empty()
    }
}
