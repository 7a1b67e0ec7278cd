//! The life of pipes in the engine, from the first octet of the handshake to the last message
//! given back. Touches no half of a pipe. See `rfc/sp-endpoint.md`.

use std::time::Instant;

use speedwell_message::{Message, PipeId};
use speedwell_protocol::{DropCause, Unsent};
use speedwell_transport::{Error, ErrorKind, PeerInfo};

use super::{Due, Engine, Phase};
use crate::batch::wide;
use crate::endpoint::{DialState, Role};
use crate::events::{EndpointChange, PipeChange, Refusal};
use crate::pipe::{Pipe, PipeState};
use crate::{Admission, Command, EndReason, EndpointId, Traffic, World, stats};

impl Engine {
    /// Gives a new connection its place, in its handshake. `None` is over a limit.
    // rfc: sp-endpoint E-09 E-15
    pub(super) fn add_pipe(
        &mut self,
        endpoint: EndpointId,
        deadline: Option<Instant>,
    ) -> Option<PipeId> {
        let (send_priority, recv_priority, was_accepted) = {
            let endpoint = self.core.endpoints.get(&endpoint)?;
            let was_accepted = matches!(endpoint.role, Role::Listener { .. });
            (endpoint.send_priority, endpoint.recv_priority, was_accepted)
        };
        if self.core.pipes.len() >= self.core.options.pipes_max {
            stats::add(&mut self.core.stats_of(endpoint).over_limit, 1);
            self.core.tell(endpoint, || EndpointChange::OverLimit);
            return None;
        }
        let word = self.core.draw_word();
        let entry = self.core.pipes.vacant_entry();
        let id = PipeId::new(u32::try_from(entry.key()).ok()?, word)?;
        let pipe = Pipe {
            id,
            endpoint,
            was_accepted,
            send_priority,
            recv_priority,
            peer: None,
            is_full: false,
            traffic: Traffic::default(),
            state: PipeState::Handshaking,
        };
        entry.insert(pipe);
        self.core.count_half_open(was_accepted);
        if let Some(at) = deadline {
            self.core.timers.arm(Due::Handshake(id), at);
        }
        Some(id)
    }

    /// The handshake is done. On [`Admission::Refused`] the driver drops the halves; the engine
    /// has forgotten the pipe. The pipe's transmit side must already take messages.
    // rfc: sp-endpoint E-10 E-11 E-12, sp-wire W-06
    pub fn handshaken(&mut self, id: PipeId, peer: &PeerInfo, world: &mut dyn World) -> Admission {
        let (ids, phase) = (self.core.ids, self.core.phase);
        let Some(pipe) = self.core.pipe(id).filter(|pipe| pipe.is_handshaking()) else {
            return Admission::Refused;
        };
        pipe.peer = Some(peer.clone());
        if phase == Phase::Finishing || phase == Phase::Closed {
            return self.refuse(id, Refusal::Closed, world);
        }
        if peer.protocol != ids.peer {
            return self.refuse(id, Refusal::WrongProtocol(peer.protocol), world);
        }
        if self.core.options.require_approval {
            return self.wait_for_approval(id);
        }
        self.core.tell_of(id, || PipeChange::Offered);
        self.admit(id, world)
    }

    /// Asks the machine about a peer that fits.
    // rfc: sp-endpoint E-11 E-12
    pub(super) fn admit(&mut self, id: PipeId, world: &mut dyn World) -> Admission {
        let (now, peer) = (world.now(), self.core.ids.peer);
        let Some(pipe) = self.core.pipe(id) else {
            return Admission::Refused;
        };
        pipe.go_live();
        let (info, was_accepted) = (pipe.info(peer), pipe.was_accepted);
        let attached = self.with_machine(world, |machine, cx| machine.attach(id, &info, cx));
        if let Err(reject) = attached {
            return self.refuse(id, Refusal::Rejected(reject), world);
        }
        self.core.uncount_half_open(was_accepted);
        self.core.timers.cancel(Due::Handshake(id));
        self.endpoint_connected(id, now);
        self.core.tell_of(id, || PipeChange::Added);
        self.progress_close(world);
        Admission::Live
    }

    /// The handshake failed; the driver drops the connection.
    // rfc: sp-endpoint E-13
    pub fn handshake_failed(&mut self, id: PipeId, error: Error, world: &mut dyn World) {
        if self.core.pipe(id).is_some_and(|pipe| pipe.is_handshaking()) {
            let _ = self.refuse(id, Refusal::Handshake(error), world);
        }
    }

