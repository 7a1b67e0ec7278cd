//! `simulate`: runs schedules of many seeds and says whether any promise was broken; replays one.
//! Decides nothing itself. See `rfc/sp-simulation.md` section 7.

use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use clap::Parser;
use speedwell_sim::{Campaign, Failure, Tally, Trace, WorldName, run};

/// How often progress is shown.
const PROGRESS: Duration = Duration::from_secs(2);

/// Runs the same engine, protocols and streams that the library runs, on a virtual clock, with
/// faults that a seed decides, and checks that every message is accounted for.
#[derive(Debug, Parser)]
#[command(name = "simulate")]
struct Arguments {
    /// How many seeds to run
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The world of all of them, such as pair; by itself each seed has one
    #[arg(long)]
    world: Option<WorldName>,
    /// Threads; as many as there are processors unless set
    #[arg(long)]
    threads: Option<usize>,
    /// Tells the story of the first seed, and runs no other
    #[arg(long)]
    trace: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let violations = if arguments.trace {
        tell(&arguments)
    } else {
        run_all(&arguments)
    };
    if violations == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Tells the story of one schedule.
fn tell(arguments: &Arguments) -> u64 {
    let seed = arguments.seed;
    let world = arguments.world.unwrap_or_else(|| WorldName::of_seed(seed));
    let outcome = run(world, seed, Trace::On);
    print!("{}", outcome.trace);
    println!("{:#?}", outcome.account);
    let violations = u64::from(!outcome.violations.is_empty());
    for violation in outcome.violations {
        println!("violation: {violation}");
    }
    println!("1 schedules, {violations} violations");
    violations
}

// rfc: sp-simulation S-40
fn run_all(arguments: &Arguments) -> u64 {
    let campaign = Campaign {
        first: arguments.seed,
        count: arguments.seeds,
        world: arguments.world,
        threads: arguments
            .threads
            .unwrap_or_else(|| available_parallelism().map_or(1, std::num::NonZero::get)),
    };
    let began = Instant::now();
    let (done, is_done) = channel::<()>();
    let going = move |so_far: &dyn Fn() -> Tally| {
        while is_done.recv_timeout(PROGRESS) == Err(RecvTimeoutError::Timeout) {
            progress(&so_far(), campaign.count, began.elapsed());
        }
    };
    let tally = campaign.run(report, going, done);
    progress(&tally, campaign.count, began.elapsed());
    tell_what_was_met(&tally);
    let (schedules, violations) = (tally.schedules, tally.violations);
    println!("{schedules} schedules, {violations} violations");
    violations
}

// rfc: sp-simulation S-41
fn report(failure: &Failure) {
    let (seed, world) = (failure.seed, failure.world);
    println!("seed {seed} of world {world}:");
    for violation in &failure.violations {
        println!("    {violation}");
    }
    println!(
        "    replay: cargo run --release -p speedwell-sim --bin simulate -- \
         --seeds 1 --seed {seed} --world {world} --trace"
    );
}

fn progress(tally: &Tally, count: u64, elapsed: Duration) {
    let (schedules, violations) = (tally.schedules, tally.violations);
    let per_second = u128::from(schedules) * 1000 / elapsed.as_millis().max(1);
    eprintln!("{schedules}/{count} schedules, {per_second}/s, {violations} violations");
}

fn tell_what_was_met(tally: &Tally) {
    eprintln!(
        "{} messages accepted, {} delivered; {} came back and were sent on, {} died with their \
         connection, {} with their process, {} were reported unsent; {} were sent again, {} \
         given up; {} overflowed, {} unwanted; {} connections on the network, {} in memory; \
         {} steps",
        tally.accepted,
        tally.delivered,
        tally.returned,
        tally.on_lost_links,
        tally.crashed,
        tally.unsent,
        tally.resent,
        tally.cancelled,
        tally.overflowed,
        tally.unwanted,
        tally.connections,
        tally.in_memory,
        tally.steps,
    );
}
