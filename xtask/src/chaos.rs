//! `cargo xtask chaos`: faults done to real processes of ours, and what they measure.
//!
//! Each case starts `speedwell-peer` as one process or several, does them one fault of the
//! catalogue, and compares figures with their bounds. Linux only: the figures come from `/proc`
//! and the faults from signals and limits. No port is fixed, and every wait has an end.

#[cfg(target_os = "linux")]
mod answer;
#[cfg(target_os = "linux")]
mod bench;
#[cfg(target_os = "linux")]
mod cases;
#[cfg(target_os = "linux")]
mod gauge;
#[cfg(target_os = "linux")]
mod lives;
#[cfg(target_os = "linux")]
mod patience;
#[cfg(target_os = "linux")]
mod peer;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod stranger;
#[cfg(target_os = "linux")]
mod table;

#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Fewer rounds, fewer peers and shorter looks: under a minute.
    #[arg(long)]
    quick: bool,
    /// Who is stopped is stopped for a minute: some six minutes more.
    #[arg(long, conflicts_with = "quick")]
    long: bool,
    /// Only the cases of one row of the catalogue, or those whose title has this word.
    #[arg(long, value_name = "ROW")]
    only: Option<String>,
    /// A program to use as our side, in place of the one built here.
    #[arg(long, value_name = "PATH")]
    peer: Option<PathBuf>,
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.only.as_deref().unwrap_or("every row");
        let size = match (self.quick, self.long) {
            (true, _) => ", quick",
            (_, true) => ", long",
            _ => "",
        };
        write!(f, "{what}{size}")?;
        match &self.peer {
            Some(path) => write!(f, ", {}", path.display()),
            None => Ok(()),
        }
    }
}

/// Runs the cases; true when none failed.
#[cfg(target_os = "linux")]
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let ours = match &options.peer {
        Some(path) => path.clone(),
        None => crate::interop::build(root)?,
    };
    let bench = bench::Bench::new(ours, options.quick, options.long)?;
    let selected = table::select(options.only.as_deref());
    anyhow::ensure!(!selected.is_empty(), "no case for {options}");
    table::run(&bench, &selected)
}

/// Says that nothing was done, which on a build machine is an error.
#[cfg(not(target_os = "linux"))]
pub(crate) fn run(_: &Path, options: &Options) -> Result<bool> {
    if crate::run::is_build_machine() {
        anyhow::bail!("chaos needs Linux");
    }
    println!("chaos: NOT RUN ({options}): it needs Linux");
    println!("0 passed, 0 failed");
    Ok(true)
}
