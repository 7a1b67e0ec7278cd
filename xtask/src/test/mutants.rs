//! Planted bugs: each is a patch, and the simulator has to find it.
//!
//! A patch that no longer applies, or does not compile, is a failure: it proves nothing.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Tally;
use super::simulation::{self, Report};
use crate::tree;

/// Where the patches are kept.
const PATCHES: &str = "crates/sim/mutants";
/// How many schedules may pass before a bug is found.
const SEEDS: u32 = 2_000;

/// Applies each patch to a copy of the project and simulates it; prints a table.
// rfc: sp-simulation S-42
pub(crate) fn run(root: &Path, tally: &mut Tally) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let copy = scratch.path().join("copy");
    tree::copy(root, &copy)?;
    let mut verdicts = Vec::new();
    for patch in patches(root)? {
        println!("== mutant {}", name(&patch));
        let verdict = mutant(&patch, &copy, &scratch.path().join("target"))?;
        verdicts.push((name(&patch), verdict));
    }
    if verdicts.is_empty() {
        let verdict = Verdict::NoProof("no patches");
        verdicts.push((PATCHES.to_owned(), verdict));
    }
    println!("== mutants, {SEEDS} seeds each");
    for (name, verdict) in verdicts {
        let is_found = matches!(verdict, Verdict::Found { .. });
        tally.program(&format!("mutant {name:<20} {verdict}"), is_found);
    }
    Ok(())
}

/// The patches, sorted by name.
fn patches(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join(PATCHES);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut patches = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "patch")
        {
            patches.push(path);
        }
    }
    patches.sort();
    Ok(patches)
}

fn name(patch: &Path) -> String {
    patch
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Builds and simulates the copy with `patch` applied, and takes it out again: what the patches
/// leave alone is built once.
fn mutant(patch: &Path, copy: &Path, target: &Path) -> Result<Verdict> {
    if !apply(patch, copy, Way::In)? {
        return Ok(Verdict::NoProof("the patch does not apply"));
    }
    let report = simulation::with_target(copy, target, SEEDS)?;
    if !apply(patch, copy, Way::Out)? {
        bail!("{} applies, but cannot be taken out again", name(patch));
    }
    Ok(Verdict::of(&report))
}

/// What became of a planted bug.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The simulator found it.
    Found {
        /// The lowest seed that found it.
        seed: u64,
        /// How many did.
        violations: u64,
    },
    /// It did not, or could not.
    NoProof(&'static str),
}

impl Verdict {
    /// What a simulation with the bug in it says.
    pub(crate) fn of(report: &Report) -> Self {
        match (report, report.found()) {
            (_, Some((seed, violations))) => Self::Found { seed, violations },
            (Report::NotBuilt, None) => Self::NoProof("does not compile"),
            (Report::Ran { .. }, None) => Self::NoProof("not found"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found { seed, violations } => {
                write!(f, "found at seed {seed}, {violations} times in all")
            }
            Self::NoProof(why) => f.write_str(why),
        }
    }
}

/// Which way a patch goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    In,
    Out,
}

/// Applies `patch` to the folder `copy`, or takes it out; false when it does not fit, and then
/// nothing has changed.
pub(crate) fn apply(patch: &Path, copy: &Path, way: Way) -> Result<bool> {
    let mut git = Command::new("git");
    git.arg("apply").current_dir(copy);
    if way == Way::Out {
        git.arg("--reverse");
    }
    git.arg("--verbose").arg(patch);
    // A repository around the folder for temporary files would make git skip every file.
    if let Some(above) = copy.parent() {
        git.env("GIT_CEILING_DIRECTORIES", above);
    }
    let status = git.status().context("git apply")?;
    Ok(status.success())
}
