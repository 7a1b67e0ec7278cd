//! One run of a program against itself: two processes, or one for inproc. What they have used is
//! asked for when they say `start` and `end`. Compares nothing.

use std::fmt;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::process::Process;
use super::row::{Kind, Row, Transport};
use super::who::Mode;

/// How long a program may take for what it does at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// What to run.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) program: &'a Path,
    pub(crate) row: Row,
    pub(crate) mode: Mode,
    /// Of the end that binds and of the one that connects.
    pub(crate) processors: [Option<usize>; 2],
    pub(crate) meter: Meter,
}

/// What is counted beside the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meter {
    /// Nanoseconds that the processors spent, user and system.
    Processor,
    /// Allocations, of a program that answers when it is asked.
    Allocations,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) enum Outcome {
    Measured(Sample),
    /// It has no such pattern or transport.
    Lacks(String),
}

/// What a run measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// In the unit of the row.
    pub(crate) value: f64,
    /// What the meter says, of both ends for each message. A round trip is two messages.
    pub(crate) used: f64,
}

/// The total of a meter at a time, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) at: f64,
    pub(crate) total: f64,
}

/// What is used for each of `messages`, which took `took` nanoseconds. The two readings are a
/// moment later than `start` and `end`, so their difference is first brought to the same time.
pub(crate) fn per_message(before: Reading, after: Reading, messages: f64, took: f64) -> f64 {
    let rate = (after.total - before.total) / (after.at - before.at);
    rate * took / messages
}

/// A program said that it cannot.
#[derive(Debug)]
struct Lacks(String);

impl fmt::Display for Lacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lacks {}", self.0)
    }
}

impl std::error::Error for Lacks {}

/// Where runs take place, one after the other.
#[derive(Debug)]
pub(crate) struct Bench {
    folder: TempDir,
    usage: Process,
    warm: Duration,
    run: Duration,
    begun: Instant,
    runs: u32,
}

