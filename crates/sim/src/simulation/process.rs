//! One process of a schedule, through all its lives. Draws no fault. See `rfc/sp-simulation.md`
//! section 6.

use std::time::{Duration, Instant};

use speedwell_engine::EndpointId;
use speedwell_protocol::DropCause;
use speedwell_testkit::accounting::{Event, PartyId};
use speedwell_testkit::net::HostId;

use crate::Bench;
use crate::application::Application;
use crate::plan::{ProcessPlan, Way};
use crate::socket::{Place, SimSocket, SocketSetup};

/// Where a process stands.
///
/// ```text
///   Gone ──start──► Running ──close──► Closing ──done──► Gone
///                      └──── crash ───────┴────────────► Gone ──if it was told to──► Retired
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Running,
    Closing,
    Gone,
    Retired,
}

#[derive(Debug, Default)]
pub(super) struct Process {
    life: Option<Life>,
    retires: bool,
}

#[derive(Debug)]
struct Life {
    socket: SimSocket,
    application: Box<dyn Application>,
    party: PartyId,
    /// The endpoints of the plan, as far as they are there.
    endpoints: Vec<Option<EndpointId>>,
    is_closing: bool,
}

impl Process {
    pub(super) fn state(&self) -> State {
        match &self.life {
            None if self.retires => State::Retired,
            None => State::Gone,
            Some(life) if life.is_closing => State::Closing,
            Some(_) => State::Running,
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.life.is_none()
    }

    /// Begins a life, without endpoints.
    pub(super) fn start(
        &mut self,
        host: HostId,
        party: PartyId,
        plan: &ProcessPlan,
        bench: &mut Bench,
    ) {
        let setup = SocketSetup {
            host,
            party,
            options: plan.options.clone(),
            endpoint: plan.endpoint_options.clone(),
            form: plan.role.form(),
            draws: plan.draws,
            overflow: plan.role.overflow(),
        };
        let mut socket = SimSocket::new(plan.role.machine(), setup, bench);
        plan.role.prepare(&mut socket, bench);
        self.life = Some(Life {
            application: plan.job.begin(party, &mut socket, bench),
            socket,
            party,
            endpoints: vec![None; plan.endpoints.len()],
            is_closing: false,
        });
    }

    /// Adds an endpoint of the plan, unless it is there. False when its address is taken.
    pub(super) fn add_endpoint(
        &mut self,
        host: HostId,
        at: usize,
        plan: &ProcessPlan,
        bench: &mut Bench,
    ) -> bool {
        let Some(life) = self.life.as_mut().filter(|life| !life.is_closing) else {
            return true;
        };
        let (Some(slot @ None), Some(endpoint)) =
            (life.endpoints.get_mut(at), plan.endpoints.get(at))
        else {
            return true;
        };
        let (send, recv) = (endpoint.send, endpoint.recv);
        let place = |number| Place {
            carrier: endpoint.carrier,
            number,
        };
        let id = match endpoint.way {
            Way::Bind => life.socket.bind(place(host.0), send, recv, bench).ok(),
            Way::Connect(to) => {
                let to = place(u32::try_from(to).unwrap_or(u32::MAX));
                life.socket.connect(to, send, recv, bench).ok()
            }
        };
        *slot = id;
        id.is_some()
    }

    pub(super) fn remove_endpoint(&mut self, at: usize, bench: &mut Bench) {
        let Some(life) = self.life.as_mut().filter(|life| !life.is_closing) else {
            return;
        };
        let id = life.endpoints.get_mut(at).and_then(Option::take);
        if let Some(id) = id
            && !life.socket.remove_endpoint(id, bench)
        {
            bench
                .journal
                .breach("an endpoint was gone before it was removed");
        }
    }

    pub(super) fn stall(&mut self, until: Instant) {
        if let Some(life) = &mut self.life {
            life.application.stop_receiving(until);
        }
    }

    pub(super) fn close(&mut self, linger: Duration, bench: &mut Bench) {
        if let Some(life) = self.life.as_mut().filter(|life| !life.is_closing) {
            life.close(linger, bench);
        }
        self.bury(bench);
    }

    /// Closes, and does not start again.
    pub(super) fn retire(&mut self, linger: Duration, bench: &mut Bench) {
        self.retires = true;
        self.close(linger, bench);
    }

    /// The process is no more.
    pub(super) fn crash(&mut self, bench: &mut Bench) {
        if let Some(life) = self.life.take() {
            life.socket.crash(bench);
        }
    }

    pub(super) fn has_sent_all(&self) -> bool {
        let life = self.life.as_ref();
        life.is_none_or(|life| life.application.has_sent_all())
    }

    pub(super) fn is_idle(&self, bench: &Bench) -> bool {
        let life = self.life.as_ref();
        life.is_none_or(|life| {
            life.socket.is_idle(bench) && life.application.has_received_all(&life.socket, bench)
        })
    }

    /// True while its socket has messages for which there is no pipe.
    pub(super) fn holds_messages(&self) -> bool {
        self.life
            .as_ref()
            .is_some_and(|life| life.socket.holds_messages())
    }

    /// How far its application has come, in words.
    pub(super) fn progress(&self) -> String {
        self.life.as_ref().map_or_else(String::new, |life| {
            let (sent, received) = (life.application.sent(), life.application.received());
            format!(
                "{sent} messages sent, {received} received, {:?}",
                life.socket
            )
        })
    }

    pub(super) fn can_step(&self, bench: &Bench) -> bool {
        self.life.as_ref().is_some_and(|life| {
            let calls = !life.is_closing && life.application.is_due(bench);
            calls || life.socket.has_work(bench.now())
        })
    }

    pub(super) fn next_time(&self, bench: &Bench) -> Option<Instant> {
        let life = self.life.as_ref()?;
        let call = life.application.next_time(bench);
        let call = call.filter(|_| !life.is_closing);
        life.socket.next_deadline().into_iter().chain(call).min()
    }

    pub(super) fn step(&mut self, plan: &ProcessPlan, bench: &mut Bench) {
        let Some(life) = &mut self.life else {
            return;
        };
        let calls = !life.is_closing && life.application.is_due(bench);
        let works = life.socket.has_work(bench.now());
        if calls && (!works || bench.random.chance(1, 3)) {
            life.application.step(&mut life.socket, bench);
        } else {
            life.socket.work(bench);
        }
        for ctx in life.socket.take_woken() {
            life.application.wake(ctx);
        }
        if let Some(linger) = plan.leaves
            && life.application.has_sent_all()
            && !life.is_closing
        {
            life.close(linger, bench);
        }
        self.bury(bench);
    }

    /// A socket that is closed has to leave nothing behind but its report.
    // rfc: sp-simulation S-35
    fn bury(&mut self, bench: &mut Bench) {
        let Some(life) = self
            .life
            .take_if(|life| life.is_closing && life.socket.is_done())
        else {
            return;
        };
        if let Some(leak) = life.socket.leak() {
            bench.journal.breach(format!("a closed socket {leak}"));
        }
        let report = life.socket.report();
        life.check_counters(report.unsent, bench);
        bench.journal.log(Event::Closed {
            party: life.party,
            unsent: report.unsent,
            cut: report.cut,
        });
    }
}

impl Life {
    /// What the application sent has left, at least in part, or was reported or dropped as what
    /// nobody waits for. A REQ sends the same again, and others send it to many; see
    /// `rfc/sp-simulation.md` S-57 and S-61.
    // rfc: sp-endpoint E-47
    fn check_counters(&self, unsent: u64, bench: &mut Bench) {
        let (stats, sent) = (self.socket.stats(), self.application.sent());
        let left = stats.messages_out.saturating_sub(stats.returned);
        let causes = [
            DropCause::Overflow,
            DropCause::PipeLost,
            DropCause::NoPeer,
            DropCause::Malformed,
        ];
        let dropped: u64 = causes.iter().map(|cause| stats.dropped(*cause)).sum();
        let is_otherwise = self.socket.sends_again() || self.socket.sends_to_many();
        let is_right = sent == left + unsent + dropped || is_otherwise;
        if !is_right || stats.cut > left {
            let what = format!(
                "{sent} were sent, and the counters say {left}, {unsent} unsent and {dropped} \
                 dropped"
            );
            bench.journal.breach(what);
        }
    }

    fn close(&mut self, linger: Duration, bench: &mut Bench) {
        self.is_closing = true;
        self.socket.close(linger, bench);
    }
}
