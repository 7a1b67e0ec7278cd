//! Faults as they strike a running schedule. Draws none. See `rfc/sp-simulation.md` section 6.

use std::time::{Duration, Instant};

use speedwell_testkit::net::{Break, HostId};

use super::Simulation;
use super::process::State;
use crate::plan::Fault;

/// When what could not be done is tried again.
const AGAIN: Duration = Duration::from_millis(50);

impl Fault {
    /// For how long it has an effect of its own.
    pub(super) fn lasts(&self) -> Duration {
        match self {
            Self::Stall { time, .. } => *time,
            _ => Duration::ZERO,
        }
    }
}

impl Simulation<'_> {
    pub(super) fn commit(&mut self, fault: &Fault) {
        self.bench.journal.note(|| format!("FAULT {fault:?}"));
        match fault {
            Fault::Break(how) => self.break_one(*how),
            Fault::Crash { process, power } => self.crash(*process, *power),
            Fault::Leave { process, linger } => {
                if let Some(process) = self.processes.get_mut(*process) {
                    process.close(*linger, &mut self.bench);
                }
            }
            Fault::Retire { process, linger } => {
                if let Some(process) = self.processes.get_mut(*process) {
                    process.retire(*linger, &mut self.bench);
                }
            }
            Fault::Start { process } => self.start(*process),
            Fault::Remove { process, endpoint } => {
                if let Some(process) = self.processes.get_mut(*process) {
                    process.remove_endpoint(*endpoint, &mut self.bench);
                }
            }
            Fault::Add { process, endpoint } => self.add(*process, *endpoint),
            Fault::Stall { process, time } => {
                let until = self.bench.now() + *time;
                if let Some(process) = self.processes.get_mut(*process) {
                    process.stall(until);
                }
            }
            Fault::Block { from, to } => self.bench.net.block(host(*from), host(*to)),
            Fault::Heal => self.bench.net.heal(),
            Fault::Net(options) => self.bench.net.set_options(options.clone()),
            Fault::Exhaust { process, count } => self.bench.net.exhaust(host(*process).0, *count),
        }
    }

    /// Breaks a connection that chance decides.
    fn break_one(&mut self, how: Break) {
        let open = self.bench.net.open_connections();
        if let Some(connection) = self.bench.random.pick(&open) {
            self.bench.journal.note(|| format!("breaks {connection:?}"));
            self.bench.net.break_connection(*connection, how);
        }
    }

    fn crash(&mut self, at: usize, power: Option<Duration>) {
        let Some(process) = self.processes.get_mut(at) else {
            return;
        };
        if let Some(notice) = power {
            self.bench.net.lose_host(host(at), notice);
        }
        process.crash(&mut self.bench);
    }

    /// Starts a process that is gone; one that still closes is waited for.
    fn start(&mut self, at: usize) {
        let (Some(process), Some(plan)) = (self.processes.get_mut(at), self.plan.processes.get(at))
        else {
            return;
        };
        match process.state() {
            State::Running | State::Retired => {}
            State::Closing => self.again(Fault::Start { process: at }),
            State::Gone => {
                let party = self.bench.draw_party();
                process.start(host(at), party, plan, &mut self.bench);
                for endpoint in 0..plan.endpoints.len() {
                    self.add(at, endpoint);
                }
            }
        }
    }

    fn add(&mut self, at: usize, endpoint: usize) {
        let (Some(process), Some(plan)) = (self.processes.get_mut(at), self.plan.processes.get(at))
        else {
            return;
        };
        if !process.add_endpoint(host(at), endpoint, plan, &mut self.bench) {
            let process = at;
            self.again(Fault::Add { process, endpoint });
        }
    }

    fn again(&mut self, fault: Fault) {
        let at: Instant = self.bench.now() + AGAIN;
        let place = self.script.partition_point(|(other, _)| *other > at);
        self.script.insert(place, (at, fault));
        self.calm = self.calm.max(at);
    }
}

/// The host of a process.
fn host(process: usize) -> HostId {
    HostId(u32::try_from(process).unwrap_or(u32::MAX))
}
