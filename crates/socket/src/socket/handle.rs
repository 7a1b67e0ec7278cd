//! What a context does with its socket: it is a handle of it, opens, closes, and calls the machine
//! in the name of its context. See `rfc/sp-contexts.md`.

use std::any::Any;

use speedwell_message::CtxId;
use speedwell_protocol::{Cx, Protocol};

use super::AnySocket;
use super::context::Timeouts;
use crate::sync::Ordering;
use crate::turn::Work;
use crate::{Error, ErrorKind};

impl AnySocket {
    /// Another handle of the same socket: the last one that is dropped closes it.
    // rfc: sp-contexts C-02
    pub(super) fn share(&self) -> Self {
        self.hub.handles.fetch_add(1, Ordering::Relaxed);
        Self {
            hub: self.hub.clone(),
            resolver: self.resolver.clone(),
            transports: self.transports.clone(),
        }
    }

    /// Opens a context, and says how long the socket sends and receives at most.
    pub(super) fn open_context(&self) -> Result<(CtxId, Timeouts), Error> {
        let mut work = Work::default();
        let mut state = self.hub.lock()?;
        let opened = state.call(&mut work, |engine, turn| engine.open_context(turn));
        let timeouts = Timeouts {
            send: state.options.send_timeout,
            recv: state.options.recv_timeout,
        };
        let is_closing = state.engine.is_closing();
        self.hub.leave(state, &mut work);
        self.hub.settle(&mut work);
        match opened {
            Some(ctx) => Ok((ctx, timeouts)),
            None if is_closing => Err(ErrorKind::Closed.into()),
            None => Err(ErrorKind::Exhausted.into()),
        }
    }

    // rfc: sp-contexts C-04
    pub(super) fn close_context(&self, ctx: CtxId) {
        let mut work = Work::default();
        let Ok(mut state) = self.hub.lock() else {
            return;
        };
        if state.call(&mut work, |engine, turn| engine.close_context(ctx, turn)) {
            state.dismiss(ctx);
        }
        self.hub.leave(state, &mut work);
        self.hub.settle(&mut work);
    }

    /// Runs something on the machine, unless the context is closed, or the socket.
    pub(super) fn with_machine_of<P: Protocol, R>(
        &self,
        ctx: CtxId,
        run: impl FnOnce(&mut P, &mut Cx<'_>) -> R,
    ) -> Result<R, Error> {
        self.hub.check()?;
        let mut work = Work::default();
        let result = self.hub.enter(&mut work, |engine, turn| {
            if engine.is_closing() || !engine.has_context(ctx) {
                return None;
            }
            engine.with_machine(turn, |machine, cx| {
                let machine: &mut dyn Any = machine;
                machine.downcast_mut::<P>().map(|machine| run(machine, cx))
            })
        });
        self.hub.settle(&mut work);
        result.ok_or_else(|| ErrorKind::Closed.into())
    }
}
