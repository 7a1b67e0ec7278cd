//! A future's place in a line of its socket: it joins when a call has to wait, and leaves when it
//! is called or dropped. Knows no message. See `rfc/sp-waiting.md` section 5.

use std::sync::Arc;
use std::task::{Context, Poll};

use speedwell_message::CtxId;

use super::calls::Attempt;
use crate::hub::{Hub, State};
use crate::line::{Parker, Side, Waiter};
use crate::sync::MutexGuard;
use crate::turn::Work;

/// Whoever waits, or is going to.
#[derive(Debug)]
pub(super) struct InLine<'a> {
    hub: &'a Arc<Hub>,
    side: Side,
    ctx: CtxId,
    /// While it waits.
    parker: Option<Arc<Parker>>,
}

impl<'a> InLine<'a> {
    pub(super) fn new(hub: &'a Arc<Hub>, side: Side, ctx: CtxId) -> Self {
        Self {
            hub,
            side,
            ctx,
            parker: None,
        }
    }

    pub(super) fn hub(&self) -> &'a Arc<Hub> {
        self.hub
    }

    /// Makes an attempt, at first and whenever it was called, until one has ended; only in the
    /// process that made the socket.
    // rfc: sp-waiting W-30 W-33
    pub(super) fn poll<T>(
        &mut self,
        cx: &Context<'_>,
        mut attempt: impl FnMut(&'a Arc<Hub>, CtxId, MutexGuard<'a, State>) -> Attempt<'a, T>,
    ) -> Poll<T> {
        loop {
            if let Some(parker) = &self.parker
                && !parker.watch(cx.waker())
            {
                return Poll::Pending;
            }
            let parker = self.take();
            let mut state = self.hub.state.lock();
            if let Some(parker) = parker {
                state.line(self.side).leave(parker);
            }
            match attempt(self.hub, self.ctx, state) {
                Attempt::Done(done) => return Poll::Ready(done),
                Attempt::Waits(mut state) => {
                    self.parker = Some(state.line(self.side).join(self.ctx, Waiter::Future));
                }
            }
        }
    }

    /// Gives the place up. Its waker is dropped here, with no lock held: that may end the task, and
    /// whatever the task owns.
    fn take(&mut self) -> Option<Arc<Parker>> {
        let parker = self.parker.take()?;
        parker.forget();
        Some(parker)
    }
}

impl Drop for InLine<'_> {
    // rfc: sp-waiting W-32
    fn drop(&mut self) {
        if !self.hub.is_ours() {
            // Somebody may have held the lock of the waker too: it stays where it is.
            return std::mem::forget(self.parker.take());
        }
        let Some(parker) = self.take() else { return };
        let mut work = Work::default();
        let mut state = self.hub.state.lock();
        if state.line(self.side).leave(parker) {
            // It was called, and does not come: the call is the next one's.
            state.call_next(self.side, self.ctx);
        }
        self.hub.leave(state, &mut work);
        self.hub.settle(&mut work);
    }
}
