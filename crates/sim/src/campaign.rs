//! Many seeds: spread over the processors, counted, and told as they go. Each schedule is one
//! thread's alone. See `rfc/sp-simulation.md` section 7.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::{Outcome, Trace, WorldName, run};

/// Seeds to run.
#[derive(Clone, Copy, Debug)]
pub struct Campaign {
    /// The first.
    pub first: u64,
    /// How many.
    pub count: u64,
    /// The world of all; `None` lets each seed have its own.
    pub world: Option<WorldName>,
    /// Threads to run them on.
    pub threads: usize,
}

/// What has come of the seeds so far.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tally {
    /// Schedules that ran.
    pub schedules: u64,
    /// Of them, those that broke a promise.
    pub violations: u64,
    /// Steps that they made.
    pub steps: u64,
    /// Connections that they made on the network.
    pub connections: u64,
    /// Connections that they made in memory.
    pub in_memory: u64,
    /// Messages that sockets took.
    pub accepted: u64,
    /// Messages that applications received.
    pub delivered: u64,
    /// Messages that dead pipes gave back and that were sent on.
    pub returned: u64,
    /// Messages that died with their connection.
    pub on_lost_links: u64,
    /// Messages that died with their process.
    pub crashed: u64,
    /// Messages that closing reported.
    pub unsent: u64,
    /// Questions that were sent again.
    pub resent: u64,
    /// Questions that were given up.
    pub cancelled: u64,
    /// Messages that a full pipe did not get.
    pub overflowed: u64,
    /// Messages that nobody had subscribed to.
    pub unwanted: u64,
}

/// A seed that broke a promise.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// Its world.
    pub world: WorldName,
    /// What was broken.
    pub violations: Vec<String>,
}

impl Campaign {
    /// Runs all seeds. `failed` is called for each failure, as it comes. `watch` runs beside them,
    /// can ask how far they are, and is to return once `done` was dropped.
    pub fn run<D: Send>(
        &self,
        failed: impl Fn(&Failure) + Sync,
        watch: impl FnOnce(&dyn Fn() -> Tally) + Send,
        done: D,
    ) -> Tally {
        let next = AtomicU64::new(0);
        let tally = Mutex::new(Tally::default());
        thread::scope(|scope| {
            scope.spawn(|| watch(&|| lock(&tally).clone()));
            let work = || self.work(&next, &tally, &failed);
            let workers: Vec<_> = (0..self.threads.max(1))
                .map(|_| scope.spawn(work))
                .collect();
            for worker in workers {
                // A worker catches what its schedules panic with.
                let _ = worker.join();
            }
            drop(done);
        });
        tally.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes seed after seed until none is left.
    fn work(&self, next: &AtomicU64, tally: &Mutex<Tally>, failed: &impl Fn(&Failure)) {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= self.count {
                return;
            }
            let seed = self.first.wrapping_add(at);
            let world = self.world.unwrap_or_else(|| WorldName::of_seed(seed));
            let outcome = run_caught(world, seed);
            lock(tally).add(&outcome);
            let violations = outcome.violations;
            if !violations.is_empty() {
                failed(&Failure {
                    seed,
                    world,
                    violations,
                });
            }
        }
    }
}

impl Tally {
    fn add(&mut self, outcome: &Outcome) {
        let account = &outcome.account;
        self.schedules += 1;
        self.violations += u64::from(!outcome.violations.is_empty());
        self.steps += outcome.steps;
        self.connections += u64::from(outcome.connections);
        self.in_memory += u64::from(outcome.in_memory);
        self.accepted += account.accepted;
        self.delivered += account.delivered;
        self.returned += account.returned;
        self.on_lost_links += account.on_lost_links;
        self.crashed += account.crashed;
        self.unsent += account.unsent;
        self.resent += account.resent;
        self.cancelled += account.cancelled;
        self.overflowed += account.overflowed;
        self.unwanted += account.unwanted;
    }
}

/// A schedule that panics has broken a promise.
// rfc: sp-simulation S-41
fn run_caught(world: WorldName, seed: u64) -> Outcome {
    let run = AssertUnwindSafe(|| run(world, seed, Trace::Off));
    catch_unwind(run).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let mut outcome = Outcome::default();
        outcome
            .violations
            .push(format!("panic: {}", text.unwrap_or("without words")));
        outcome
    })
}

fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}
