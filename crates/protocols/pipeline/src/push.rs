//! The PUSH machine. Never receives, never drops what it accepted while open, and never gives one
//! message to two pipes. Obeys `rfc/sp-pipeline.md` section 3.

use std::marker::PhantomData;
use std::mem;

use speedwell_pipeset::{Backlog, Cooked, LoadBalance, Mode, Raw};
use speedwell_protocol::{
    CanSend, CtxId, Cx, DropCause, EndCause, Held, Inbox, Message, Passage, PipeId, PipeInfo,
    Priority, Protocol, ProtocolId, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};

/// PUSH for applications: each message goes to one of the peers. It has no header.
pub type Push = PushMachine<Cooked>;

/// PUSH for devices and inspection: as [`Push`], but a header is sent as it is, before the body.
pub type RawPush = PushMachine<Raw>;

/// The machine behind [`Push`] and [`RawPush`]; they differ in whether a header may be sent.
#[derive(Debug, Default)]
pub struct PushMachine<M: Mode> {
    pipes: LoadBalance,
    state: State,
    mode: PhantomData<M>,
}

/// ```text
///             attach, or a pipe is writable           rfc/sp-pipeline.md section 6
///   Blocked ─────────────────────────────────► Ready
///   [returned]  (the returned ones go first)   sends
///     ▲  │  ▲                                    │
///     └──┘  └──── the last writable pipe is ─────┘
///    detach       full, gone, or was ended for sending
/// ```
///
/// Messages that dead pipes returned wait only where nothing can be sent. When a pipe is or becomes
/// writable they are sent on in that very call, so Ready has no place for them.
#[derive(Debug)]
enum State {
    /// No pipe is writable.
    Blocked { returned: Backlog },
    /// One is.
    Ready,
}

enum Event<'a, 'u> {
    Attach(PipeId, Priority),
    Detach(PipeId, &'a mut Unsent<'u>),
    Writable(PipeId),
    Batch(PipeId, &'a mut Inbox),
    Priority(PipeId, Priority),
    Send(&'a mut Option<Message>),
    Close,
}

impl<M: Mode> PushMachine<M> {
    /// A machine without peers; allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// False when a send has to wait; then the message is where it was.
    #[inline]
    fn step(&mut self, event: Event<'_, '_>, cx: &mut Cx<'_>) -> bool {
        match (&mut self.state, event) {
            (State::Blocked { returned }, Event::Attach(pipe, level)) => {
                let returned = mem::take(returned);
                self.pipes.insert(pipe, level);
                self.settle(returned, cx);
            }
            (State::Ready, Event::Attach(pipe, level)) => {
                self.pipes.insert(pipe, level);
            }

            // A pipe that was ended for sending is not in the set, and gives back all the same.
            // rfc: sp-pipeline L-10, L-12, L-13
            (State::Blocked { returned }, Event::Detach(pipe, unsent)) => {
                self.pipes.remove(pipe);
                returned.put_back(unsent);
            }
            (State::Ready, Event::Detach(pipe, unsent)) => {
                self.pipes.remove(pipe);
                let mut returned = Backlog::new();
                returned.put_back(unsent);
                self.settle(returned, cx);
            }

            // rfc: sp-pipeline L-07, L-25
            (State::Blocked { returned }, Event::Writable(pipe)) => {
                let returned = mem::take(returned);
                self.pipes.on_writable(pipe);
                self.settle(returned, cx);
            }
            (State::Ready, Event::Writable(pipe)) => {
                self.pipes.on_writable(pipe);
            }

            // rfc: sp-pipeline L-13, L-25
            (State::Blocked { .. }, Event::Batch(pipe, inbox)) => {
                self.condemn(pipe, inbox, cx);
            }
            (State::Ready, Event::Batch(pipe, inbox)) => {
                self.condemn(pipe, inbox, cx);
                self.settle(Backlog::new(), cx);
            }

            // rfc: sp-pipeline L-26
            (State::Blocked { .. } | State::Ready, Event::Priority(pipe, level)) => {
                self.pipes.set_priority(pipe, level);
            }

            // rfc: sp-pipeline L-08, L-11
            (State::Blocked { .. }, Event::Send(_)) => return false,
            // rfc: sp-pipeline L-03, L-05, L-06, L-07, L-09
            (State::Ready, Event::Send(message)) => {
                self.pipes.push(message, cx);
                if !self.pipes.is_writable() {
                    self.state = State::default();
                }
            }

            // rfc: sp-pipeline L-23
            (State::Blocked { returned }, Event::Close) => {
                let dropped = returned.clear().messages;
                if dropped > 0 {
                    cx.drop_counted(None, DropCause::Closed, dropped);
                }
            }
            (State::Ready, Event::Close) => {}
        }
        true
    }

    /// The pipes have changed: sends on what dead ones returned, and finds the state that follows.
    fn settle(&mut self, mut returned: Backlog, cx: &mut Cx<'_>) {
        // rfc: sp-pipeline L-10, L-27
        returned.send_on(|message| {
            self.pipes.push(message, cx);
        });
        let next = if self.pipes.is_writable() {
            State::Ready
        } else {
            State::Blocked { returned }
        };
        // rfc: sp-pipeline L-22
        if let (State::Blocked { .. }, State::Ready) = (&self.state, &next) {
            cx.wake(CtxId::MAIN);
        }
        self.state = next;
    }

    /// Ends a pipe whose peer has sent, and gives it nothing more.
    fn condemn(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        if inbox.is_empty() || !self.pipes.remove(pipe) {
            return;
        }
        let dropped = u64::try_from(inbox.clear()).unwrap_or(u64::MAX);
        cx.drop_counted(Some(pipe), DropCause::Unsolicited, dropped);
        cx.close(pipe, EndCause::Violation);
    }
}

impl Default for State {
    fn default() -> Self {
        let returned = Backlog::new();
        Self::Blocked { returned }
    }
}

impl<M: Mode> Protocol for PushMachine<M> {
    // rfc: sp-pipeline L-01
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: ProtocolId::PUSH,
            peer: ProtocolId::PULL,
        }
    }

