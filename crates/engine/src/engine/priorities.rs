//! Priorities of endpoints while they live: who is served first may change at any time. Whom that
//! makes the next is the machine's. See `rfc/sp-endpoint.md` section 5.

use speedwell_message::PipeId;
use speedwell_protocol::{PipeInfo, Priority};

use super::Engine;
use crate::{EndpointId, World};

impl Engine {
    /// The priorities of an endpoint, for sending and for receiving; `None` when it is gone.
    #[must_use]
    pub fn priorities(&self, id: EndpointId) -> Option<(Priority, Priority)> {
        let endpoint = self.core.endpoints.get(&id)?;
        Some((endpoint.send_priority, endpoint.recv_priority))
    }

    /// Changes the priorities of an endpoint, of its pipes, and of those it is going to have. False
    /// when there is no such endpoint.
    // rfc: sp-endpoint E-70
    pub fn set_priorities(
        &mut self,
        id: EndpointId,
        send: Priority,
        recv: Priority,
        world: &mut dyn World,
    ) -> bool {
        let Some(endpoint) = self.core.endpoints.get_mut(&id) else {
            return false;
        };
        (endpoint.send_priority, endpoint.recv_priority) = (send, recv);
        let peer = self.core.ids.peer;
        let mut changed: Vec<(PipeId, PipeInfo)> = Vec::new();
        for (_, pipe) in &mut self.core.pipes {
            if pipe.endpoint == id {
                (pipe.send_priority, pipe.recv_priority) = (send, recv);
                if pipe.is_live() {
                    changed.push((pipe.id, pipe.info(peer)));
                }
            }
        }
        for (pipe, info) in changed {
            self.with_machine(world, |machine, cx| machine.on_priority(pipe, &info, cx));
        }
        true
    }
}
