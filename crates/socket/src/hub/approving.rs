//! The answer to a peer that waits to be approved. Decides nothing.
//! See `rfc/sp-monitor.md` section 4.

use std::sync::Arc;

use speedwell_engine::Admission;
use speedwell_message::PipeId;

use super::Hub;
use crate::turn::Work;

impl Hub {
    /// Makes a pipe of a peer that waits. False when it had ended, or the protocol did not want it.
    // rfc: sp-monitor M-21 M-22
    pub(crate) fn approve(self: &Arc<Self>, id: PipeId) -> bool {
        let mut work = Work::default();
        let Ok(mut state) = self.lock() else {
            return false;
        };
        let Some(live) = state.waiting.remove(&id) else {
            return false;
        };
        let admission = self.admit(state, live, &mut work, |engine, turn| {
            engine.approve(id, turn)
        });
        self.settle(&mut work);
        admission == Admission::Live
    }

    /// Sends a peer away that waits.
    // rfc: sp-monitor M-21
    pub(crate) fn deny(self: &Arc<Self>, id: PipeId) {
        if !self.is_ours() {
            return;
        }
        let mut work = Work::default();
        self.enter(&mut work, |engine, turn| engine.deny(id, turn));
        self.settle(&mut work);
    }
}
