//! A machine on a bench: what its peers, its driver and its application do to it, each in one call,
//! so that a test reads like a transcript. Never decides what is right. See
//! `rfc/0001-contracts.md`.

#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "these are the steps of tests, which fail by panicking"
)]

use speedwell_protocol::{
    CtxId, DropCause, Inbox, Message, PipeId, PipeInfo, Priority, Protocol, Reject, Unsent, Verdict,
};

use crate::effects::{Effect, RecordingEffects, info, pipe};

/// A machine and its world.
#[derive(Debug, Default)]
pub struct Bench<P> {
    /// The machine.
    pub socket: P,
    /// What it acts on.
    pub world: RecordingEffects,
}

impl<P: Protocol + Default> Bench<P> {
    /// A fresh machine with these pipes.
    #[must_use]
    pub fn with(pipes: &[u32]) -> Self {
        let mut bench = Self::default();
        pipes.iter().for_each(|n| bench.attach(*n));
        bench
    }
}

impl<P: Protocol> Bench<P> {
    /// A pipe of the default level is attached. Its room is endless, unless it was set.
    pub fn attach(&mut self, n: u32) {
        self.tries(n).unwrap();
    }

    /// A pipe with room for so many messages is attached.
    pub fn attach_with_room(&mut self, n: u32, room: usize) {
        self.world.set_room(pipe(n), room);
        self.attach(n);
    }

    /// A pipe of a level, 1 to 16, is attached.
    pub fn attach_at(&mut self, n: u32, level: u8) {
        self.attach_at_both(n, level, level);
    }

    /// A pipe is attached, of one level for sending and one for receiving.
    pub fn attach_at_both(&mut self, n: u32, send: u8, recv: u8) {
        let info = self.info_of(send, recv);
        self.socket
            .attach(pipe(n), &info, &mut self.world.cx())
            .unwrap();
    }

    /// A pipe comes, and is attached or refused.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub fn tries(&mut self, n: u32) -> Result<(), Reject> {
        let info = info(self.socket.ids().peer, Priority::default());
        self.socket.attach(pipe(n), &info, &mut self.world.cx())
    }

    /// The level of a pipe changes.
    pub fn set_level(&mut self, n: u32, level: u8) {
        self.set_levels(n, level, level);
    }

    /// The levels of a pipe change, the one for sending and the one for receiving.
    pub fn set_levels(&mut self, n: u32, send: u8, recv: u8) {
        let info = self.info_of(send, recv);
        self.socket
            .on_priority(pipe(n), &info, &mut self.world.cx());
    }

    fn info_of(&self, send: u8, recv: u8) -> PipeInfo {
        let mut info = info(self.socket.ids().peer, Priority::new(send).unwrap());
        info.recv_priority = Priority::new(recv).unwrap();
        info
    }

    /// A pipe ends with these messages unsent; says how many the machine left.
    pub fn detach(&mut self, n: u32, unsent: &[impl Into<Message> + Clone]) -> usize {
        let mut unsent = unsent.iter().cloned().map(Into::into);
        self.socket
            .detach(pipe(n), &mut Unsent::new(&mut unsent), &mut self.world.cx());
        unsent.len()
    }

    /// A pipe ends with nothing unsent.
    pub fn ends(&mut self, n: u32) {
        self.detach(n, &[] as &[Message]);
    }

    /// A pipe has room for so many messages again.
    pub fn writable(&mut self, n: u32, room: usize) {
        self.world.set_room(pipe(n), room);
        self.socket.on_writable(pipe(n), &mut self.world.cx());
    }

    /// The application sends, in `MAIN`.
    ///
    /// # Errors
    ///
    /// The machine's verdict.
    pub fn send(&mut self, message: impl Into<Message>) -> Result<(), Verdict> {
        self.send_in(CtxId::MAIN, message)
    }

    /// The application sends in a context. The message is gone exactly when there is no verdict.
    ///
    /// # Errors
    ///
    /// The machine's verdict.
    pub fn send_in(&mut self, ctx: CtxId, message: impl Into<Message>) -> Result<(), Verdict> {
        let mut message = Some(message.into());
        let sent = self.socket.send(ctx, &mut message, &mut self.world.cx());
        assert_eq!(sent.is_ok(), message.is_none());
        sent
    }

    /// The application receives, in `MAIN`.
    ///
    /// # Errors
    ///
    /// The machine's verdict.
    pub fn receives(&mut self) -> Result<Message, Verdict> {
        self.receives_in(CtxId::MAIN)
    }

    /// The application receives in a context.
    ///
    /// # Errors
    ///
    /// The machine's verdict.
    pub fn receives_in(&mut self, ctx: CtxId) -> Result<Message, Verdict> {
        self.socket.recv(ctx, &mut self.world.cx())
    }

    /// All that can be received now, as text.
    pub fn receives_all(&mut self) -> String {
        let bodies = std::iter::from_fn(|| self.receives().ok());
        let bodies = bodies.map(|message| String::from_utf8(message.body().to_vec()).unwrap());
        bodies.collect::<Vec<_>>().join(" ")
    }

    /// A peer sends these in one batch; says how many the machine left.
    pub fn peer_sends(&mut self, n: u32, messages: &[impl Into<Message> + Clone]) -> usize {
        let mut inbox = Inbox::new();
        inbox.set_origin(Some(pipe(n)));
        inbox.extend(messages.iter().cloned().map(Into::into));
        self.socket
            .on_batch(pipe(n), &mut inbox, &mut self.world.cx());
        inbox.len()
    }

    /// `MAIN` is closed.
    pub fn close(&mut self) {
        self.socket.close(CtxId::MAIN, &mut self.world.cx());
    }

    /// Who was given what since the last time, header and body in one run. All else that happened
    /// is forgotten.
    pub fn pushed(&mut self) -> Vec<(PipeId, Vec<u8>)> {
        let effects = self.world.take().into_iter();
        let pushed = effects.filter_map(|effect| match effect {
            Effect::Push(pipe, message) => {
                Some((pipe, [message.header(), message.body()].concat()))
            }
            _ => None,
        });
        pushed.collect()
    }
}

/// What [`Bench::pushed`] says of a message to pipe `n`.
#[must_use]
pub fn to(n: u32, octets: impl AsRef<[u8]>) -> (PipeId, Vec<u8>) {
    (pipe(n), octets.as_ref().to_vec())
}

/// So many messages are counted under pipe `n`.
#[must_use]
pub fn dropped(n: u32, cause: DropCause, messages: u64) -> Effect {
    Effect::Drop(Some(pipe(n)), cause, messages)
}
