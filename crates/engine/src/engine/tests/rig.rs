//! A bench for the engine: a machine that writes down its calls, a world on virtual time, and
//! short words for what a driver reports. It decides nothing.

use std::any::Any;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use speedwell_message::{CtxId, Flow, Inbox, Message, PipeId, ProtocolId, ProtocolIds};
use speedwell_protocol::{
    Cx, Engagement, Held, PipeInfo, Priority, Protocol, Readiness, Reject, TimerKey, Unsent,
    Verdict,
};
use speedwell_transport::{Error, ErrorKind, PeerInfo};

use crate::engine::Engine;
use crate::{Admission, Command, EndReason, EndpointId, PipeStats, SocketOptions, Stats, World};

/// The endpoint types of the scripted machine.
pub(super) const IDS: ProtocolIds = ProtocolIds {
    me: ProtocolId(0xff01),
    peer: ProtocolId(0xff00),
};

pub(super) const EIGHT: Priority = match Priority::new(8) {
    Ok(priority) => priority,
    Err(_) => panic!("8 is a priority"),
};

pub(super) fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub(super) fn error(kind: ErrorKind) -> Error {
    Error::new(kind, "as the script says")
}

pub(super) fn text(message: &Message) -> &str {
    std::str::from_utf8(message.body()).unwrap()
}

/// A machine that does what the test says and writes down what it is told. What it takes back
/// from dead pipes it holds, and gives to the next pipe.
pub(super) struct Scripted {
    ids: ProtocolIds,
    /// What it was told, one word or two each.
    pub(super) calls: Vec<String>,
    pub(super) rejects: bool,
    /// Messages it takes from each batch.
    pub(super) takes: usize,
    /// It resumes each pipe within the offer.
    pub(super) resumes: bool,
    /// Messages it takes back from each dead pipe.
    pub(super) takes_back: usize,
    pub(super) held: VecDeque<Message>,
    /// Messages it holds for a pipe alone, and drops when that ends.
    pub(super) loses: usize,
    /// A timer that fires is armed again for so much later.
    pub(super) rearms: Option<Duration>,
    pub(super) engagement: Engagement,
    pub(super) infos: Vec<PipeInfo>,
    attached: Vec<PipeId>,
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            ids: IDS,
            calls: Vec::new(),
            rejects: false,
            takes: usize::MAX,
            resumes: false,
            takes_back: usize::MAX,
            held: VecDeque::new(),
            loses: 0,
            rearms: None,
            engagement: Engagement::None,
            infos: Vec::new(),
            attached: Vec::new(),
        }
    }
}

impl Scripted {
    pub(super) fn of(ids: ProtocolIds) -> Self {
        Self {
            ids,
            ..Self::default()
        }
    }

    fn note(&mut self, call: impl Into<String>) {
        self.calls.push(call.into());
    }

    fn knows(&self, pipe: PipeId) -> bool {
        self.attached.contains(&pipe)
    }
}

fn texts(messages: &[Message]) -> String {
    messages.iter().map(text).collect::<Vec<_>>().join(" ")
}

impl Protocol for Scripted {
    fn ids(&self) -> ProtocolIds {
        self.ids
    }

    fn close(&mut self, ctx: CtxId, _: &mut Cx<'_>) {
        assert_eq!(ctx, CtxId::MAIN);
        self.note("close");
    }

    fn attach(&mut self, pipe: PipeId, info: &PipeInfo, cx: &mut Cx<'_>) -> Result<(), Reject> {
        assert!(!self.knows(pipe), "a pipe is attached once");
        assert_eq!(info.peer, self.ids().peer, "only fitting peers get so far");
        self.note("attach");
        self.infos.push(info.clone());
        if self.rejects {
            return Err(Reject::Occupied);
        }
        self.attached.push(pipe);
        for message in self.held.drain(..) {
            let _ = cx.push(pipe, message);
        }
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, unsent: &mut Unsent<'_>, cx: &mut Cx<'_>) {
        assert!(self.knows(pipe), "a pipe is detached once");
        self.attached.retain(|known| *known != pipe);
        let back: Vec<_> = unsent.take(self.takes_back).collect();
        self.note(format!("detach {}", texts(&back)).trim_end());
        self.held.extend(back);
        for _ in self.held.drain(..self.loses.min(self.held.len())) {
            cx.drop_counted(Some(pipe), speedwell_protocol::DropCause::PipeLost, 1);
        }
    }

