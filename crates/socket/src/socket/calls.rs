//! Sending and receiving in a context, and waiting for that. Knows no protocol. See
//! `rfc/sp-endpoint.md` section 9.

use std::sync::Arc;

use speedwell_message::{CtxId, Message};
use speedwell_protocol::Verdict;

use super::patience::Wait;
use crate::hub::{Hub, State};
use crate::line::Side;
use crate::sync::MutexGuard;
use crate::trace::hop;
use crate::turn::Work;
use crate::{Error, ErrorKind, SendError};

/// What came of a call that does not wait.
pub(super) enum Attempt<'a, T> {
    /// It has ended.
    Done(T),
    /// It has to wait. The lock of the socket was not let go since it was tried.
    Waits(MutexGuard<'a, State>),
}

/// The error of a message that was not sent, which it takes along.
#[cold]
pub(super) fn unsent(error: Error, message: &mut Option<Message>) -> SendError {
    SendError::new(error, message.take().unwrap_or_default())
}

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
        let mut state = match self.lock() {
            Ok(state) => state,
            Err(kind) => return Err(unsent(kind.into(), message)),
        };
        let mut patience = wait.patience(state.options.send_timeout);
        loop {
            match self.send_once(ctx, message, state) {
                Attempt::Done(sent) => return sent.map_err(|error| unsent(error, message)),
                Attempt::Waits(waiting) => state = waiting,
            }
            if let Err(kind) = patience.wait_in(Side::Send, ctx, &mut state) {
                drop(state);
                return Err(unsent(kind.into(), message));
            }
        }
    }

    /// One attempt, which is not waited for; after an error the place has the message still.
    pub(super) fn try_send_in(
        self: &Arc<Self>,
        ctx: CtxId,
        message: &mut Option<Message>,
    ) -> Result<(), Error> {
        hop!(
            "Socket::send",
            socket = self.number,
            octets = message.as_ref().map_or(0, Message::octets)
        );
        let state = self.lock()?;
        match self.send_once(ctx, message, state) {
            Attempt::Done(sent) => sent,
            Attempt::Waits(_) => Err(ErrorKind::WouldBlock.into()),
        }
    }

    /// Sends what is in the place, if that needs no waiting; after an error it is still there.
    #[inline(always)]
    pub(super) fn send_once<'a>(
        self: &'a Arc<Self>,
        ctx: CtxId,
        message: &mut Option<Message>,
        mut state: MutexGuard<'a, State>,
    ) -> Attempt<'a, Result<(), Error>> {
        loop {
            if !state.engine.may_send(ctx) || !state.engine.has_context(ctx) {
                return Attempt::Done(Err(ErrorKind::Closed.into()));
            }
            let mut work = Work::default();
            work.trail.sends(state.engine.ids().me);
            let sent = state.call(&mut work, |engine, turn| engine.send(ctx, message, turn));
            match sent {
                Err(Verdict::Wait) if work.is_empty() && !state.engine.has_work() => {
                    return Attempt::Waits(state);
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
                    return Attempt::Done(done.map_err(Error::from));
                }
            }
        }
    }

    pub(super) fn recv_in(self: &Arc<Self>, ctx: CtxId, wait: Wait) -> Result<Message, Error> {
        hop!("Socket::recv", socket = self.number);
        let mut state = self.lock()?;
        let mut patience = wait.patience(state.options.recv_timeout);
        let mut message = Message::new();
        loop {
            match self.recv_once(ctx, &mut message, state) {
                Attempt::Done(received) => return received.map(|()| message),
                Attempt::Waits(waiting) => state = waiting,
            }
            patience.wait_in(Side::Recv, ctx, &mut state)?;
        }
    }

    /// One attempt, which is not waited for.
    pub(super) fn try_recv_in(
        self: &Arc<Self>,
        ctx: CtxId,
        message: &mut Message,
    ) -> Result<(), Error> {
        hop!("Socket::recv", socket = self.number);
        let state = self.lock()?;
        match self.recv_once(ctx, message, state) {
            Attempt::Done(received) => received,
            Attempt::Waits(_) => Err(ErrorKind::WouldBlock.into()),
        }
    }

    /// Receives into the place, if that needs no waiting.
    #[inline(always)]
    pub(super) fn recv_once<'a>(
        self: &'a Arc<Self>,
        ctx: CtxId,
        message: &mut Message,
        mut state: MutexGuard<'a, State>,
    ) -> Attempt<'a, Result<(), Error>> {
        loop {
            if !state.engine.may_recv(ctx) || !state.engine.has_context(ctx) {
                return Attempt::Done(Err(ErrorKind::Closed.into()));
            }
            let mut work = Work::default();
            let received = state.call(&mut work, |engine, turn| {
                engine.recv_into(ctx, message, turn)
            });
            match received {
                Err(Verdict::Wait) if work.is_empty() && !state.engine.has_work() => {
                    return Attempt::Waits(state);
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
                    return Attempt::Done(done.map_err(Error::from));
                }
            }
        }
    }
}
