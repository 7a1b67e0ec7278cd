//! The calls of that socket: as a future by the driver's own place in the line, and as a thread.

pub(crate) mod calls {
    use std::sync::Arc;

    use crate::hub::{Hub, State};
    use crate::line::{Side, wait};
    use crate::sync::MutexGuard;
    use crate::turn::Work;
    use speedwell_message::CtxId;

    pub(crate) enum Attempt<'a, T> {
        Done(T),
        Waits(MutexGuard<'a, State>),
    }

    /// True when a message was received, false when the socket is closed.
    pub(crate) fn recv_once<'a>(
        hub: &'a Arc<Hub>,
        ctx: CtxId,
        mut state: MutexGuard<'a, State>,
    ) -> Attempt<'a, bool> {
        if state.is_closed {
            return Attempt::Done(false);
        }
        if state.messages == 0 {
            return Attempt::Waits(state);
        }
        state.messages -= 1;
        state.call_next(Side::Recv, ctx);
        hub.leave(state, &mut Work);
        Attempt::Done(true)
    }

    /// Waits in a thread.
    pub(crate) fn recv(hub: &Arc<Hub>) -> bool {
        let mut state = hub.state.lock();
        loop {
            match recv_once(hub, CtxId::MAIN, state) {
                Attempt::Done(received) => return received,
                Attempt::Waits(waiting) => state = waiting,
            }
            assert!(wait(&mut state, Side::Recv, CtxId::MAIN, None));
        }
    }
}

#[path = "../../src/socket/in_line.rs"]
pub(crate) mod in_line;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use speedwell_message::CtxId;

use crate::hub::Hub;
use crate::line::Side;

/// Receives as a future.
pub(crate) struct Recv<'a>(in_line::InLine<'a>);

impl<'a> Recv<'a> {
    pub(crate) fn new(hub: &'a Arc<Hub>) -> Self {
        Self(in_line::InLine::new(hub, Side::Recv, CtxId::MAIN))
    }
}

impl Future for Recv<'_> {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        self.0.poll(cx, calls::recv_once)
    }
}