impl Bench {
    pub(crate) fn new(usage: &Path, warm: Duration, run: Duration) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let errors = folder.path().join("usage");
        Ok(Self {
            usage: Process::start(usage, &[], None, errors)?,
            folder,
            warm,
            run,
            begun: Instant::now(),
            runs: 0,
        })
    }

    /// Runs a job, and ends its processes.
    pub(crate) fn run(&mut self, job: &Job<'_>) -> Result<Outcome> {
        self.runs += 1;
        match self.measure(job) {
            Ok(sample) => Ok(Outcome::Measured(sample)),
            Err(error) => match error.downcast::<Lacks>() {
                Ok(Lacks(what)) => Ok(Outcome::Lacks(what)),
                Err(error) => Err(error),
            },
        }
    }

    fn measure(&mut self, job: &Job<'_>) -> Result<Sample> {
        let (mut measuring, mut other) = self.open(job)?;
        numbers::<0>(&measuring, "start", self.warm + PATIENCE)?;
        let before = self.read(job.meter, &mut measuring, other.as_mut())?;
        let [messages, took] = numbers(&measuring, "end", self.run + PATIENCE)?;
        let after = self.read(job.meter, &mut measuring, other.as_mut())?;
        measuring.release();
        let value = match job.row.kind {
            Kind::Oneway => messages / took * 1e9,
            Kind::PairRoundtrip | Kind::ReqrepRoundtrip => median(&measuring, "rtt")?,
            Kind::PacedOneway => median(&measuring, "lag")?,
        };
        Ok(Sample {
            value,
            used: per_message(before, after, messages, took),
        })
    }

    /// The process that measures, and the other one if there is one.
    fn open(&self, job: &Job<'_>) -> Result<(Process, Option<Process>)> {
        let [first, second] = job.processors;
        let address = self.address(job.row.transport)?;
        let start = |command, processor| self.start(job, command, &address, processor);
        if job.row.transport == Transport::Inproc {
            let both = match job.row.kind {
                Kind::Oneway | Kind::PacedOneway => "both-oneway",
                Kind::PairRoundtrip => "both-rtt",
                Kind::ReqrepRoundtrip => "both-ask",
            };
            return Ok((start(both, first)?, None));
        }
        let (binds, connects) = match job.row.kind {
            Kind::Oneway => ("sink", "flood"),
            Kind::PacedOneway => ("lag", "stamp"),
            Kind::PairRoundtrip => ("echo", "ping"),
            Kind::ReqrepRoundtrip => ("reply", "ask"),
        };
        let bound = start(binds, first)?;
        numbers::<0>(&bound, "ready", PATIENCE)?;
        let connected = start(connects, second)?;
        Ok(match job.row.kind {
            Kind::Oneway | Kind::PacedOneway => (bound, Some(connected)),
            Kind::PairRoundtrip | Kind::ReqrepRoundtrip => (connected, Some(bound)),
        })
    }

    fn start(
        &self,
        job: &Job<'_>,
        command: &str,
        address: &str,
        processor: Option<usize>,
    ) -> Result<Process> {
        let mut arguments = vec![
            command.to_owned(),
            address.to_owned(),
            job.row.size.to_string(),
            self.warm.as_millis().to_string(),
            self.run.as_millis().to_string(),
        ];
        if job.mode == Mode::Tuned {
            arguments.push("tuned".to_owned());
        }
        let errors = self.folder.path().join(command);
        Process::start(job.program, &arguments, processor, errors)
    }

    /// An address that nobody has.
    fn address(&self, transport: Transport) -> Result<String> {
        Ok(match transport {
            Transport::Tcp => {
                let free = TcpListener::bind("127.0.0.1:0")?;
                format!("tcp://{}", free.local_addr()?)
            }
            Transport::Ipc => {
                let path = self.folder.path().join(format!("{}.sock", self.runs));
                format!("ipc://{}", path.display())
            }
            Transport::Inproc => "inproc://bench".to_owned(),
        })
    }

    fn read(
        &mut self,
        meter: Meter,
        measuring: &mut Process,
        other: Option<&mut Process>,
    ) -> Result<Reading> {
        match meter {
            Meter::Processor => {
                let ids = [Some(measuring.id()), other.map(|other| other.id())];
                let ids: Vec<String> = ids.iter().flatten().map(u32::to_string).collect();
                self.usage.tell(&ids.join(" "))?;
                let line = self.usage.line(PATIENCE)?;
                let [at, total] = parse(&line)?;
                Ok(Reading { at, total })
            }
            Meter::Allocations => {
                let mut total = 0.0;
                for process in [Some(measuring), other].into_iter().flatten() {
                    process.tell("")?;
                    let [count] = numbers(process, "allocs", PATIENCE)?;
                    total += count;
                }
                let at = self.begun.elapsed().as_secs_f64() * 1e9;
                Ok(Reading { at, total })
            }
        }
    }
}

/// The median of a line `WORD MEDIAN MIN P99 MAX COUNT`, in microseconds.
fn median(process: &Process, word: &str) -> Result<f64> {
    let [median, _, _, _, _] = numbers(process, word, PATIENCE)?;
    Ok(median / 1000.0)
}

/// The numbers behind `word` on the next line of a process.
fn numbers<const N: usize>(process: &Process, word: &str, patience: Duration) -> Result<[f64; N]> {
    let line = process
        .line(patience)
        .with_context(|| format!("in place of `{word}`"))?;
    if let Some(what) = line.strip_prefix("lacks ") {
        return Err(Lacks(what.to_owned()).into());
    }
    match line.split_once(' ').unwrap_or((&line, "")) {
        (first, rest) if first == word => parse(rest),
        _ => bail!("`{line}` in place of `{word}`"),
    }
}

/// The numbers of a text, which are `N`.
pub(crate) fn parse<const N: usize>(text: &str) -> Result<[f64; N]> {
    let numbers: Vec<f64> = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .with_context(|| format!("`{text}`"))?;
    match numbers.try_into() {
        Ok(numbers) => Ok(numbers),
        Err(_) => bail!("`{text}` has not {N} numbers"),
    }
}
