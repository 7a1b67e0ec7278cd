//! Planted bugs: each is a patch, and the simulator has to find it.
//!
//! A patch that no longer applies, or does not compile, is a failure: it proves nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::Tally;
use super::simulation::{self, Report};
use crate::tree;

/// Where the patches are kept.
const PATCHES: &str = "crates/sim/mutants";
/// How many schedules may pass before a bug is found.
const SEEDS: u32 = 2_000;

/// Applies each patch to a copy of the project and simulates it; prints a table.
pub(crate) fn run(root: &Path, tally: &mut Tally) -> Result<()> {
    let patches = patches(root)?;
    let scratch = tempfile::tempdir()?;
    let mut verdicts = Vec::new();
    for patch in &patches {
        let verdict = mutant(root, patch, scratch.path())?;
        verdicts.push((name(patch), verdict));
    }
    if patches.is_empty() {
        verdicts.push((PATCHES.to_owned(), Err("no patches")));
    }
    println!("== mutants, {SEEDS} seeds each");
    for (name, verdict) in verdicts {
        let text = verdict.unwrap_or_else(|text| text);
        tally.program(&format!("mutant {name:<32} {text}"), verdict.is_ok());
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

/// Builds and simulates the project with `patch` applied. All mutants share one folder of
/// build results, so that what the patches leave alone is built once.
fn mutant(
    root: &Path,
    patch: &Path,
    scratch: &Path,
) -> Result<std::result::Result<&'static str, &'static str>> {
    println!("== mutant {}", name(patch));
    let copy = scratch.join("copy");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    tree::copy(root, &copy)?;
    if !apply(patch, &copy)? {
        return Ok(Err("the patch does not apply"));
    }
    let report = simulation::with_target(&copy, &scratch.join("target"), SEEDS)?;
    Ok(match report {
        Report::NotBuilt => Err("does not compile"),
        report if report.found_violations() => Ok("found"),
        Report::Ran { .. } => Err("not found"),
    })
}

/// Applies `patch` to the folder `copy`; false when it does not fit.
pub(crate) fn apply(patch: &Path, copy: &Path) -> Result<bool> {
    let mut git = Command::new("git");
    git.arg("apply")
        .arg("--verbose")
        .arg(patch)
        .current_dir(copy);
    // A repository around the folder for temporary files would make git skip every file.
    if let Some(above) = copy.parent() {
        git.env("GIT_CEILING_DIRECTORIES", above);
    }
    let status = git.status().context("git apply")?;
    Ok(status.success())
}
