//! A schedule as it runs: processes on one bench, moved one step at a time in an order that chance
//! decides, until everything is accounted for. See `rfc/sp-simulation.md` section 6.

mod ending;
mod process;
mod script;

use std::time::{Duration, Instant};

use speedwell_testkit::accounting::{
    Account, Event, Rules, Wants, check, check_exchanges, check_spreads,
};
use speedwell_testkit::random::Random;

use crate::plan::{Ending, Fault, Plan, WorldName};
use crate::{Bench, Trace};
use process::{Process, State};

/// What closing may take beyond the linger.
const CLOSE_MAX: Duration = Duration::from_secs(2);
/// The linger of sockets that have nothing left to do.
const LAST_LINGER: Duration = Duration::from_secs(600);
/// What closing may take when nobody waits for a peer to come, however long the linger.
const PROMPT: Duration = Duration::from_secs(60);
/// Steps after which a schedule is taken to go round in circles. rfc: sp-simulation S-36
const STEPS_MAX: u64 = 3_000_000;

/// What came of a schedule.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// What became of its messages.
    pub account: Account,
    /// Broken promises, in words: those of the accounting and all others.
    pub violations: Vec<String>,
    /// Steps that its sockets and applications made.
    pub steps: u64,
    /// Connections that were made on the network.
    pub connections: u32,
    /// Connections that were made in memory.
    pub in_memory: u32,
    /// The story, if it was asked for.
    pub trace: String,
}

/// Runs the schedule of a seed.
///
/// ```
/// use speedwell_sim::{Trace, WorldName, run};
///
/// let outcome = run(WorldName::Pipeline, 7, Trace::Off);
/// assert_eq!(outcome.violations, Vec::<String>::new());
/// ```
#[must_use]
pub fn run(world: WorldName, seed: u64, trace: Trace) -> Outcome {
    let mut of_plan = Random::new(seed);
    let plan = Plan::new(world, of_plan.bits());
    run_plan(&plan, of_plan.bits(), trace)
}

/// Runs a plan, with a seed for everything that the plan leaves open.
#[must_use]
pub fn run_plan(plan: &Plan, seed: u64, trace: Trace) -> Outcome {
    let mut simulation = Simulation::new(plan, seed, trace);
    simulation.play();
    simulation.judge()
}

struct Simulation<'a> {
    plan: &'a Plan,
    bench: Bench,
    processes: Vec<Process>,
    /// What is to happen, the last first.
    script: Vec<(Instant, Fault)>,
    /// When the last fault is over.
    calm: Instant,
    steps: u64,
    /// The processes that could make a step; kept for its memory.
    ready: Vec<usize>,
}

impl<'a> Simulation<'a> {
    fn new(plan: &'a Plan, seed: u64, trace: Trace) -> Self {
        let mut bench = Bench::new(seed, plan.net.clone(), trace);
        bench.journal.note(|| format!("{plan:#?}"));
        let mut script: Vec<_> = plan
            .faults
            .iter()
            .map(|(at, fault)| (bench.clock.at(*at), fault.clone()))
            .collect();
        let starts = plan.processes.iter().enumerate().map(|(process, plan)| {
            let start = Fault::Start { process };
            (bench.clock.at(plan.starts), start)
        });
        script.extend(starts);
        script.sort_by_key(|(at, _)| *at);
        script.reverse();
        let calm = script
            .iter()
            .map(|(at, fault)| *at + fault.lasts())
            .max()
            .unwrap_or_else(|| bench.now());
        let moods = plan.processes.iter().map(|plan| plan.job.calm()).max();
        let calm = calm.max(bench.clock.at(moods.unwrap_or_default()));
        let processes = plan.processes.iter().map(|_| Process::default()).collect();
        Self {
            plan,
            bench,
            processes,
            script,
            calm,
            steps: 0,
            ready: Vec::new(),
        }
    }

