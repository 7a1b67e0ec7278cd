//! `cargo xtask bench report`: BENCHMARKS.md and its plots, from the figures of one run. Measures
//! nothing, and adds nothing to what the run has found.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use super::gate;
use super::page::{self, Picture};
use super::plot::{Bar, Plot, Series};
use super::result::Run;
use super::row::{Kind, Row, Transport, Unit};
use super::who::Who;

/// Where the plots go.
const PLOTS: &str = "benches/report";
/// Where the profile of a missed gate is looked for, by the gate's name.
const PROFILES: &str = "benches/profiles";

/// What to write.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The figures, as `bench engine --json FILE` has written them.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A folder to write to, in place of the root of the project.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Writes the page and its plots.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let run = Run::read(&options.file)?;
    let out = options.out.as_deref().unwrap_or(root);
    let plots = out.join(PLOTS);
    fs::create_dir_all(&plots).with_context(|| plots.display().to_string())?;
    let mut pictures = Vec::new();
    for (name, transport, kind, plot) in all_plots(&run) {
        let Some(svg) = plot.draw() else { continue };
        let path = format!("{PLOTS}/{name}.svg");
        fs::write(out.join(&path), svg).with_context(|| path.clone())?;
        pictures.push(Picture {
            transport,
            kind,
            title: plot.title,
            path,
        });
    }
    let verdicts = gate::judge(&run);
    let profile = |name: &str| {
        let path = root.join(PROFILES).join(format!("{name}.md"));
        fs::read_to_string(path).ok()
    };
    let text = page::write(&run, &verdicts, &pictures, profile)?;
    let page = out.join("BENCHMARKS.md");
    fs::write(&page, text).with_context(|| page.display().to_string())?;
    println!("bench: {} and {} plots", page.display(), pictures.len());
    gate::show(&verdicts);
    Ok(true)
}

/// A plot for each transport and kind, at the placement that the gates look at.
fn all_plots(run: &Run) -> Vec<(String, Transport, Kind, Plot)> {
    let mut plots = Vec::new();
    for transport in Transport::ALL {
        for kind in Kind::ALL {
            let placement = kind.gate_placement();
            let name = format!("{transport}-{kind}-{placement}");
            plots.push((name, transport, kind, plot(run, transport, kind)));
        }
    }
    plots
}

fn plot(run: &Run, transport: Transport, kind: Kind) -> Plot {
    let placement = kind.gate_placement();
    let mut rows = Row::all();
    rows.retain(|row| row.transport == transport && row.kind == kind);
    let bars = |who: Who| -> Vec<Option<Bar>> {
        let find = |row| run.find(row, placement, who);
        let entries = rows.iter().map(find);
        let bar = |entry: &super::result::Entry| Bar {
            median: entry.median,
            min: entry.min,
            max: entry.max,
        };
        entries.map(|entry| entry.map(bar)).collect()
    };
    let series = Who::ALL.iter().enumerate().map(|(colour, who)| Series {
        name: who.to_string(),
        colour,
        bars: bars(*who),
    });
    let has_bars = |series: &Series| series.bars.iter().any(Option::is_some);
    let better = match kind.unit() {
        Unit::MessagesPerSecond => "higher is better",
        Unit::Microseconds => "lower is better",
    };
    Plot {
        title: format!(
            "{transport} {kind}, {placement}: {} ({better})",
            kind.unit()
        ),
        groups: rows.iter().map(|row| page::octets(row.size)).collect(),
        series: series.filter(has_bars).collect(),
    }
}