    // rfc: sp-endpoint E-13, sp-monitor M-22
    pub(super) fn handshake_due(&mut self, id: PipeId, world: &mut dyn World) {
        let refusal = match self.core.pipe_state(id) {
            Some(PipeState::Waiting(_)) => Refusal::Unanswered,
            Some(PipeState::Handshaking) => {
                let what = "the handshake took too long";
                Refusal::Handshake(Error::new(ErrorKind::TimedOut, what))
            }
            Some(PipeState::Live { .. } | PipeState::Ended) | None => return,
        };
        let _ = self.refuse(id, refusal, world);
        self.core.commands.push_back(Command::DropConn(id));
    }

    /// Forgets a pipe that never lived, counts why, and lets its dialer try again later.
    pub(super) fn refuse(
        &mut self,
        id: PipeId,
        refusal: Refusal,
        world: &mut dyn World,
    ) -> Admission {
        let error = refusal.error(self.core.ids);
        self.core
            .tell_of(id, || PipeChange::Refused(refusal.clone()));
        let Some(pipe) = self.remove_pipe(id) else {
            return Admission::Refused;
        };
        self.core.uncount_half_open(pipe.was_accepted);
        self.core.timers.cancel(Due::Handshake(id));
        let of_endpoint = self.core.stats_of(pipe.endpoint);
        if let Some(count) = refusal.count(of_endpoint) {
            stats::add(count, 1);
        }
        if let Some(endpoint) = self.core.endpoints.get_mut(&pipe.endpoint) {
            endpoint.status.last_error = error;
        }
        self.dialer_waits(pipe.endpoint, world);
        self.progress_close(world);
        Admission::Refused
    }

    /// True while a connection is in its handshake or waits to be approved: only then is it to be
    /// kept. What was made for one that has ended meanwhile is to be dropped.
    // rfc: sp-endpoint E-62
    #[must_use]
    pub fn is_half_open(&self, id: PipeId) -> bool {
        let slot = usize::try_from(id.slot()).unwrap_or(usize::MAX);
        let pipe = self.core.pipes.get(slot).filter(|pipe| pipe.id == id);
        pipe.is_some_and(|pipe| !pipe.is_live())
    }

    /// True when a live pipe was told to finish, or is about to be: the command may not be carried
    /// out yet.
    // rfc: sp-endpoint E-46
    #[must_use]
    pub fn is_finishing(&self, id: PipeId) -> bool {
        let slot = usize::try_from(id.slot()).unwrap_or(usize::MAX);
        let pipe = self.core.pipes.get(slot).filter(|pipe| pipe.id == id);
        pipe.is_some_and(|pipe| {
            let state = &pipe.state;
            matches!(state, PipeState::Live { finishing, .. } if *finishing)
        })
    }

    /// Who is at the other end of a pipe, once its handshake is done, and the endpoint that the
    /// pipe belongs to.
    // rfc: sp-endpoint E-73
    #[must_use]
    pub fn peer_of(&self, id: PipeId) -> Option<(&PeerInfo, EndpointId)> {
        let slot = usize::try_from(id.slot()).ok()?;
        let pipe = self.core.pipes.get(slot).filter(|pipe| pipe.id == id)?;
        Some((pipe.peer.as_ref()?, pipe.endpoint))
    }

    /// The endpoint that a connection or pipe came by; `None` when that is gone.
    #[must_use]
    pub fn endpoint_of(&self, id: PipeId) -> Option<EndpointId> {
        let slot = usize::try_from(id.slot()).ok()?;
        let pipe = self.core.pipes.get(slot).filter(|pipe| pipe.id == id)?;
        Some(pipe.endpoint)
    }

    /// The number of live pipes.
    #[must_use]
    pub fn live_pipes(&self) -> usize {
        self.core.pipes.len().saturating_sub(self.core.half_open)
    }

    /// A live pipe is gone: everything received on it was offered, and `unsent` has what never
    /// left. `cut` says that one message was sent in part.
    // rfc: sp-endpoint E-14 E-22 E-47
    pub fn pipe_ended(
        &mut self,
        id: PipeId,
        reason: &EndReason,
        cut: bool,
        unsent: &mut dyn Iterator<Item = Message>,
        world: &mut dyn World,
    ) {
        let now = world.now();
        let Some(pipe) = self.core.pipe(id).filter(|pipe| pipe.is_live()) else {
            return;
        };
        let finishing = matches!(
            std::mem::replace(&mut pipe.state, PipeState::Ended),
            PipeState::Live {
                finishing: true,
                ..
            }
        );
        let endpoint = pipe.endpoint;
        self.count_end(endpoint, reason);
        if cut {
            self.core.count_cut(id);
        }
        if finishing {
            self.report_unsent(id, unsent);
            self.with_machine(world, |machine, cx| {
                machine.detach(id, &mut Unsent::new(&mut std::iter::empty()), cx);
            });
        } else {
            self.return_unsent(id, unsent, world);
        }
        self.core
            .tell_of(id, || PipeChange::Removed(reason.clone()));
        self.remove_pipe(id);
        self.endpoint_lost(endpoint, reason, now, world);
        self.progress_close(world);
    }

