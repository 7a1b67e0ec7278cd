//! `cargo xtask bench engine`: the whole stack beside other makers' and raw sockets.
//!
//! Everybody runs in turn, round by round, so that what the machine does meanwhile meets all of
//! them. Figures of different runs are never compared.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use super::exchange::Bench;
use super::programs::Programs;
use super::race::{Contender, Progress, Race};
use super::result::{About, Entry, Run, by_reason};
use super::row::{Placement, Row, Transport, Unit};
use super::who::Who;
use super::{gate, machine};

/// Rounds, warm-up and length of a run, in milliseconds.
const FULL: (usize, u64, u64) = (5, 200, 700);
const QUICK: (usize, u64, u64) = (3, 150, 400);
/// What starting and ending the processes of a run takes, about.
const OVERHEAD: Duration = Duration::from_millis(100);

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// 64 B and 64 KiB, placement free, tuned peers, three rounds.
    #[arg(long)]
    quick: bool,
    /// Only these rows, such as `tcp/64/*,ipc/*/oneway`.
    #[arg(long, value_delimiter = ',', value_name = "GLOBS")]
    rows: Vec<String>,
    /// Only these.
    #[arg(long, value_delimiter = ',')]
    who: Vec<Who>,
    /// Only these placements.
    #[arg(long, value_delimiter = ',')]
    placement: Vec<Placement>,
    /// How often each is run.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: Option<u8>,
    /// Where the figures go; what they were measured on goes beside it, to FILE.about.json.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// The whole of it.
struct Engine {
    programs: Programs,
    bench: Bench,
    run: Run,
    quick: bool,
    who: Vec<Who>,
    usable: Vec<usize>,
    progress: Progress,
}

/// Measures; true when nothing failed.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let mut engine = Engine::new(root, options)?;
    let rows: Vec<Row> = chosen(options);
    let placements = placements(options);
    if rows.is_empty() || placements.is_empty() {
        bail!("no such row; a row is {{tcp,ipc,inproc}}/SIZE/KIND, and `*` stands for anything");
    }
    engine.plan(&rows, &placements);
    for row in &rows {
        for placement in &placements {
            engine.measure(row, *placement)?;
            engine.keep(options)?;
        }
    }
    engine.run.about.load_after = machine::load();
    engine.keep(options)?;
    println!();
    gate::show(&gate::judge(&engine.run));
    for line in by_reason(&engine.run.about.lacks) {
        println!("bench: not measured: {line}");
    }
    for line in by_reason(&engine.run.about.failures) {
        println!("bench: FAILED: {line}");
    }
    Ok(engine.run.about.failures.is_empty())
}

fn chosen(options: &Options) -> Vec<Row> {
    let rows = Row::all().into_iter();
    let rows = rows.filter(|row| row.is_chosen(&options.rows));
    rows.filter(|row| !options.quick || row.is_quick())
        .collect()
}

fn placements(options: &Options) -> Vec<Placement> {
    let wanted = |placement: &Placement| {
        let named = options.placement.is_empty() || options.placement.contains(placement);
        named && (!options.quick || *placement == Placement::Free)
    };
    Placement::ALL.into_iter().filter(wanted).collect()
}

impl Engine {
    fn new(root: &Path, options: &Options) -> Result<Self> {
        let mut who = Who::ALL.to_vec();
        who.retain(|who| options.who.is_empty() || options.who.contains(who));
        let programs = Programs::build(root, &who)?;
        let (rounds, warm_ms, run_ms) = if options.quick { QUICK } else { FULL };
        let (warm, length) = (
            Duration::from_millis(warm_ms),
            Duration::from_millis(run_ms),
        );
        let about = About {
            versions: programs.names()?,
            quick: options.quick,
            rounds: options.rounds.map_or(rounds, usize::from),
            warm_ms,
            run_ms,
            load_before: machine::load(),
            ..machine::describe(root)
        };
        let entries = Vec::new();
        Ok(Self {
            bench: Bench::new(&programs.usage, warm, length)?,
            programs,
            run: Run { about, entries },
            quick: options.quick,
            who,
            usable: machine::usable(),
            progress: Progress::default(),
        })
    }

