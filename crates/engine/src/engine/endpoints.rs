//! Endpoints in the engine: dialing, accepting, backing off. Dials nothing itself.
//! See `rfc/sp-endpoint.md`.

use std::time::{Duration, Instant};

use speedwell_message::PipeId;
use speedwell_protocol::Priority;
use speedwell_transport::{Error, ErrorKind};

use super::{Due, Engine, Phase};
use crate::endpoint::{DialState, Endpoint, Role};
use crate::events::{EndpointChange, PipeChange, Refusal};
use crate::{Backoff, Command, EndpointId, EndpointStatus, Stats, World, stats};

/// The first pause of a listener that cannot accept; it doubles up to the longest.
const ACCEPT_PAUSE_MIN: Duration = Duration::from_millis(10);
/// The longest pause of such a listener: so late is a connection taken after recovery.
const ACCEPT_PAUSE_MAX: Duration = Duration::from_millis(250);

impl Engine {
    /// Adds a dialer; its first attempt starts at once, by [`Command::Dial`].
    // rfc: sp-endpoint E-01
    pub fn add_dialer(&mut self, send: Priority, recv: Priority) -> EndpointId {
        let options = &self.core.options;
        let backoff = Backoff::new(options.reconnect_min, options.reconnect_max);
        let role = Role::Dialer {
            state: DialState::Dialing { timed: false },
            backoff,
        };
        self.add_endpoint(role, send, recv, Command::Dial)
    }

    /// Adds a listener that is bound already; accepting starts by [`Command::Accept`].
    pub fn add_listener(&mut self, send: Priority, recv: Priority) -> EndpointId {
        self.add_endpoint(Role::Listener { failures: 0 }, send, recv, Command::Accept)
    }

    /// Adds an endpoint and starts it; a socket that closes lets it go at once.
    // rfc: sp-endpoint E-02 E-40
    fn add_endpoint(
        &mut self,
        role: Role,
        send: Priority,
        recv: Priority,
        start: fn(EndpointId) -> Command,
    ) -> EndpointId {
        let id = EndpointId(self.core.next_endpoint);
        self.core.next_endpoint = self.core.next_endpoint.saturating_add(1);
        if self.core.phase != Phase::Open {
            self.core.commands.push_back(Command::DropEndpoint(id));
            return id;
        }
        let endpoint = Endpoint {
            role,
            send_priority: send,
            recv_priority: recv,
            status: EndpointStatus::default(),
            past: Stats::default(),
        };
        let listens = matches!(endpoint.role, Role::Listener { .. });
        self.core.endpoints.insert(id, endpoint);
        if listens {
            self.core.tell(id, || EndpointChange::Listening);
        }
        self.core.commands.push_back(start(id));
        id
    }

    /// Removes an endpoint and ends its pipes. False when there is none.
    // rfc: sp-endpoint E-07
    pub fn remove_endpoint(&mut self, id: EndpointId, world: &mut dyn World) -> bool {
        let Some(endpoint) = self.core.endpoints.remove(&id) else {
            return false;
        };
        self.core.fold_endpoint(&endpoint);
        self.core.tell(id, || EndpointChange::Closed);
        self.core.timers.cancel(Due::Endpoint(id));
        self.core.commands.push_back(Command::DropEndpoint(id));
        let of_endpoint = |pipe: &crate::pipe::Pipe| pipe.endpoint == id;
        self.end_pipes(of_endpoint);
        self.progress_close(world);
        true
    }

    /// Ends the live pipes that `which` chooses, and drops the connections in their handshake.
    pub(super) fn end_pipes(&mut self, which: impl Fn(&crate::pipe::Pipe) -> bool) {
        let chosen: Vec<(PipeId, bool)> = self
            .core
            .pipes
            .iter()
            .filter(|(_, pipe)| which(pipe))
            .map(|(_, pipe)| (pipe.id, pipe.is_live()))
            .collect();
        for (id, live) in chosen {
            if live {
                self.core.commands.push_back(Command::End(id));
                continue;
            }
            self.core
                .tell_of(id, || PipeChange::Refused(Refusal::Closed));
            if let Some(pipe) = self.remove_pipe(id) {
                self.core.uncount_half_open(pipe.was_accepted);
                self.core.timers.cancel(Due::Handshake(id));
                self.core.commands.push_back(Command::DropConn(id));
            }
        }
    }

    /// How an endpoint fares; `None` when it is gone.
    #[must_use]
    pub fn endpoint_status(&self, id: EndpointId) -> Option<&EndpointStatus> {
        self.core
            .endpoints
            .get(&id)
            .map(|endpoint| &endpoint.status)
    }

    /// True while an attempt of a dialer runs: only then is the dialer to be polled.
    #[must_use]
    pub fn is_dialing(&self, id: EndpointId) -> bool {
        let role = self.core.endpoints.get(&id).map(|endpoint| &endpoint.role);
        matches!(
            role,
            Some(Role::Dialer {
                state: DialState::Dialing { .. },
                ..
            })
        )
    }

    /// The attempt of a dialer waits for more than its doorbell: its deadline runs from the first
    /// such report on. A dialer that waits for its doorbell alone waits for a peer to exist, and
    /// has no deadline.
    // rfc: sp-endpoint E-03
    pub fn dialing(&mut self, id: EndpointId, world: &mut dyn World) {
        let deadline = self.handshake_deadline(world);
        let Some(Role::Dialer {
            state: DialState::Dialing { timed },
            ..
        }) = self
            .core
            .endpoints
            .get_mut(&id)
            .map(|endpoint| &mut endpoint.role)
        else {
            return;
        };
        if !std::mem::replace(timed, true)
            && let Some(at) = deadline
        {
            self.core.timers.arm(Due::Endpoint(id), at);
        }
    }

