//! Threads and futures that wait for a socket, in the order they came. Each has a bell of its own,
//! so that who is called is woken and nobody else. Decides nothing about messages. See
//! `rfc/sp-contexts.md`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use speedwell_message::CtxId;

use crate::hub::State;
use crate::sync::{Condvar, MutexGuard};
use crate::waker_cell::WakerCell;

/// Parkers that a line keeps for the next who wait: as many threads can wait without allocating.
const SPARES_MAX: usize = 64;

/// Where one thread sleeps, or one future is woken, during one wait.
#[derive(Debug, Default)]
pub(crate) struct Parker {
    bell: Condvar,
    /// It was taken out of its line.
    cell: WakerCell,
}

impl Parker {
    /// Wakes the future, with no lock held: what its waker does is the executor's.
    pub(crate) fn wake(&self) {
        self.cell.wake();
    }

    /// Has a future woken when it is called. True when it was called already.
    pub(crate) fn watch(&self, waker: &Waker) -> bool {
        self.cell.watch(waker)
    }

    /// Has the future not woken any more, with no lock held.
    pub(crate) fn forget(&self) {
        self.cell.forget();
    }

    /// Sleeps until it is rung for; true when the time has come instead.
    fn sleep(&self, state: &mut MutexGuard<'_, State>, until: Option<Instant>) -> bool {
        match until {
            Some(at) => self.bell.wait_until(state, at).timed_out(),
            None => {
                self.bell.wait(state);
                false
            }
        }
    }
}

/// What waits at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiter {
    Thread,
    Future,
}

#[derive(Debug)]
struct Place {
    ctx: CtxId,
    waiter: Waiter,
    parker: Arc<Parker>,
}

/// One who was taken out of a line, and is to be told.
#[derive(Debug)]
#[must_use = "it would sleep on"]
pub(crate) struct Called {
    waiter: Waiter,
    parker: Arc<Parker>,
}

impl Called {
    /// Wakes a thread, with the lock of the socket let go; a future is given back, for
    /// [`Parker::wake`] when no lock at all is held.
    // rfc: sp-waiting W-34
    pub(crate) fn ring(self) -> Option<Arc<Parker>> {
        match self.waiter {
            Waiter::Thread => {
                self.parker.bell.notify_one();
                None
            }
            Waiter::Future => Some(self.parker),
        }
    }
}

/// Those who wait for one thing: to send, say, or to receive.
#[derive(Debug, Default)]
pub(crate) struct Line {
    places: VecDeque<Place>,
    spares: Vec<Arc<Parker>>,
    /// Something came that all contexts share; whether there is still some of it nobody has looked.
    is_shared: bool,
    /// A future was called while others waited behind it, and may not come.
    is_owed: bool,
}

/// Which of the lines of a socket.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    Send,
    Recv,
    Event,
    /// For a number of peers.
    Peers,
    /// For the end of closing.
    End,
}

impl Line {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Begins a wait.
    pub(crate) fn join(&mut self, ctx: CtxId, waiter: Waiter) -> Arc<Parker> {
        let parker = self.spares.pop().unwrap_or_default();
        parker.cell.reset();
        self.places.push_back(Place {
            ctx,
            waiter,
            parker: parker.clone(),
        });
        parker
    }

    /// Ends a wait. True when whoever waited was called.
    pub(crate) fn leave(&mut self, parker: Arc<Parker>) -> bool {
        let is_called = parker.cell.is_called();
        if !is_called {
            self.places
                .retain(|place| !Arc::ptr_eq(&place.parker, &parker));
        }
        if self.spares.len() < SPARES_MAX {
            self.spares.push(parker);
        }
        is_called
    }

    /// A context was woken: takes out who is to be rung for, one at most. `is_ready` says whether
    /// a context can go on.
    // rfc: sp-endpoint E-64, sp-contexts C-05
    pub(crate) fn call(&mut self, ctx: CtxId, is_ready: impl Fn(CtxId) -> bool) -> Option<Called> {
        if ctx == CtxId::ANY {
            self.is_shared = true;
            return self.call_any(is_ready);
        }
        let at = self.places.iter().position(|place| place.ctx == ctx)?;
        if is_ready(ctx) { self.pick(at) } else { None }
    }

    /// A call in a context has ended: takes out who can go on after it. That its own context is
    /// ready concerns all who wait there, and what is shared concerns everybody.
    // rfc: sp-endpoint E-64, sp-contexts C-05
    pub(crate) fn call_next(
        &mut self,
        ctx: CtxId,
        is_ready: impl Fn(CtxId) -> bool,
    ) -> Option<Called> {
        let same = self.call(ctx, &is_ready);
        match same {
            None if self.is_shared => self.call_any(is_ready),
            called => called,
        }
    }

    /// The first whose context can go on.
    pub(crate) fn call_any(&mut self, is_ready: impl Fn(CtxId) -> bool) -> Option<Called> {
        let at = self.places.iter().position(|place| is_ready(place.ctx));
        if at.is_none() && !self.places.is_empty() {
            self.is_shared = false;
        }
        self.pick(at?)
    }

    /// Takes out one who can go on. A thread comes; a future may be forgotten.
    // rfc: sp-waiting W-37
    fn pick(&mut self, at: usize) -> Option<Called> {
        let called = self.take(at)?;
        self.is_owed |= called.waiter == Waiter::Future && !self.is_empty();
        Some(called)
    }

    /// Whether a future was called, since this was asked last, while others waited behind it.
    pub(crate) fn take_owed(&mut self) -> bool {
        std::mem::take(&mut self.is_owed)
    }

