//! The text of BENCHMARKS.md: what was measured on what, how, and what follows. What is missed
//! stands as plainly as what is met. Writes no file.

use std::fmt::{self, Write};

use anyhow::Result;

use super::gate::{Outcome, Verdict};
use super::result::{About, Run, by_reason};
use super::row::{Kind, Placement, Row, Transport, Unit};
use super::who::Who;

/// A load above this for each processor, before the run, makes its figures doubtful.
const IDLE_LOAD: f64 = 0.1;

/// A plot that was drawn.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) transport: Transport,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    /// Relative to the page.
    pub(crate) path: String,
}

/// The page. `profile` knows where the time of a missed gate goes, by the gate's name.
pub(crate) fn write(
    run: &Run,
    verdicts: &[Verdict],
    pictures: &[Picture],
    profile: impl Fn(&str) -> Option<String>,
) -> Result<String> {
    let mut page = String::new();
    machine(&mut page, &run.about)?;
    method(&mut page, &run.about)?;
    gates(&mut page, verdicts)?;
    misses(&mut page, verdicts, profile)?;
    figures(&mut page, run, pictures)?;
    allocations(&mut page, run)?;
    missing(&mut page, &run.about)?;
    Ok(page)
}

fn machine(page: &mut String, about: &About) -> fmt::Result {
    writeln!(page, "# Benchmarks\n")?;
    writeln!(
        page,
        "One run of `cargo xtask bench engine`, begun on {} UTC at commit `{}`. Written by \
         `cargo xtask bench report`; not edited.\n",
        about.date, about.commit
    )?;
    if about.quick {
        writeln!(
            page,
            "**A quick run: few rows, few rounds. It decides nothing.**\n"
        )?;
    }
    let load = about.load_before.parse::<f64>().unwrap_or(f64::MAX);
    let processors = u32::try_from(about.processors).map_or(f64::MAX, f64::from);
    if load > IDLE_LOAD * processors {
        writeln!(
            page,
            "**The machine was busy with other work when this began: its figures mean little.**\n"
        )?;
    }
    writeln!(page, "| | |\n|---|---|")?;
    let fact = |page: &mut String, what: &str, is: &str| writeln!(page, "| {what} | {is} |");
    let model = format!("{}, {} usable", about.processor, about.processors);
    fact(page, "Processors", &model)?;
    fact(page, "Kernel", &about.kernel)?;
    fact(page, "Compilers", &about.compilers.join(", "))?;
    for (who, version) in &about.versions {
        fact(page, who, version)?;
    }
    let loads = format!("{} before, {} after", about.load_before, about.load_after);
    fact(page, "Load, a minute's average", &loads)?;
    writeln!(page)
}

fn method(page: &mut String, about: &About) -> fmt::Result {
    let About {
        rounds,
        warm_ms,
        run_ms,
        ..
    } = about;
    writeln!(
        page,
        "## Method\n
- Each side is a process of its own (inproc: a thread), sends messages of one size to its like, and
  obeys the same commands; what measures is the same for all. See `benches/README.md`.
- A run warms up for {warm_ms} ms and counts for {run_ms} ms. Everybody runs in turn, {rounds}
  rounds of it, so that whatever else the machine does meets all of them. A figure is the median of
  the rounds, with the least and the most; of round trips and lags, of the medians of the runs.
- Only ratios of one run mean something. Absolute figures are of this machine on that day.
- Everybody runs as it comes and tuned (larger buffers, deeper queues, large bodies shared and not
  copied), and the better of the two counts. A quick run has only the tuned one.
- `raw` is a blocking socket with a write for each message; `rawstream` copies messages into buffers
  of 64 KiB and writes those: about what the system can do at all.
- One-way: PUSH to PULL, counted where they arrive. Round trips: PAIR, and REQ/REP. Paced: a sender
  that is busy sends its time every 10 us; the figure is the age on arrival.
- Placement `free` leaves both ends to the scheduler, `one-cpu` puts both on one processor, `split`
  each on its own. Round trips jump several-fold by placement alone: gates look at `one-cpu` there.
- `cpu` is what processors spent on both ends, user and system, for each message (a round trip has
  two), by the clocks of the processes.\n"
    )
}

fn gates(page: &mut String, verdicts: &[Verdict]) -> fmt::Result {
    let count = |is: fn(&Outcome) -> bool| verdicts.iter().filter(|one| is(&one.outcome)).count();
    let met = count(|outcome| matches!(outcome, Outcome::Met(_)));
    let missed = count(|outcome| matches!(outcome, Outcome::Missed(_)));
    writeln!(
        page,
        "## Gates\n\n{met} met, {missed} missed, {} not judged.\n\n\
         | Gate | Quotient | |\n|---|---|---|",
        verdicts.len() - met - missed
    )?;
    for Verdict { gate, outcome, .. } in verdicts {
        match outcome {
            Outcome::Met(quotient) => writeln!(page, "| {gate} | {quotient:.3} | met |")?,
            Outcome::Missed(quotient) => {
                writeln!(page, "| {gate} | {quotient:.3} | **missed** |")?;
            }
            Outcome::Unknown(why) => writeln!(page, "| {gate} | | not judged: {why} |")?,
        }
    }
    writeln!(page)
}