    /// A dialer has connected; the handshake begins, and ends by the deadline of the attempt.
    /// `None`: drop the connection.
    // rfc: sp-endpoint E-02 E-03
    pub fn dialed(&mut self, id: EndpointId, world: &mut dyn World) -> Option<PipeId> {
        let Some(Role::Dialer {
            state: DialState::Dialing { .. },
            ..
        }) = self.core.endpoints.get(&id).map(|endpoint| &endpoint.role)
        else {
            return None;
        };
        let of_attempt = self.core.timers.cancel(Due::Endpoint(id));
        let deadline = of_attempt.or_else(|| self.handshake_deadline(world));
        let Some(pipe) = self.add_pipe(id, deadline) else {
            self.dialer_waits(id, world);
            return None;
        };
        if let Some(Role::Dialer { state, .. }) = self
            .core
            .endpoints
            .get_mut(&id)
            .map(|endpoint| &mut endpoint.role)
        {
            *state = DialState::Shaking;
        }
        Some(pipe)
    }

    /// When a connection that begins now must have ended its handshake; `None` when the time
    /// allowed is longer than clocks count.
    // rfc: sp-wire W-10
    fn handshake_deadline(&self, world: &mut dyn World) -> Option<Instant> {
        world.now().checked_add(self.core.options.handshake_timeout)
    }

    /// The attempt of a dialer failed; another follows after the back-off. Without an attempt this
    /// changes nothing: the report crossed its deadline.
    // rfc: sp-endpoint E-04
    pub fn dial_failed(&mut self, id: EndpointId, error: Error, world: &mut dyn World) {
        let Some(Endpoint {
            role:
                Role::Dialer {
                    state: DialState::Dialing { .. },
                    ..
                },
            status,
            past,
            ..
        }) = self.core.endpoints.get_mut(&id)
        else {
            return;
        };
        status.last_error = Some(error.clone());
        stats::add(&mut past.dial_errors, 1);
        self.core.tell(id, || EndpointChange::DialFailed(error));
        self.dialer_waits(id, world);
    }

    /// Starts the wait of a dialer that has no pipe; nothing for a listener.
    // rfc: sp-endpoint E-04
    pub(super) fn dialer_waits(&mut self, id: EndpointId, world: &mut dyn World) {
        let (now, random) = (world.now(), world.random());
        let Some(Role::Dialer { state, backoff }) = self
            .core
            .endpoints
            .get_mut(&id)
            .map(|endpoint| &mut endpoint.role)
        else {
            return;
        };
        *state = DialState::Waiting;
        let wait = backoff.next_wait(random);
        self.core.tell(id, || EndpointChange::BacksOff(wait));
        if let Some(at) = now.checked_add(wait) {
            self.core.timers.arm(Due::Endpoint(id), at);
        }
    }

    pub(super) fn endpoint_due(&mut self, id: EndpointId, world: &mut dyn World) {
        match self
            .core
            .endpoints
            .get_mut(&id)
            .map(|endpoint| &mut endpoint.role)
        {
            Some(Role::Dialer { state, .. }) => match state {
                DialState::Dialing { .. } => {
                    self.core.commands.push_back(Command::Abandon(id));
                    let error = Error::new(ErrorKind::TimedOut, "connecting took too long");
                    self.dial_failed(id, error, world);
                }
                DialState::Waiting => {
                    *state = DialState::Dialing { timed: false };
                    self.core.commands.push_back(Command::Dial(id));
                }
                DialState::Shaking | DialState::Connected { .. } => {}
            },
            Some(Role::Listener { .. }) => self.core.commands.push_back(Command::Accept(id)),
            None => {}
        }
    }

    /// A listener has taken a connection; the handshake begins. `None`: drop the connection.
    // rfc: sp-endpoint E-06
    pub fn accepted(&mut self, id: EndpointId, world: &mut dyn World) -> Option<PipeId> {
        let Some(Endpoint {
            role: Role::Listener { failures },
            past,
            ..
        }) = self.core.endpoints.get_mut(&id)
        else {
            return None;
        };
        *failures = 0;
        if self.core.half_open_accepted >= self.core.options.half_open_max {
            stats::add(&mut past.over_limit, 1);
            self.core.tell(id, || EndpointChange::OverLimit);
            return None;
        }
        if self.core.phase == Phase::Finishing || self.core.phase == Phase::Closed {
            return None;
        }
        let deadline = self.handshake_deadline(world);
        self.add_pipe(id, deadline)
    }

    /// Accepting failed. True: go on polling the listener. False: [`Command::Accept`] follows after
    /// a pause, since the system has run out of something or this is not the first failure.
    // rfc: sp-endpoint E-08
    #[must_use]
    pub fn accept_failed(&mut self, id: EndpointId, error: Error, world: &mut dyn World) -> bool {
        let Some(Endpoint {
            role: Role::Listener { failures },
            status,
            past,
            ..
        }) = self.core.endpoints.get_mut(&id)
        else {
            return false;
        };
        stats::add(&mut past.accept_errors, 1);
        let exhausted = error.kind() == ErrorKind::Exhausted;
        status.last_error = Some(error.clone());
        let before = std::mem::replace(failures, failures.saturating_add(1));
        self.core.tell(id, || EndpointChange::AcceptFailed(error));
        if before == 0 && !exhausted {
            return true;
        }
        let factor = 1_u32.checked_shl(before).unwrap_or(u32::MAX);
        let pause = ACCEPT_PAUSE_MIN
            .saturating_mul(factor)
            .min(ACCEPT_PAUSE_MAX);
        self.core.tell(id, || EndpointChange::BacksOff(pause));
        if let Some(at) = world.now().checked_add(pause) {
            self.core.timers.arm(Due::Endpoint(id), at);
        }
        false
    }
}
