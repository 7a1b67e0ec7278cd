//! Devices of nanomsg and NNG between our ends, with every TTL that matters, and our device between
//! the ends of others.
//!
//! The foreign devices are the programs of `xtask/interop/c`; `nanocat` and `nngcat` are the
//! foreign ends. Our part is `xtask/peers/src/device.rs`. See `rfc/sp-device.md` section 4.

mod between;
mod foreign;
mod table;

#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tempfile::TempDir;

use super::cases::Program;
use super::process::{Event, Process};
use super::{CELL, TITLE, Tally};
use table::{Around, Between, SIZES, TTLS};

/// How long one exchange may take.
const LIMIT: Duration = Duration::from_secs(20);

/// Where exchanges happen: our program, theirs, and a folder for sockets, bodies and complaints.
struct Stage {
    ours: PathBuf,
    folder: TempDir,
}

impl Stage {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts our part in `role`, and waits for the two addresses it listens at.
    fn ours(&self, role: &[String], deadline: Instant) -> Result<(Process, Sides)> {
        let mut command = std::process::Command::new(&self.ours);
        command.args(role);
        let (sender, events) = mpsc::channel();
        let process = Process::ours(command, self.file("ours"), sender)?;
        let front = word_after("front ", &events, deadline)?;
        let back = word_after("back ", &events, deadline)?;
        Ok((
            process,
            Sides {
                front,
                back,
                events,
            },
        ))
    }
}

/// Where our part listens, and what it says after that.
struct Sides {
    front: String,
    back: String,
    events: Receiver<Event>,
}

/// The rest of the next line, which begins like this.
fn word_after(beginning: &str, events: &Receiver<Event>, deadline: Instant) -> Result<String> {
    let left = deadline.saturating_duration_since(Instant::now());
    match events.recv_timeout(left) {
        Ok(Event::OurLine(line)) => match line.strip_prefix(beginning) {
            Some(rest) => Ok(rest.to_owned()),
            None => bail!("`{line}` in place of `{beginning}..`"),
        },
        Ok(_) => bail!("an end in place of `{beginning}..`"),
        Err(_) => bail!("nothing in place of `{beginning}..`"),
    }
}

/// Runs both tables, with the programs that are here.
pub(super) fn run(
    root: &Path,
    ours: &Path,
    programs: &[Program],
    quick: bool,
    tally: &mut Tally,
) -> Result<()> {
    let stage = Stage {
        ours: ours.to_owned(),
        folder: tempfile::tempdir()?,
    };
    let columns = |column: &&table::Column| column.quick || !quick;
    let ttls: Vec<_> = TTLS.iter().filter(columns).collect();
    header("our ends around their device", &ttls);
    for (library, path) in foreign::build(root)? {
        for row in table::around(library) {
            run_row(&row.to_string(), &ttls, tally, |ttl| {
                around(&stage, &path, &row, ttl)
            })?;
        }
    }
    let sizes: Vec<_> = SIZES.iter().filter(columns).collect();
    header("their ends around our device", &sizes);
    for row in table::between(programs) {
        run_row(&row.to_string(), &sizes, tally, |octets| {
            between::exchange(&stage, &row, octets)
        })?;
    }
    Ok(())
}

fn header(title: &str, columns: &[&table::Column]) {
    print!("{title:<TITLE$}");
    for column in columns {
        print!("{:>CELL$}", column.title);
    }
    println!();
}

/// Runs the exchanges of one row, printing each as it ends; `run` says `None` where there is none.
fn run_row(
    title: &str,
    columns: &[&table::Column],
    tally: &mut Tally,
    run: impl Fn(usize) -> Result<Option<&'static str>>,
) -> Result<()> {
    print!("{title:<TITLE$}");
    let mut failures = Vec::new();
    for column in columns {
        let started = Instant::now();
        let cell = match run(column.value) {
            Ok(None) => "-".to_owned(),
            Ok(Some(word)) => {
                tally.passed += 1;
                match word {
                    "" => format!("{} ms", started.elapsed().as_millis()),
                    word => word.to_owned(),
                }
            }
            Err(error) => {
                tally.failed += 1;
                failures.push(format!("{title}, {}: {error:#}", column.title));
                "FAILED".to_owned()
            }
        };
        print!("{cell:>CELL$}");
        io::stdout().flush()?;
    }
    println!();
    for failure in failures {
        println!("  FAILED {failure}");
    }
    Ok(())
}

/// Our ends around a device of theirs, which lets `ttl` words through.
fn around(stage: &Stage, path: &Path, row: &Around, ttl: usize) -> Result<Option<&'static str>> {
    if !row.is_possible(ttl) {
        return Ok(None);
    }
    let deadline = Instant::now() + LIMIT;
    let (mut ours, sides) = stage.ours(&row.ours(ttl, stage.folder.path()), deadline)?;
    let mut command = std::process::Command::new(path);
    command.args([row.kind, &sides.front, &sides.back, &ttl.to_string()]);
    let (sender, events) = mpsc::channel();
    let theirs = Process::ours(command, stage.file("theirs"), sender)?;
    if ttl > row.library.ttl_max() {
        word_after("refused", &events, deadline)?;
        return Ok(Some("refused"));
    }
    let complete = word_after("joined", &events, deadline)
        .and_then(|_| word_after(&format!("passed {ttl}"), &sides.events, deadline))
        .and_then(|_| ours.succeeds_before(deadline));
    match complete {
        Ok(()) => Ok(Some("")),
        Err(error) => {
            let (we, they) = (ours.complaint(), theirs.complaint());
            bail!("{error:#} (we said `{we}`, they said `{they}`)")
        }
    }
}
