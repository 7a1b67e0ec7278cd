//! Who of those that wait is called, and when: the lines of a socket, and what its engine says is
//! ready. Wakes nobody itself: that is done with no lock held. See `rfc/sp-contexts.md` section 3.

use speedwell_message::CtxId;

use super::State;
use crate::line::{Called, Line, Side};

impl State {
    pub(crate) fn line(&mut self, side: Side) -> &mut Line {
        match side {
            Side::Send => &mut self.senders,
            Side::Recv => &mut self.receivers,
            Side::Event => &mut self.listeners,
            Side::Peers => &mut self.peer_waiters,
            Side::End => &mut self.closers,
        }
    }

    /// Calls those who wait in the contexts that were woken, where they can go on.
    #[inline]
    pub(crate) fn call_woken(&mut self) {
        if self.receivers.is_empty() && self.senders.is_empty() {
            return;
        }
        // rfc: sp-endpoint E-60 E-93
        if self.engine.is_shut() {
            self.dismiss_all();
        }
        if self.woken.is_empty() {
            return;
        }
        let mut woken = std::mem::take(&mut self.woken);
        for ctx in woken.drain(..) {
            self.call_with(Side::Send, |line, is_ready| line.call(ctx, is_ready));
            self.call_with(Side::Recv, |line, is_ready| line.call(ctx, is_ready));
        }
        self.woken = woken;
    }

    /// Calls who can go on after a call in a context that has ended.
    // rfc: sp-endpoint E-64
    #[inline]
    pub(crate) fn call_next(&mut self, side: Side, ctx: CtxId) {
        if !self.line(side).is_empty() {
            self.call_with(side, |line, is_ready| line.call_next(ctx, is_ready));
        }
    }

    fn call_with(
        &mut self,
        side: Side,
        call: impl FnOnce(&mut Line, &dyn Fn(CtxId) -> bool) -> Option<Called>,
    ) {
        let engine = &self.engine;
        let called = match side {
            Side::Send => call(&mut self.senders, &|ctx| engine.ready(ctx).send),
            Side::Recv => call(&mut self.receivers, &|ctx| engine.ready(ctx).recv),
            Side::Event => call(&mut self.listeners, &|_| engine.has_events()),
            // Whoever waits for these was called, and everybody else too.
            Side::Peers | Side::End => None,
        };
        called.into_iter().for_each(|it| self.called.push(it));
    }

    /// Calls all who wait in a context, which is closed, and who can go on in their stead.
    // rfc: sp-contexts C-04
    pub(crate) fn dismiss(&mut self, ctx: CtxId) {
        for side in [Side::Send, Side::Recv] {
            while let Some(called) = self.line(side).dismiss(ctx) {
                self.called.push(called);
            }
            self.call_next(side, ctx);
        }
    }

    /// Calls everybody who sends or receives: the socket is closed.
    pub(crate) fn dismiss_all(&mut self) {
        self.dismiss_line(Side::Send);
        self.dismiss_line(Side::Recv);
    }

    /// Calls everybody in a line.
    pub(crate) fn dismiss_line(&mut self, side: Side) {
        while let Some(called) = self.line(side).dismiss_any() {
            self.called.push(called);
        }
    }

    /// Calls one who waits for an event, if there is one; everybody, if there will be none.
    pub(super) fn call_listeners(&mut self) {
        if self.listeners.is_empty() {
            return;
        }
        if self.engine.is_closed() {
            self.dismiss_line(Side::Event);
        } else {
            self.call_with(Side::Event, |line, is_ready| {
                line.call(CtxId::MAIN, is_ready)
            });
        }
    }
}
