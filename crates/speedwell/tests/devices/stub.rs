//! A stranger's raw socket: it sends nowhere, and does what the test has told it. It claims to be a
//! BUS, whose headers stay, or a PUSH.

use std::sync::Arc;
use std::sync::Mutex;

use speedwell::{Builder, Protocol, Socket, default_transports};
use speedwell_protocol::{
    CtxId, Cx, Inbox, Message, Passage, PipeId, PipeInfo, ProtocolId, ProtocolIds, Readiness,
    Reject, Unsent, Verdict,
};

/// What a stub does with the next message that it is to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Takes it.
    Takes,
    /// Would take it, and when it comes has changed its mind.
    ChangesItsMind,
    /// Waits until its mood changes.
    Waits,
    /// Refuses its header.
    Refuses,
}

/// The machine.
#[derive(Debug)]
pub(crate) struct Stub {
    me: ProtocolId,
    peer: ProtocolId,
    passage: Passage,
    pub(crate) mood: Mood,
    /// What `recv` says, once there is something to be heard.
    pub(crate) fails: Option<Verdict>,
    pub(crate) sent: Arc<Mutex<Vec<Message>>>,
}

impl Stub {
    pub(crate) fn push(mood: Mood) -> Self {
        Self::new(ProtocolId::PUSH, ProtocolId::PULL, Passage::OUT, mood)
    }

    pub(crate) fn bus() -> Self {
        let passage = Passage::BOTH_WAYS;
        Self::new(ProtocolId::BUS, ProtocolId::BUS, passage, Mood::Takes)
    }

    fn new(me: ProtocolId, peer: ProtocolId, passage: Passage, mood: Mood) -> Self {
        Self {
            me,
            peer,
            passage,
            mood,
            fails: None,
            sent: Arc::default(),
        }
    }

    pub(crate) fn open(self) -> Socket<Self> {
        Builder::new(default_transports()).open(self).unwrap()
    }

    /// Changes the mood of a stub that is in use.
    pub(crate) fn cheer(socket: &Socket<Self>, mood: Mood) {
        let changes = |stub: &mut Self, cx: &mut Cx<'_>| {
            stub.mood = mood;
            cx.wake(CtxId::MAIN);
        };
        socket.with(changes).unwrap();
    }
}

impl Protocol for Stub {
    fn ids(&self) -> ProtocolIds {
        let (me, peer) = (self.me, self.peer);
        ProtocolIds { me, peer }
    }

    fn passage(&self) -> Option<Passage> {
        Some(self.passage)
    }

    fn attach(&mut self, _: PipeId, _: &PipeInfo, _: &mut Cx<'_>) -> Result<(), Reject> {
        Ok(())
    }

    fn detach(&mut self, _: PipeId, _: &mut Unsent<'_>, _: &mut Cx<'_>) {}

    fn send(
        &mut self,
        _: CtxId,
        message: &mut Option<Message>,
        _: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        match self.mood {
            Mood::Takes => {
                self.sent.lock().unwrap().extend(message.take());
                Ok(())
            }
            Mood::ChangesItsMind | Mood::Waits => {
                self.mood = Mood::Waits;
                Err(Verdict::Wait)
            }
            Mood::Refuses => Err(Verdict::BadHeader),
        }
    }

    fn recv_into(&mut self, _: CtxId, _: &mut Message, _: &mut Cx<'_>) -> Result<(), Verdict> {
        Err(self.fails.unwrap_or(Verdict::Wait))
    }

    fn on_batch(&mut self, _: PipeId, _: &mut Inbox, _: &mut Cx<'_>) {}

    fn on_writable(&mut self, _: PipeId, _: &mut Cx<'_>) {}

    fn ready(&self, _: CtxId) -> Readiness {
        Readiness {
            send: self.passage.sends() && self.mood != Mood::Waits,
            recv: self.passage.receives() && self.fails.is_some(),
        }
    }
}