    /// Says how long it will take, at most.
    fn plan(&mut self, rows: &[Row], placements: &[Placement]) {
        let runs: usize = rows.iter().map(|row| self.set_ups(row)).sum();
        let about = &self.run.about;
        self.progress.planned = runs * about.rounds * placements.len();
        let a_run = Duration::from_millis(about.warm_ms + about.run_ms) + OVERHEAD;
        let all = a_run * u32::try_from(self.progress.planned).unwrap_or(u32::MAX);
        println!(
            "bench: {} rows, at most {} runs, {} minutes; load {}",
            rows.len() * placements.len(),
            self.progress.planned,
            all.as_secs().div_ceil(60),
            about.load_before
        );
    }

    /// How many run in a round of a row.
    fn set_ups(&self, row: &Row) -> usize {
        let modes = |who: &Who| who.modes(row, self.quick).len();
        self.who.iter().map(modes).sum()
    }

    /// Measures one row at one placement.
    fn measure(&mut self, row: &Row, placement: Placement) -> Result<()> {
        if row.transport == Transport::Inproc && placement == Placement::Split {
            // One process has one set of processors.
            return Ok(());
        }
        let Some(processors) = placement.processors(&self.usable) else {
            println!("bench: NOT MEASURED {row} {placement}: too few processors");
            return Ok(());
        };
        let mut race = Race {
            bench: &mut self.bench,
            about: &mut self.run.about,
            progress: &mut self.progress,
            row: *row,
            placement,
            processors,
        };
        let mut contenders = Contender::all(&self.programs, &self.who, row, self.quick);
        race.run(&mut contenders);
        let mut entries = best(row, placement, &contenders);
        for (entry, contender) in entries
            .iter_mut()
            .filter(|(_, one)| one.who == Who::Speedwell)
        {
            entry.allocs = race.allocations(&self.programs.counted, contender.mode);
        }
        println!();
        for (entry, contender) in entries {
            println!("  {}", line(row.kind.unit(), &entry, contender));
            self.run.entries.push(entry);
        }
        println!();
        Ok(())
    }

    /// Writes what there is so far.
    fn keep(&self, options: &Options) -> Result<()> {
        match &options.json {
            Some(file) => self.run.write(file),
            None => Ok(()),
        }
    }
}

/// The better set-up of each, with what its rounds say.
fn best<'a>(
    row: &Row,
    placement: Placement,
    contenders: &'a [Contender],
) -> Vec<(Entry, &'a Contender)> {
    let mut best: Vec<(Entry, &Contender)> = Vec::new();
    for contender in contenders {
        let Some(entry) = Entry::of(row, placement, contender.who, &contender.samples) else {
            continue;
        };
        match best
            .iter_mut()
            .find(|(_, other)| other.who == contender.who)
        {
            None => best.push((entry, contender)),
            Some(place) if row.kind.unit().is_better(entry.median, place.0.median) => {
                *place = (entry, contender);
            }
            Some(_) => {}
        }
    }
    best
}

/// One line of the table of a row.
fn line(unit: Unit, entry: &Entry, contender: &Contender) -> String {
    let figure = |value| unit.show(value);
    let cpu = entry
        .cpu_ns
        .map_or("-".to_owned(), |cpu| format!("{cpu:.0} ns"));
    let allocs = entry
        .allocs
        .map(|allocs| format!("  {allocs:.3} allocations"));
    format!(
        "{:<12}{:<8}{:>12}  {:>12} to {:>12}  cpu {cpu:>9}{}",
        entry.who,
        contender.mode.to_string(),
        figure(entry.median),
        figure(entry.min),
        figure(entry.max),
        allocs.unwrap_or_default()
    )
}
