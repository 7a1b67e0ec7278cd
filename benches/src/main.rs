//! Our side of `cargo xtask bench` as a process. It obeys the same commands as the peers in
//! `benches/peers/c/bench.c`, and measures in the same way.

mod link;
mod measure;

use std::time::Duration;

use anyhow::{Context, Result, bail};

use link::{Link, Pattern};

/// What one run is to do.
#[derive(Clone, Debug)]
struct Task {
    address: String,
    size: usize,
    warm: Duration,
    run: Duration,
    tuned: bool,
}

impl Task {
    fn parse(args: &[String]) -> Result<Self> {
        let [address, size, warm, run, rest @ ..] = args else {
            bail!("COMMAND ADDRESS SIZE WARM_MS RUN_MS [tuned]");
        };
        Ok(Self {
            address: address.clone(),
            size: size.parse().context("SIZE")?,
            warm: Duration::from_millis(warm.parse().context("WARM_MS")?),
            run: Duration::from_millis(run.parse().context("RUN_MS")?),
            tuned: rest.iter().any(|word| word == "tuned"),
        })
    }

    fn bound(&self, pattern: Pattern) -> Result<Link> {
        let link = Link::open(pattern, self)?;
        link.bind(&self.address)?;
        Ok(link)
    }

    fn connected(&self, pattern: Pattern) -> Result<Link> {
        let link = Link::open(pattern, self)?;
        link.connect(&self.address)?;
        Ok(link)
    }
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = args.split_first().context("which command?")?;
    if command == "name" {
        println!("Speedwell {}", env!("CARGO_PKG_VERSION"));
        return Ok(());
    }
    let task = Task::parse(rest)?;
    match command.as_str() {
        "sink" => measure::count(&ready(task.bound(Pattern::Pull)?), &task),
        "lag" => measure::lag(&ready(task.bound(Pattern::Pull)?), &task),
        "echo" => measure::echo(&ready(task.bound(Pattern::Pair)?)),
        "flood" => measure::flood(&task.connected(Pattern::Push)?, &task),
        "stamp" => measure::stamp(&task.connected(Pattern::Push)?, &task),
        "ping" => measure::round_trips(&task.connected(Pattern::Pair)?, &task),
        "both-oneway" => {
            let sink = task.bound(Pattern::Pull)?;
            let other = task.clone();
            std::thread::spawn(move || measure::flood(&other.connected(Pattern::Push)?, &other));
            measure::count(&sink, &task)
        }
        "both-rtt" => {
            let ping = task.bound(Pattern::Pair)?;
            let other = task.clone();
            std::thread::spawn(move || measure::echo(&other.connected(Pattern::Pair)?));
            measure::round_trips(&ping, &task)
        }
        other => bail!("no command {other}"),
    }
}

fn ready(link: Link) -> Link {
    println!("ready");
    link
}