    /// Gives the machine what its dead pipe did not send, and counts what it does not want.
    fn return_unsent(
        &mut self,
        id: PipeId,
        unsent: &mut dyn Iterator<Item = Message>,
        world: &mut dyn World,
    ) {
        let mut returned = 0_u64;
        let mut counted = unsent.inspect(|_| returned = returned.saturating_add(1));
        let (held, lost) = (self.machine.held(), self.core.lost_with(id));
        self.with_machine(world, |machine, cx| {
            machine.detach(id, &mut Unsent::new(&mut counted), cx);
        });
        // What the machine held for this pipe alone. rfc: sp-endpoint E-43
        let lost = self.core.lost_with(id).saturating_sub(lost);
        if lost > 0 {
            let octets = held.octets.saturating_sub(self.machine.held().octets);
            self.core.report_left(lost, octets);
        }
        let (mut left, mut octets) = (0_u64, 0_u64);
        for message in counted {
            left = left.saturating_add(1);
            octets = octets.saturating_add(wide(message.octets()));
        }
        let traffic = self.core.traffic(id);
        stats::add(&mut traffic.returned, returned);
        traffic.count_drop(DropCause::PipeLost, left);
        self.core.report_left(left, octets);
    }

    // rfc: sp-monitor M-04
    fn count_end(&mut self, endpoint: EndpointId, reason: &EndReason) {
        let of_endpoint = self.core.stats_of(endpoint);
        let count = match reason {
            EndReason::ClosedByPeer => &mut of_endpoint.closed_by_peer,
            EndReason::Broken(_) => &mut of_endpoint.broken,
            EndReason::Protocol(_) => &mut of_endpoint.ended_by_protocol,
            EndReason::Local => &mut of_endpoint.closed_here,
        };
        stats::add(count, 1);
    }

    /// Why a pipe is being ended, when its end was decided here.
    #[must_use]
    pub fn end_reason(&self, id: PipeId) -> EndReason {
        let slot = usize::try_from(id.slot()).unwrap_or(usize::MAX);
        match self
            .core
            .pipes
            .get(slot)
            .filter(|pipe| pipe.id == id)
            .map(|pipe| &pipe.state)
        {
            Some(PipeState::Live {
                ending: Some(cause),
                ..
            }) => EndReason::Protocol(*cause),
            _ => EndReason::Local,
        }
    }

    pub(super) fn remove_pipe(&mut self, id: PipeId) -> Option<Pipe> {
        self.core.pipe(id)?;
        self.core.timers.cancel(Due::ReadOut(id));
        let slot = usize::try_from(id.slot()).ok()?;
        let pipe = self.core.pipes.try_remove(slot)?;
        self.core.fold_pipe(&pipe);
        self.core.withdraw_request(&pipe.state);
        Some(pipe)
    }

    /// A pipe came up: its dialer is connected.
    fn endpoint_connected(&mut self, id: PipeId, now: Instant) {
        let Some(endpoint) = self.core.pipe(id).map(|pipe| pipe.endpoint) else {
            return;
        };
        let Some(endpoint) = self.core.endpoints.get_mut(&endpoint) else {
            return;
        };
        endpoint.status.pipes = endpoint.status.pipes.saturating_add(1);
        endpoint.status.last_error = None;
        let count = match &mut endpoint.role {
            Role::Dialer { state, .. } => {
                *state = DialState::Connected { since: now };
                &mut endpoint.past.connected
            }
            Role::Listener { .. } => &mut endpoint.past.accepted,
        };
        stats::add(count, 1);
    }

    /// A live pipe is gone: its dialer tries again, at once or later.
    fn endpoint_lost(
        &mut self,
        id: EndpointId,
        reason: &EndReason,
        now: Instant,
        world: &mut dyn World,
    ) {
        let stable_after = self.core.options.stable_after;
        let Some(endpoint) = self.core.endpoints.get_mut(&id) else {
            return;
        };
        endpoint.status.pipes = endpoint.status.pipes.saturating_sub(1);
        if let EndReason::Broken(error) = reason {
            endpoint.status.last_error = Some(error.clone());
        }
        if let Role::Dialer {
            state: DialState::Connected { since },
            backoff,
        } = &mut endpoint.role
            && now.saturating_duration_since(*since) >= stable_after
        {
            backoff.reset();
        }
        self.dialer_waits(id, world);
    }
}