    fn send(
        &mut self,
        _: CtxId,
        message: &mut Option<Message>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Verdict> {
        let pipe = *self.attached.first().ok_or(Verdict::Wait)?;
        let _ = cx.push(pipe, message.take().ok_or(Verdict::State)?);
        Ok(())
    }

    fn recv_into(&mut self, _: CtxId, _: &mut Message, _: &mut Cx<'_>) -> Result<(), Verdict> {
        Err(Verdict::Wait)
    }

    fn on_batch(&mut self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        assert!(self.knows(pipe), "messages come between attach and detach");
        let takes = self.takes;
        let taken: Vec<_> = std::iter::from_fn(|| inbox.pop()).take(takes).collect();
        self.note(format!("batch {}", texts(&taken)).trim_end());
        if self.resumes {
            cx.resume(pipe);
        }
    }

    fn on_writable(&mut self, pipe: PipeId, cx: &mut Cx<'_>) {
        assert!(self.knows(pipe), "room comes between attach and detach");
        self.note("writable");
        for message in self.held.drain(..) {
            let _ = cx.push(pipe, message);
        }
    }

    fn on_timer(&mut self, key: TimerKey, cx: &mut Cx<'_>) {
        self.note(format!("timer {}", key.0));
        if let Some(wait) = self.rearms {
            let at = cx.now() + wait;
            cx.arm(key, at);
        }
    }

    fn on_priority(&mut self, _: PipeId, info: &PipeInfo, _: &mut Cx<'_>) {
        let levels = (info.send_priority.level(), info.recv_priority.level());
        self.note(format!("priority {} {}", levels.0, levels.1));
    }

    fn engagement(&self, _: CtxId) -> Engagement {
        self.engagement
    }

    fn ready(&self, _: CtxId) -> Readiness {
        Readiness::default()
    }

    fn held(&self) -> Held {
        Held {
            messages: self.held.len() as u64,
            octets: self.held.iter().map(|held| held.octets() as u64).sum(),
        }
    }
}

/// Virtual time, chosen randomness, and what was pushed.
pub(super) struct Virtual {
    pub(super) now: Instant,
    /// Fixed draws unless it is a seed: `Ok` is the draw itself.
    pub(super) dice: Result<u64, u64>,
    pub(super) pushed: Vec<(PipeId, Message)>,
    /// What a pipe answers to a push.
    pub(super) is_full: bool,
}

impl World for Virtual {
    fn now(&mut self) -> Instant {
        self.now
    }

    /// Fixed, or splitmix64.
    fn random(&mut self) -> u64 {
        match &mut self.dice {
            Ok(fixed) => *fixed,
            Err(seed) => {
                *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *seed;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                z ^ (z >> 31)
            }
        }
    }

    fn push(&mut self, pipe: PipeId, message: &mut Message) -> Flow {
        self.pushed.push((pipe, std::mem::take(message)));
        if self.is_full { Flow::Full } else { Flow::Open }
    }
}

/// One socket on the bench. Each wait of a dialer is the longest it may be, until `dice` is set.
pub(super) struct Rig {
    pub(super) engine: Engine,
    pub(super) world: Virtual,
    start: Instant,
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    /// With other options than the defaults.
    pub(super) fn with(set: impl FnOnce(&mut SocketOptions)) -> Self {
        Self::of(IDS, set)
    }

    /// Of other endpoint types.
    pub(super) fn of(ids: ProtocolIds, set: impl FnOnce(&mut SocketOptions)) -> Self {
        let mut options = SocketOptions::default();
        set(&mut options);
        let machine = Scripted::of(ids);
        let start = Instant::now();
        Self {
            engine: Engine::new(Box::new(machine), options, 1),
            world: Virtual {
                now: start,
                dice: Ok(u64::MAX),
                pushed: Vec::new(),
                is_full: false,
            },
            start,
        }
    }

