//! The crate `zeromq` over tokio, as a peer that is measured: the commands are those of
//! `../c/bench.c`. It has no PAIR and no inproc, and says so.
//!
//! By default the runtime has a thread for each processor; tuned, it has one thread, and buffers of
//! 1 MiB for what is large. A body is always shared: up to 100,000 messages wait in a queue whose
//! length cannot be set.
#![forbid(unsafe_code)]

// What measures in our own program.
#[path = "../../../src/input.rs"]
mod input;
mod measure;
#[path = "../../../src/samples.rs"]
mod samples;
#[path = "../../../src/task.rs"]
mod task;

use std::env;

use anyhow::{Context, Result, bail};
use tokio::runtime::{Builder, Runtime};
use zeromq::{PullSocket, PushSocket, RepSocket, ReqSocket, Socket, SocketOptions};

use input::Input;
use task::Task;

const LARGE: usize = 64 * 1024;
const BUFFER: usize = 1024 * 1024;

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (command, rest) = args.split_first().context("which command?")?;
    if command == "name" {
        println!("zeromq {} (tokio)", version());
        return Ok(());
    }
    let task = Task::parse(rest)?;
    let lacking = match (task.scheme(), command.as_str()) {
        ("inproc", _) => "inproc",
        (_, "echo" | "ping" | "both-rtt") => "PAIR",
        _ => return measured(command, &task),
    };
    println!("lacks {lacking}");
    Ok(())
}

fn measured(command: &str, task: &Task) -> Result<()> {
    task.end_in_the_end();
    let input = Input::listen(None);
    runtime(task)?.block_on(obey(command, task, input))
}

async fn obey(command: &str, task: &Task, input: Input) -> Result<()> {
    match command {
        "sink" => measure::count(bound::<PullSocket>(task).await?, task, input).await,
        "lag" => measure::lag(bound::<PullSocket>(task).await?, task, input).await,
        "reply" => measure::echo(bound::<RepSocket>(task).await?).await,
        "flood" => measure::flood(connected::<PushSocket>(task).await?, task).await,
        "stamp" => measure::stamp(connected::<PushSocket>(task).await?, task).await,
        "ask" => measure::round_trips(connected::<ReqSocket>(task).await?, task, input).await,
        other => bail!("no command {other}"),
    }
}

/// A socket that others may connect to; says so.
async fn bound<S: Socket>(task: &Task) -> Result<S> {
    let mut socket = S::with_options(options(task));
    socket.bind(&task.address).await?;
    println!("ready");
    Ok(socket)
}

async fn connected<S: Socket>(task: &Task) -> Result<S> {
    let mut socket = S::with_options(options(task));
    socket.connect(&task.address).await?;
    Ok(socket)
}

fn options(task: &Task) -> SocketOptions {
    let mut options = SocketOptions::default();
    if task.tuned && task.size >= LARGE {
        options.read_buffer(LARGE, BUFFER, 2);
    }
    options
}

fn runtime(task: &Task) -> Result<Runtime> {
    let mut builder = if task.tuned {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    Ok(builder.enable_all().build()?)
}

/// The version of the crate that was built.
fn version() -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let after = lock.split("name = \"zeromq\"\nversion = \"").nth(1);
    after.and_then(|text| text.split('"').next()).unwrap_or("?")
}