/// Each miss with where its time goes.
fn misses(
    page: &mut String,
    verdicts: &[Verdict],
    profile: impl Fn(&str) -> Option<String>,
) -> fmt::Result {
    let missed = |verdict: &&Verdict| matches!(verdict.outcome, Outcome::Missed(_));
    let mut missed = verdicts.iter().filter(missed).peekable();
    if missed.peek().is_none() {
        return Ok(());
    }
    writeln!(page, "## Where the time of the misses goes\n")?;
    for Verdict {
        name,
        gate,
        outcome,
    } in missed
    {
        writeln!(page, "### {gate}\n\n{outcome}.\n")?;
        match profile(name) {
            Some(text) => writeln!(page, "{}\n", text.trim())?,
            None => writeln!(page, "No profile yet: `benches/profiles/{name}.md`.\n")?,
        }
    }
    Ok(())
}

fn figures(page: &mut String, run: &Run, pictures: &[Picture]) -> fmt::Result {
    writeln!(page, "## Figures\n")?;
    for transport in Transport::ALL {
        for kind in Kind::ALL {
            let mut rows = Row::all();
            rows.retain(|row| row.transport == transport && row.kind == kind);
            let tables: Vec<String> = Placement::ALL
                .into_iter()
                .filter_map(|placement| table(run, &rows, placement).transpose())
                .collect::<Result<_, _>>()?;
            if tables.is_empty() {
                continue;
            }
            writeln!(page, "### {transport} {kind}\n")?;
            let here = |picture: &&Picture| picture.transport == transport && picture.kind == kind;
            for Picture { title, path, .. } in pictures.iter().filter(here) {
                writeln!(page, "![{title}]({path})\n")?;
            }
            for table in tables {
                writeln!(page, "{table}")?;
            }
        }
    }
    Ok(())
}

/// Everybody's figures at one placement; `None` when there are none.
fn table(run: &Run, rows: &[Row], placement: Placement) -> Result<Option<String>, fmt::Error> {
    let mut table = format!("| {placement} |");
    for row in rows {
        write!(table, " {} |", octets(row.size))?;
    }
    write!(table, "\n|---|{}", "---|".repeat(rows.len()))?;
    let mut has_any = false;
    for who in Who::ALL {
        let found: Vec<_> = rows
            .iter()
            .map(|row| run.find(row, placement, who))
            .collect();
        if found.iter().all(Option::is_none) {
            continue;
        }
        has_any = true;
        write!(table, "\n| {who} |")?;
        for (row, entry) in rows.iter().zip(found) {
            let unit: Unit = row.kind.unit();
            let Some(entry) = entry else {
                write!(table, " |")?;
                continue;
            };
            let (least, most) = (unit.show(entry.min), unit.show(entry.max));
            write!(table, " **{}** ({least} to {most}", unit.show(entry.median))?;
            if let Some(cpu) = entry.cpu_ns {
                write!(table, "; cpu {cpu:.0} ns")?;
            }
            write!(table, ") |")?;
        }
    }
    table.push('\n');
    Ok(has_any.then_some(table))
}

/// Ours, which are counted in runs that are not timed.
fn allocations(page: &mut String, run: &Run) -> fmt::Result {
    let counted = run.entries.iter().filter_map(|entry| {
        let allocations = entry.allocs?;
        Some((&entry.row, &entry.placement, allocations))
    });
    let mut counted = counted.peekable();
    if counted.peek().is_none() {
        return Ok(());
    }
    writeln!(
        page,
        "## Our allocations for each message, both ends\n\n\
         Counted in runs of their own, since counting costs time.\n\n\
         | Row | Placement | Allocations |\n|---|---|---|"
    )?;
    for (row, placement, allocations) in counted {
        writeln!(page, "| {row} | {placement} | {allocations:.3} |")?;
    }
    writeln!(page)
}

/// What is not among the figures.
fn missing(page: &mut String, about: &About) -> fmt::Result {
    for (title, notes) in [
        ("Not there to be measured", &about.lacks),
        ("Failed", &about.failures),
    ] {
        if notes.is_empty() {
            continue;
        }
        writeln!(page, "## {title}\n")?;
        for line in by_reason(notes) {
            writeln!(page, "- {line}")?;
        }
        writeln!(page)?;
    }
    Ok(())
}

/// A size as one says it.
pub(crate) fn octets(size: usize) -> String {
    match size {
        size if size >= 1 << 20 => format!("{} MiB", size >> 20),
        size if size >= 1 << 10 => format!("{} KiB", size >> 10),
        size => format!("{size} B"),
    }
}
