//! What stands in for locks, threads and the clock while a checker decides who runs: with
//! `--cfg shuttle` the driver and the transport inside a process are built on it, whole. One
//! schedule after the other is drawn at random, and a seed is a schedule: the same one again does
//! the same again. Looks for nothing itself: what a model does not assert, only a deadlock or a
//! panic tells. See `CONTRIBUTING.md`.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test fails by a panic"
)]

mod bell;
mod lock;
mod scheduler;
pub mod thread;
mod time;

use std::env;

use shuttle::scheduler::UncontrolledNondeterminismCheckScheduler;
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

pub use bell::{Condvar, TimedOut};
pub use lock::{Mutex, MutexGuard};
pub use scheduler::Scheduler;
pub use shuttle::future::block_on;
pub use shuttle::sync::atomic;
pub use time::{Pace, now};

/// The variable that names a schedule to be run alone, as a failure says.
pub const VARIABLE: &str = "SPEEDWELL_SCHEDULE";

/// Steps after which a model that has not ended never will.
const STEPS_MAX: usize = 500_000;

/// Far more than any thread of ours needs in a build for tests.
const STACK_OCTETS: usize = 512 * 1024;

/// Runs `model` under so many schedules, and its threads, the started ones too, to their ends. One
/// that fails is named, and `SPEEDWELL_SCHEDULE` runs it again.
///
/// # Panics
///
/// When the model panics, when all its threads wait for each other, or when it does not end.
pub fn explore(schedules: usize, pace: Pace, model: impl Fn() + Send + Sync + 'static) {
    run(scheduler(schedules, pace), pace, model);
}

/// Runs `model` under so many schedules, each of them twice, and panics when it did not do the same
/// both times: then something else than the schedule has a say, and no failure could be repeated.
pub fn repeat(schedules: usize, pace: Pace, model: impl Fn() + Send + Sync + 'static) {
    let scheduler = scheduler(schedules, pace);
    run(
        UncontrolledNondeterminismCheckScheduler::new(scheduler),
        pace,
        model,
    );
}

fn scheduler(schedules: usize, pace: Pace) -> Scheduler {
    let named = env::var(VARIABLE).ok().and_then(|seed| seed.parse().ok());
    match named {
        Some(seed) => Scheduler::new(seed, 1, pace),
        None => Scheduler::new(0, schedules, pace),
    }
}

fn run(
    scheduler: impl shuttle::scheduler::Scheduler + 'static,
    pace: Pace,
    model: impl Fn() + Send + Sync + 'static,
) {
    let mut config = Config::new();
    config.stack_size = STACK_OCTETS;
    config.max_steps = MaxSteps::FailAfter(STEPS_MAX);
    config.failure_persistence = FailurePersistence::None;
    config.silence_warnings = true;
    let run = Runner::new(scheduler, config).run(move || {
        let keeper = time::start(pace);
        model();
        thread::join_all();
        time::stop(keeper);
    });
    println!("{run} schedules");
}

/// A number that the schedule decides, as everything else.
#[must_use]
pub fn random() -> u64 {
    use shuttle::rand::RngCore;
    shuttle::rand::thread_rng().next_u64()
}
