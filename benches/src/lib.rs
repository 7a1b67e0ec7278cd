//! Our side of `cargo xtask bench` as a process. It obeys the commands of `peers/c/bench.c`, and
//! measures in the same way. Starts no other process, and judges nothing.
#![forbid(unsafe_code)]

mod input;
mod link;
mod measure;
mod samples;
mod task;

use std::env;
use std::thread;

use anyhow::{Context, Result, bail};

use input::Input;
use link::{Link, Pattern};
use task::Task;

/// Does what the arguments of this process say. With `allocations`, which counts those of all
/// threads so far, each line of the standard input is answered by a line `allocs COUNT`.
///
/// # Errors
///
/// When the arguments are not understood, or a socket fails.
pub fn run(allocations: Option<fn() -> u64>) -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (command, rest) = args.split_first().context("which command?")?;
    if command == "name" {
        println!("Speedwell {}", env!("CARGO_PKG_VERSION"));
        return Ok(());
    }
    let task = Task::parse(rest)?;
    task.end_in_the_end();
    let input = Input::listen(allocations);
    match obey(command, &task, input) {
        Err(error) if link::is_unknown_scheme(&error) => {
            println!("lacks {}", task.scheme());
            Ok(())
        }
        other => other,
    }
}

fn obey(command: &str, task: &Task, input: Input) -> Result<()> {
    let bound = |pattern| Link::bound(pattern, task);
    let connected = |pattern| Link::connected(pattern, task);
    match command {
        "sink" => measure::count(&ready(bound(Pattern::Pull)?), task, input),
        "lag" => measure::lag(&ready(bound(Pattern::Pull)?), task, input),
        "echo" => measure::echo(&ready(bound(Pattern::Pair)?)),
        "reply" => measure::echo(&ready(bound(Pattern::Rep)?)),
        "flood" => measure::flood(&connected(Pattern::Push)?, task),
        "stamp" => measure::stamp(&connected(Pattern::Push)?, task),
        "ping" => measure::round_trips(&connected(Pattern::Pair)?, task, input),
        "ask" => measure::round_trips(&connected(Pattern::Req)?, task, input),
        "both-oneway" => {
            let sink = bound(Pattern::Pull)?;
            beside(task, |task| {
                measure::flood(&Link::connected(Pattern::Push, task)?, task)
            });
            measure::count(&sink, task, input)
        }
        "both-rtt" => {
            let ping = bound(Pattern::Pair)?;
            beside(task, |task| {
                measure::echo(&Link::connected(Pattern::Pair, task)?)
            });
            measure::round_trips(&ping, task, input)
        }
        "both-ask" => {
            let ask = bound(Pattern::Req)?;
            beside(task, |task| {
                measure::echo(&Link::connected(Pattern::Rep, task)?)
            });
            measure::round_trips(&ask, task, input)
        }
        other => bail!("no command {other}"),
    }
}

/// Says that others may connect.
fn ready(link: Link) -> Link {
    println!("ready");
    link
}

/// The other side, as a thread of this process. It never ends of itself unless it fails.
fn beside(task: &Task, side: fn(&Task) -> Result<()>) {
    let task = task.clone();
    thread::spawn(move || {
        if let Err(error) = side(&task) {
            eprintln!("the other side: {error:#}");
        }
    });
}
