//! A protocol by somebody else. A [`Tap`] pours each n-th message to every [`Glass`] that has room,
//! and waits for nobody: what does not fit is dropped and counted. A [`Glass`] receives, in the
//! order in which each tap poured. Neither knows sockets: see `rfc/0001-contracts.md`.
//!
//! ```
//! use speedwell_socket::Socket;
//!
//! let transports = speedwell::default_transports();
//! let tap = Socket::new(tap::Tap::new(), &transports)?;
//! tap.send("spilled: nobody is there")?;
//! let glass = Socket::new(tap::Glass::new(), &transports)?;
//! glass.bind("inproc://bar")?;
//! # Ok::<(), speedwell::Error>(())
//! ```
//!
//! What a role never does, its sockets do not have:
//!
//! ```compile_fail,E0599
//! # let transports = speedwell::default_transports();
//! let tap = speedwell_socket::Socket::new(tap::Tap::new(), &transports).unwrap();
//! tap.recv();
//! ```
//!
//! ```compile_fail,E0599
//! # let transports = speedwell::default_transports();
//! let glass = speedwell_socket::Socket::new(tap::Glass::new(), &transports).unwrap();
//! glass.send("up the pipe");
//! ```
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::mem;
use std::num::NonZeroU64;

use speedwell_message::{CtxId, Flow, Inbox, Message, PipeId, ProtocolId, ProtocolIds};
use speedwell_protocol::{
    CanReceive, CanSend, Cx, DropCause, EndCause, PipeInfo, Protocol, Readiness, Reject, Unsent,
    Verdict,
};

/// The endpoint type of a tap.
pub const TAP: ProtocolId = ProtocolId(0xff10);
/// The endpoint type of a glass.
pub const GLASS: ProtocolId = ProtocolId(0xff11);

/// The sending side.
#[derive(Debug)]
pub struct Tap {
    glasses: BTreeMap<PipeId, Flow>,
    every: NonZeroU64,
    given: u64,
}

impl Tap {
    /// A tap that pours every message.
    pub fn new() -> Self {
        Self {
            glasses: BTreeMap::new(),
            every: NonZeroU64::MIN,
            given: 0,
        }
    }

    /// Pours only each n-th message from now on, and forgets the others: that is their purpose.
    pub fn set_every(&mut self, every: NonZeroU64) {
        self.every = every;
        self.given = 0;
    }

    fn pour(&mut self, message: &Message, cx: &mut Cx<'_>) {
        if self.glasses.is_empty() {
            cx.drop_counted(None, DropCause::NoPeer, 1);
        }
        for (glass, flow) in &mut self.glasses {
            match flow {
                Flow::Open => *flow = cx.push(*glass, message.clone()),
                Flow::Full => cx.drop_counted(Some(*glass), DropCause::Overflow, 1),
            }
        }
    }
}

impl Default for Tap {
    fn default() -> Self {
        Self::new()
    }
}

impl Protocol for Tap {
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: TAP,
            peer: GLASS,
        }
    }

    fn attach(&mut self, pipe: PipeId, _: &PipeInfo, _: &mut Cx<'_>) -> Result<(), Reject> {
        self.glasses.insert(pipe, Flow::Open);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Unsent<'_>, _: &mut Cx<'_>) {
        // What it had not drunk is left in `Unsent`, and counted there.
        self.glasses.remove(&pipe);
    }

    fn send(
        &mut self,
        ctx: CtxId,
        message: &mut Option<Message>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        if message.as_ref().is_some_and(|it| !it.header().is_empty()) {
            return Err(Verdict::BadHeader);
        }
        let Some(message) = message.take() else {
            return Ok(());
        };
        self.given = self.given.wrapping_add(1);
        if self.given % self.every == 0 {
            self.pour(&message, cx);
        }
        Ok(())
    }

    fn recv_into(&mut self, _: CtxId, _: &mut Message, _: &mut Cx<'_>) -> Result<(), Verdict> {
        Err(Verdict::Unsupported)
    }

    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        // A glass that pours is no glass.
        if self.glasses.remove(&pipe).is_some() {
            let dropped = inbox.clear() as u64;
            cx.drop_counted(Some(pipe), DropCause::Unsolicited, dropped);
            cx.close(pipe, EndCause::Violation);
        }
    }

    fn on_writable(&mut self, pipe: PipeId, _: &mut Cx<'_>) {
        if let Some(flow) = self.glasses.get_mut(&pipe) {
            *flow = Flow::Open;
        }
    }

    fn ready(&self, ctx: CtxId) -> Readiness {
        Readiness {
            send: ctx == CtxId::MAIN,
            recv: false,
        }
    }
}

impl CanSend for Tap {}

/// The receiving side: holds one inbox; other taps wait until it is empty.
#[derive(Debug, Default)]
pub struct Glass {
    inbox: Inbox,
    waiting: Vec<PipeId>,
}

impl Glass {
    /// An empty glass.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Protocol for Glass {
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: GLASS,
            peer: TAP,
        }
    }

    fn attach(&mut self, _: PipeId, _: &PipeInfo, _: &mut Cx<'_>) -> Result<(), Reject> {
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Unsent<'_>, _: &mut Cx<'_>) {
        self.waiting.retain(|waiting| *waiting != pipe);
    }

    fn send(&mut self, _: CtxId, _: &mut Option<Message>, _: &mut Cx<'_>) -> Result<(), Verdict> {
        Err(Verdict::Unsupported)
    }

    fn recv_into(
        &mut self,
        ctx: CtxId,
        place: &mut Message,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        if ctx != CtxId::MAIN {
            return Err(Verdict::Unsupported);
        }
        if !self.inbox.pop_into(place) {
            return Err(Verdict::Wait);
        }
        if self.inbox.is_empty() {
            // The first of them fills the inbox, and the others wait again.
            mem::take(&mut self.waiting)
                .into_iter()
                .for_each(|pipe| cx.resume(pipe));
        }
        Ok(())
    }

    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        if self.inbox.is_empty() {
            mem::swap(&mut self.inbox, inbox);
            cx.wake(CtxId::MAIN);
        } else if !self.waiting.contains(&pipe) {
            self.waiting.push(pipe);
        }
    }

    fn on_writable(&mut self, _: PipeId, _: &mut Cx<'_>) {}

    fn ready(&self, ctx: CtxId) -> Readiness {
        Readiness {
            send: false,
            recv: ctx == CtxId::MAIN && !self.inbox.is_empty(),
        }
    }
}

impl CanReceive for Glass {}
