//! Sending and receiving in a context, and waiting for that. Knows no protocol. See
//! `rfc/sp-endpoint.md` section 9.

use std::sync::Arc;

use speedwell_message::{CtxId, Message};
use speedwell_protocol::Verdict;

use super::patience::Wait;
use crate::hub::Hub;
use crate::line::Side;
use crate::trace::hop;
use crate::turn::Work;
use crate::{Error, ErrorKind, SendError};

impl Hub {
    /// Sends what is in the place; an error has it, and then the place is empty too.
    pub(super) fn send_in(
        self: &Arc<Self>,
        ctx: CtxId,
        message: &mut Option<Message>,
        wait: Wait,
    ) -> Result<(), SendError> {
        hop!(
            "Socket::send",
            socket = self.number,
            octets = message.as_ref().map_or(0, Message::octets)
        );
        let mut state = self.state.lock();
        let mut patience = wait.patience(state.options.send_timeout);
        let error: Error = loop {
            if !state.engine.may_send(ctx) || !state.engine.has_context(ctx) {
                break ErrorKind::Closed.into();
            }
            let mut work = Work::default();
            work.trail.sends(state.engine.ids().me);
            let sent = state.call(&mut work, |engine, turn| engine.send(ctx, message, turn));
            match sent {
                Err(Verdict::Wait) if work.is_empty() && !state.engine.has_work() => {
                    let waited = patience.wait_in(Side::Send, ctx, &mut state);
                    if let Err(kind) = waited {
                        break kind.into();
                    }
                }
                Err(Verdict::Wait) => {
                    self.leave(state, &mut work);
                    self.settle(&mut work);
                    state = self.state.lock();
                }
                done => {
                    // rfc: sp-endpoint E-64
                    state.call_next(Side::Send, ctx);
                    self.leave(state, &mut work);
                    self.settle(&mut work);
                    return done.map_err(|verdict| {
                        SendError::new(verdict.into(), message.take().unwrap_or_default())
                    });
                }
            }
        };
        drop(state);
        Err(SendError::new(error, message.take().unwrap_or_default()))
    }

    pub(super) fn recv_in(self: &Arc<Self>, ctx: CtxId, wait: Wait) -> Result<Message, Error> {
        hop!("Socket::recv", socket = self.number);
        let mut state = self.state.lock();
        let mut patience = wait.patience(state.options.recv_timeout);
        let mut message = Message::new();
        loop {
            if !state.engine.may_recv(ctx) || !state.engine.has_context(ctx) {
                return Err(ErrorKind::Closed.into());
            }
            let mut work = Work::default();
            let received = state.call(&mut work, |engine, turn| {
                engine.recv_into(ctx, &mut message, turn)
            });
            match received {
                Err(Verdict::Wait) if work.is_empty() && !state.engine.has_work() => {
                    patience.wait_in(Side::Recv, ctx, &mut state)?;
                }
                Err(Verdict::Wait) => {
                    self.leave(state, &mut work);
                    self.settle(&mut work);
                    state = self.state.lock();
                }
                done => {
                    // rfc: sp-endpoint E-64
                    state.call_next(Side::Recv, ctx);
                    self.leave(state, &mut work);
                    self.settle(&mut work);
                    return match done {
                        Ok(()) => Ok(message),
                        Err(verdict) => Err(verdict.into()),
                    };
                }
            }
        }
    }
}