    // rfc: sp-device D-01
    fn passage(&self) -> Option<Passage> {
        M::passage(Passage::OUT)
    }

    fn close(&mut self, ctx: CtxId, cx: &mut Cx<'_>) {
        if ctx == CtxId::MAIN {
            self.step(Event::Close, cx);
        }
    }

    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, cx: &mut Cx<'_>) -> Result<(), Reject> {
        self.step(Event::Attach(pipe, info.send_priority), cx);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, unsent: &mut Unsent<'_>, cx: &mut Cx<'_>) {
        self.step(Event::Detach(pipe, unsent), cx);
    }

    #[inline]
    fn send(
        &mut self,
        ctx: CtxId,
        message: &mut Option<Message>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        // rfc: sp-pipeline L-24
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        // rfc: sp-pipeline L-04, sp-wire W-31
        message.as_ref().map_or(Ok(()), M::check)?;
        if self.step(Event::Send(message), cx) {
            Ok(())
        } else {
            Err(Verdict::Wait)
        }
    }

    // rfc: sp-pipeline L-14
    fn recv_into(&mut self, _: CtxId, _: &mut Message, _: &mut Cx<'_>) -> Result<(), Verdict> {
        Err(Verdict::Unsupported)
    }

    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        self.step(Event::Batch(pipe, inbox), cx);
    }

    fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) {
        self.step(Event::Writable(pipe), cx);
    }

    fn on_priority(&mut self, pipe: PipeId, info: &PipeInfo, cx: &mut Cx<'_>) {
        self.step(Event::Priority(pipe, info.send_priority), cx);
    }

    // rfc: sp-pipeline L-14, L-24
    fn ready(&self, ctx: CtxId) -> Readiness {
        let send = match self.state {
            State::Blocked { .. } => false,
            State::Ready => ctx == CtxId::MAIN,
        };
        Readiness { send, recv: false }
    }

    fn held(&self) -> Held {
        match &self.state {
            State::Blocked { returned } => returned.held(),
            State::Ready => Held::default(),
        }
    }
}

impl<M: Mode> CanSend for PushMachine<M> {}

#[cfg(test)]
mod table;
