//! Pipes that become one only when the application approves of their peer. Reads nothing of them
//! before. See `rfc/sp-monitor.md` section 4.

use speedwell_message::PipeId;

use super::{Core, Engine};
use crate::events::Refusal;
use crate::pipe::{Asked, Pipe, PipeState};
use crate::{Admission, Command, World};

impl Engine {
    /// A peer fits, and waits for the answer of the application, until the deadline of its
    /// handshake.
    // rfc: sp-monitor M-20
    pub(super) fn wait_for_approval(&mut self, id: PipeId) -> Admission {
        if let Some(state) = self.core.pipe_state(id) {
            *state = PipeState::Waiting(Asked::NotYet);
        }
        self.core.ask_for(id);
        self.core.note_request(id);
        Admission::Waits
    }

    /// The application approves of a peer. On [`Admission::Refused`] the driver drops it: the
    /// protocol did not want it, or it had ended before.
    // rfc: sp-monitor M-21 M-22
    pub fn approve(&mut self, id: PipeId, world: &mut dyn World) -> Admission {
        let Some(state @ PipeState::Waiting(_)) = self.core.pipe_state(id) else {
            return Admission::Refused;
        };
        let waiting = std::mem::replace(state, PipeState::Handshaking);
        self.core.withdraw_request(&waiting);
        self.admit(id, world)
    }

    /// The application does not want a peer. Changes nothing when it has ended or was approved.
    // rfc: sp-monitor M-21 M-22
    pub fn deny(&mut self, id: PipeId, world: &mut dyn World) {
        if let Some(PipeState::Waiting(_)) = self.core.pipe_state(id) {
            let _ = self.refuse(id, Refusal::Denied, world);
            self.core.commands.push_back(Command::DropConn(id));
        }
    }
}

impl Core {
    /// Puts the request of a pipe that waits into the row, if there is one.
    fn ask_for(&mut self, id: PipeId) {
        let Some(events) = &mut self.events else {
            return;
        };
        let ticket = events.ask(id);
        if let Some(state) = self.pipe_state(id) {
            *state = PipeState::Waiting(Asked::InRow(ticket));
        }
    }

    /// Somebody takes events from now on: who waited for that asks now.
    // rfc: sp-monitor M-21
    pub(super) fn ask_for_all(&mut self) {
        let waits = |(_, pipe): (usize, &Pipe)| {
            let waits = matches!(pipe.state, PipeState::Waiting(Asked::NotYet));
            waits.then_some(pipe.id)
        };
        let waiting: Vec<_> = self.pipes.iter().filter_map(waits).collect();
        for id in waiting {
            self.ask_for(id);
        }
    }

    /// The row is gone: the requests that stood in it are asked again when there is another.
    pub(super) fn unask_all(&mut self) {
        for (_, pipe) in &mut self.pipes {
            if let PipeState::Waiting(asked @ Asked::InRow(_)) = &mut pipe.state {
                *asked = Asked::NotYet;
            }
        }
    }

    /// A pipe waits no more, whatever it did before: its request goes with that.
    pub(super) fn withdraw_request(&mut self, before: &PipeState) {
        if let (PipeState::Waiting(Asked::InRow(ticket)), Some(events)) = (before, &mut self.events)
        {
            events.withdraw(*ticket);
        }
    }
}
