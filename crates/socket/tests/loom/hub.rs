//! A socket that has a number of messages, may be closed, and calls who waits as the real one does.

use std::sync::Arc;

use speedwell_message::CtxId;

use crate::line::{Called, Line, Side};
use crate::sync::{Mutex, MutexGuard};
use crate::turn::Work;

#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) messages: usize,
    pub(crate) is_closed: bool,
    receivers: Line,
    others: Line,
    called: Vec<Called>,
}

impl State {
    pub(crate) fn line(&mut self, side: Side) -> &mut Line {
        match side {
            Side::Recv => &mut self.receivers,
            _ => &mut self.others,
        }
    }

    pub(crate) fn call_next(&mut self, side: Side, ctx: CtxId) {
        let is_ready = self.messages > 0;
        let called = self.line(side).call_next(ctx, |_| is_ready);
        self.called.extend(called);
    }
}

impl Hub {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State::default()),
        })
    }

    pub(crate) fn is_ours(&self) -> bool {
        true
    }

    pub(crate) fn leave(&self, mut state: MutexGuard<'_, State>, _: &mut Work) {
        let called = std::mem::take(&mut state.called);
        drop(state);
        for called in called {
            called.ring().inspect(|future| future.wake());
        }
    }

    pub(crate) fn settle(&self, _: &mut Work) {}

    /// A message comes, as in `Hub::leave` of the driver.
    pub(crate) fn arrive(&self) {
        let mut state = self.state.lock();
        state.messages += 1;
        let called = state.receivers.call(CtxId::MAIN, |_| true);
        state.called.extend(called);
        self.leave(state, &mut Work);
    }

    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.is_closed = true;
        while let Some(called) = state.receivers.dismiss_any() {
            state.called.push(called);
        }
        self.leave(state, &mut Work);
    }
}
