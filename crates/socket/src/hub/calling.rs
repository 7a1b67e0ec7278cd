//! Who of those that wait is called, and when: the lines of a socket, and what its engine says is
//! ready. Wakes nobody itself: that is done with no lock held. See `rfc/sp-contexts.md` section 3,
//! and for who is called in the place of another `rfc/sp-waiting.md` section 5.

use std::time::{Duration, Instant};

use speedwell_message::CtxId;

use super::State;
use crate::line::{Called, Line, Side};
use crate::sync::now;

/// How long those who can go on wait for a future that was called before them.
const RECALL_AFTER: Duration = Duration::from_millis(100);

/// When it is looked whether futures that were called have come.
#[derive(Debug, Default)]
pub(crate) struct Recall {
    at: Option<Instant>,
    /// The reactor knows the time.
    is_armed: bool,
}

impl Recall {
    /// Notes that a future was called; one look is for all that are called before it.
    fn owe(&mut self) {
        self.at.get_or_insert_with(|| now() + RECALL_AFTER);
    }

    /// What the reactor is to be told, if it has to be: the earlier of this and of `deadline`.
    pub(super) fn arm(
        &mut self,
        deadline: Option<Instant>,
        is_new: bool,
    ) -> Option<Option<Instant>> {
        if !is_new && (self.is_armed || self.at.is_none()) {
            return None;
        }
        self.is_armed = self.at.is_some();
        Some(deadline.into_iter().chain(self.at).min())
    }

    /// The reactor has come, and knows no time any more. True when it came for this.
    fn come(&mut self) -> bool {
        self.is_armed = false;
        self.at.take_if(|at| *at <= now()).is_some()
    }
}

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

    /// Notes whether a future was called that others wait behind; of a closed socket nobody does.
    pub(super) fn note_owed(&mut self) {
        let lines = [&mut self.senders, &mut self.receivers, &mut self.listeners];
        // Each is asked, so that none remembers it.
        let is_owed = lines
            .into_iter()
            .fold(false, |owed, line| line.take_owed() | owed);
        if self.engine.is_closed() {
            self.recall = Recall::default();
        } else if is_owed {
            self.recall.owe();
        }
    }

    /// The reactor visits the socket because of a time. If a future that was called has not come in
    /// its time, whoever could go on instead is called, one of each line.
    // rfc: sp-waiting W-37
    pub(super) fn recall(&mut self) {
        if self.recall.come() {
            for side in [Side::Send, Side::Recv, Side::Event] {
                self.call_with(side, |line, is_ready| line.call_any(is_ready));
            }
        }
    }
}