    /// What the engine wants done, since the last call of this.
    pub(super) fn commands(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.engine.next_command()).collect()
    }

    pub(super) fn stats(&self) -> Stats {
        self.engine.stats()
    }

    /// The time since the start, in milliseconds.
    pub(super) fn now(&self) -> u128 {
        self.world.now.duration_since(self.start).as_millis()
    }

    /// The next deadline, in milliseconds from now.
    pub(super) fn due_in(&self) -> Option<u128> {
        let next = self.engine.next_deadline()?;
        Some(next.saturating_duration_since(self.world.now).as_millis())
    }

    /// Lets time pass, deadline by deadline.
    pub(super) fn passes(&mut self, time: Duration) {
        let end = self.world.now + time;
        while let Some(at) = self.engine.next_deadline().filter(|at| *at <= end) {
            self.world.now = self.world.now.max(at);
            self.engine.on_deadline(&mut self.world);
        }
        self.world.now = end;
    }

    /// Runs something on the machine with its effects.
    pub(super) fn machine<R>(&mut self, run: impl FnOnce(&mut Scripted, &mut Cx<'_>) -> R) -> R {
        self.engine.with_machine(&mut self.world, |machine, cx| {
            let machine: &mut dyn Any = machine;
            run(machine.downcast_mut().unwrap(), cx)
        })
    }

    /// What the machine was told, since the last call of this.
    pub(super) fn calls(&mut self) -> Vec<String> {
        self.machine(|machine, _| std::mem::take(&mut machine.calls))
    }

    pub(super) fn pushed(&mut self) -> Vec<(PipeId, Message)> {
        std::mem::take(&mut self.world.pushed)
    }

    pub(super) fn dialer(&mut self) -> EndpointId {
        self.engine.add_dialer(EIGHT, EIGHT)
    }

    pub(super) fn listener(&mut self) -> EndpointId {
        self.engine.add_listener(EIGHT, EIGHT)
    }

    pub(super) fn dialed(&mut self, dialer: EndpointId) -> Option<PipeId> {
        self.engine.dialed(dialer, &mut self.world)
    }

    pub(super) fn dial_failed(&mut self, dialer: EndpointId, kind: ErrorKind) {
        self.engine
            .dial_failed(dialer, error(kind), &mut self.world);
    }

    pub(super) fn accepted(&mut self, listener: EndpointId) -> Option<PipeId> {
        self.engine.accepted(listener, &mut self.world)
    }

    pub(super) fn accept_failed(&mut self, listener: EndpointId, kind: ErrorKind) -> bool {
        self.engine
            .accept_failed(listener, error(kind), &mut self.world)
    }

    /// A fitting peer's greeting has come.
    pub(super) fn handshaken(&mut self, pipe: PipeId) -> Admission {
        let peer = PeerInfo::new(self.engine.ids().peer);
        self.engine.handshaken(pipe, &peer, &mut self.world)
    }

    pub(super) fn handshake_failed(&mut self, pipe: PipeId, kind: ErrorKind) {
        self.engine
            .handshake_failed(pipe, error(kind), &mut self.world);
    }

    /// A dialer that has its turn comes to a live pipe.
    pub(super) fn dials_through(&mut self, dialer: EndpointId) -> PipeId {
        let pipe = self.dialed(dialer).unwrap();
        assert_eq!(self.handshaken(pipe), Admission::Live);
        pipe
    }

    /// A listener comes to a live pipe.
    pub(super) fn accepts_through(&mut self, listener: EndpointId) -> PipeId {
        let pipe = self.accepted(listener).unwrap();
        assert_eq!(self.handshaken(pipe), Admission::Live);
        pipe
    }

    /// A pipe is gone; `unsent` never left.
    pub(super) fn ended(&mut self, pipe: PipeId, reason: &EndReason, unsent: &[&str]) {
        self.ended_and_cut(pipe, reason, unsent, false);
    }

    pub(super) fn ended_and_cut(
        &mut self,
        pipe: PipeId,
        reason: &EndReason,
        unsent: &[&str],
        cut: bool,
    ) {
        let mut unsent = unsent.iter().map(|body| Message::from(*body));
        self.engine
            .pipe_ended(pipe, reason, cut, &mut unsent, &mut self.world);
    }

    /// Offers messages; what the machine left comes back.
    pub(super) fn arrives(&mut self, pipe: PipeId, bodies: &[&str]) -> Inbox {
        let mut inbox = Inbox::new();
        inbox.set_origin(Some(pipe));
        inbox.extend(bodies.iter().map(|body| Message::from(*body)));
        self.engine.on_batch(pipe, &mut inbox, &mut self.world);
        inbox
    }

    pub(super) fn begins_to_close(&mut self, linger: Duration) {
        self.engine.begin_close(linger, &mut self.world);
    }

    /// Does what the engine commands of pipes as a driver with nothing left to write would.
    pub(super) fn obeys(&mut self) {
        for command in self.commands() {
            if let Command::End(pipe) | Command::Finish(pipe) = command {
                let reason = self.engine.end_reason(pipe);
                self.ended(pipe, &reason, &[]);
            }
        }
    }

    /// What must be true at any time, whatever was reported.
    pub(super) fn is_consistent(&self) {
        let core = &self.engine.core;
        let shaking = core.pipes.iter().filter(|(_, pipe)| !pipe.is_live());
        assert_eq!(core.half_open, shaking.clone().count());
        let accepted = shaking.filter(|(_, pipe)| pipe.was_accepted);
        assert_eq!(core.half_open_accepted, accepted.count());
        for (slot, pipe) in &core.pipes {
            assert_eq!(usize::try_from(pipe.id.slot()).unwrap(), slot);
        }
        for (id, endpoint) in &core.endpoints {
            let of = core.pipes.iter().filter(|(_, pipe)| pipe.endpoint == *id);
            let live = of.clone().filter(|(_, pipe)| pipe.is_live()).count();
            assert_eq!(endpoint.status.pipes, live, "the count of {id:?}");
            endpoint.is_consistent_with(of.count() - live, live);
        }
        self.sums_agree();
        if self.engine.is_closed() {
            assert!(core.pipes.is_empty() && core.endpoints.is_empty());
            assert_eq!(self.engine.next_deadline(), None);
        }
    }
}

impl Rig {
    /// The parts of the statistics are the whole.
    fn sums_agree(&self) {
        let snapshot = self.engine.snapshot();
        let mut sum = snapshot.other;
        for endpoint in &snapshot.endpoints {
            let mut whole = endpoint.past;
            let of = |pipe: &&PipeStats| pipe.endpoint == endpoint.id;
            for pipe in snapshot.pipes.iter().filter(of) {
                whole.traffic += pipe.traffic;
            }
            assert_eq!(endpoint.total, whole, "of {:?}", endpoint.id);
            sum += endpoint.total;
        }
        assert_eq!((snapshot.total, self.stats()), (sum, sum));
        let ended = sum.closed_by_peer + sum.broken + sum.ended_by_protocol + sum.closed_here;
        let live = u64::try_from(self.engine.live_pipes()).unwrap();
        assert_eq!(sum.connected + sum.accepted, live + ended);
    }
}

impl crate::endpoint::Endpoint {
    /// A dialer has the pipe that its state says.
    fn is_consistent_with(&self, shaking: usize, live: usize) {
        use crate::endpoint::{DialState, Role};
        let Role::Dialer { state, .. } = &self.role else {
            return;
        };
        let expected = match state {
            DialState::Dialing { .. } | DialState::Waiting => (0, 0),
            DialState::Shaking => (1, 0),
            DialState::Connected { .. } => (0, 1),
        };
        assert_eq!(
            (shaking, live),
            expected,
            "the pipes of a dialer in {state:?}"
        );
    }
}