    /// One who waits in a context, whether it can go on or not.
    pub(crate) fn dismiss(&mut self, ctx: CtxId) -> Option<Called> {
        let at = self.places.iter().position(|place| place.ctx == ctx)?;
        self.take(at)
    }

    /// One who waits, whoever it is.
    pub(crate) fn dismiss_any(&mut self) -> Option<Called> {
        self.take(0)
    }

    fn take(&mut self, at: usize) -> Option<Called> {
        let Place { waiter, parker, .. } = self.places.remove(at)?;
        parker.cell.call();
        Some(Called { waiter, parker })
    }
}

/// Waits in a line until the thread is called; false when the time has come before that. Who uses
/// a parker next may hear a bell that was meant for the last: a call comes back that was not made.
// rfc: sp-contexts C-05
pub(crate) fn wait(
    state: &mut MutexGuard<'_, State>,
    side: Side,
    ctx: CtxId,
    until: Option<Instant>,
) -> bool {
    let parker = state.line(side).join(ctx, Waiter::Thread);
    let is_late = parker.sleep(state, until);
    let is_called = state.line(side).leave(parker);
    is_called || !is_late
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::Reactor;

    const A: CtxId = CtxId(1);
    const B: CtxId = CtxId(2);

    fn is(called: Option<Called>, expected: Option<&Arc<Parker>>) -> bool {
        match (called, expected) {
            (Some(called), Some(expected)) => Arc::ptr_eq(&called.parker, expected),
            (None, None) => true,
            _ => false,
        }
    }

    // rfc: sp-contexts C-05
    #[test]
    fn who_is_called_is_of_the_context_that_was_woken_and_the_first_of_it() {
        let mut line = Line::default();
        let places = [B, A, A].map(|ctx| line.enter(ctx));
        assert!(is(line.call(A, |_| true), Some(&places[1])));
        assert!(is(line.call(A, |_| false), None), "not ready");
        assert!(is(line.call(A, |_| true), Some(&places[2])));
        assert!(is(line.call(A, |_| true), None), "nobody of it is left");
        assert!(is(line.call(CtxId::MAIN, |_| true), None));
        let [b, called, _] = places;
        assert!(line.leave(called));
        assert!(!line.leave(b), "not called");
        assert!(line.is_empty());
    }

    // rfc: sp-contexts C-06
    #[test]
    fn who_waits_takes_up_the_place_of_one_that_has_waited() {
        let mut line = Line::default();
        let mut first: Vec<_> = (0..SPARES_MAX).map(|_| line.enter(A)).collect();
        let known: Vec<_> = first.iter().map(Arc::as_ptr).collect();
        for parker in first.drain(..) {
            line.leave(parker);
        }
        let again: Vec<_> = (0..SPARES_MAX).map(|_| line.enter(B)).collect();
        assert!(
            again
                .iter()
                .all(|parker| known.contains(&Arc::as_ptr(parker)))
        );
    }

    // rfc: sp-contexts C-05
    #[test]
    fn what_is_shared_calls_one_and_then_the_next_until_nobody_is_ready() {
        let mut line = Line::default();
        assert!(is(line.call(CtxId::ANY, |_| true), None));
        let places = [A, B, A].map(|ctx| line.enter(ctx));
        assert!(is(line.call_next(CtxId::MAIN, |_| true), Some(&places[0])));
        assert!(is(line.call_next(A, |ctx| ctx == B), Some(&places[1])));
        assert!(is(line.call_next(B, |_| false), None));
        assert!(is(line.call_next(B, |_| true), None), "it is used up");
        assert!(is(line.call(CtxId::ANY, |_| true), Some(&places[2])));
    }

    // rfc: sp-contexts C-04 C-05
    #[test]
    fn who_is_called_and_then_closed_leaves_its_call_to_the_next() {
        let hub = crate::testing::hub(&Reactor::new().unwrap());
        let mut state = hub.state.lock();
        let places = [A, B, A].map(|ctx| state.receivers.enter(ctx));
        state.woken.push(CtxId::ANY);
        state.call_woken();
        assert!(is(state.called.pop(), Some(&places[0])));
        // It has not come to its message yet.
        state.dismiss(A);
        assert!(is(state.called.pop(), Some(&places[1])), "who goes on");
        assert!(
            is(state.called.pop(), Some(&places[2])),
            "who is closed too"
        );
        assert!(is(state.called.pop(), None));
        // With the socket all go.
        let [one, other] = [A, B].map(|ctx| state.senders.enter(ctx));
        state.dismiss_all();
        assert!(is(state.called.pop(), Some(&other)));
        assert!(is(state.called.pop(), Some(&one)));
    }

    #[test]
    fn a_place_is_used_again() {
        let mut line = Line::default();
        let first = line.enter(A);
        let first = Arc::as_ptr(&line.dismiss_any().map_or(first, |_| line.spare()));
        let again = line.enter(B);
        assert_eq!(Arc::as_ptr(&again), first);
        assert!(!line.leave(again), "of the call before it knows nothing");
    }

    impl Line {
        /// Begins a wait of a thread.
        fn enter(&mut self, ctx: CtxId) -> Arc<Parker> {
            self.join(ctx, Waiter::Thread)
        }

        /// What the next who waits is given.
        fn spare(&mut self) -> Arc<Parker> {
            let parker = self.enter(A);
            let called = self.dismiss(A);
            assert!(called.is_some() && self.leave(parker.clone()));
            parker
        }
    }
}