    // rfc: sp-simulation S-32 S-33
    fn play(&mut self) {
        let until = self.calm + self.plan.longest_linger() + self.plan.settles_within;
        self.run_until(until, Self::has_sent_all);
        self.blame_the_blocked();
        let linger = match self.plan.ending {
            Ending::Settled => {
                self.run_until(until, Self::is_settled);
                if !self.is_settled() {
                    self.bench
                        .journal
                        .breach("messages are still under way after all that time");
                }
                self.bench.journal.log(Event::Settled);
                LAST_LINGER
            }
            Ending::Abrupt(linger) => linger,
        };
        self.close_all(linger);
    }

    fn judge(mut self) -> Outcome {
        let rules = Rules {
            ordered: self.plan.world == WorldName::Pair,
            faultless: self.plan.is_faultless,
        };
        let begin = self.bench.clock.at(Duration::ZERO);
        let at = self.calm.saturating_duration_since(begin);
        let slack = self.plan.slack;
        self.bench.journal.log(Event::Calm { at, slack });
        let log = self.bench.journal.events();
        let account = match self.plan.world {
            WorldName::Pair | WorldName::Pipeline => check(log, rules),
            WorldName::Reqrep => check_exchanges(log),
            WorldName::Pubsub => check_spreads(log, Wants::Topics),
            WorldName::Survey | WorldName::Bus => check_spreads(log, Wants::All),
        };
        for violation in &account.violations {
            self.bench.journal.breach(violation.to_string());
        }
        Outcome {
            account,
            violations: self.bench.journal.breaches().to_vec(),
            steps: self.steps,
            connections: self.bench.net.connections(),
            in_memory: self.bench.memory.connections(),
            trace: self.bench.journal.take_trace(),
        }
    }

    /// Runs until something is so, nothing is left to do, or a point in time.
    fn run_until(&mut self, until: Instant, is_so: fn(&Self) -> bool) {
        loop {
            while self.step() {
                self.steps += 1;
                if self.steps > STEPS_MAX {
                    return self.bench.journal.breach("it goes round in circles");
                }
            }
            if is_so(self) || !self.advance(until) {
                return;
            }
        }
    }

    /// Lets one process make one step. False when none can.
    fn step(&mut self) -> bool {
        let mut ready = std::mem::take(&mut self.ready);
        ready.clear();
        let able = self.processes.iter().enumerate();
        ready.extend(
            able.filter(|(_, it)| it.can_step(&self.bench))
                .map(|(at, _)| at),
        );
        let chosen = self.bench.random.pick(&ready).copied();
        self.ready = ready;
        let Some(chosen) = chosen else {
            return false;
        };
        let plan = self.plan.processes.get(chosen);
        if let (Some(process), Some(plan)) = (self.processes.get_mut(chosen), plan) {
            process.step(plan, &mut self.bench);
        }
        true
    }

    /// Moves on to the next point in time at which something happens. False when that is none, or
    /// later than `until`.
    // rfc: sp-simulation S-02
    fn advance(&mut self, until: Instant) -> bool {
        let times = [
            self.bench.net.next_event(),
            self.script.last().map(|(at, _)| *at),
        ];
        let processes = self.processes.iter();
        let processes = processes.filter_map(|process| process.next_time(&self.bench));
        let Some(next) = times.into_iter().flatten().chain(processes).min() else {
            return false;
        };
        if next > until {
            return false;
        }
        self.bench.clock.advance_to(next);
        self.bench.net.run_due();
        while let Some((at, _)) = self.script.last()
            && *at <= next
        {
            if let Some((_, fault)) = self.script.pop() {
                self.commit(&fault);
            }
        }
        true
    }

    fn has_sent_all(&self) -> bool {
        let done = |process: &Process| match process.state() {
            State::Running => process.has_sent_all(),
            State::Closing | State::Gone | State::Retired => true,
        };
        self.script.is_empty() && self.bench.now() >= self.calm && self.processes.iter().all(done)
    }

    /// Nothing is under way: in no socket, and in no connection.
    fn is_settled(&self) -> bool {
        let settled = |process: &Process| match process.state() {
            State::Running => process.is_idle(&self.bench),
            State::Closing => false,
            State::Gone | State::Retired => true,
        };
        self.processes.iter().all(settled) && self.bench.net.octets_under_way() == 0
    }
}
