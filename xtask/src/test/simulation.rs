//! The simulator as a program: built, run over a number of seeds, and its last line read.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::run::{self, Outcome};

/// How long a run may take.
const LIMIT: Duration = Duration::from_secs(2 * 60 * 60);

/// What came of a simulation.
#[derive(Debug)]
pub(crate) enum Report {
    /// The simulator could not be built.
    NotBuilt,
    /// It ran to its end.
    Ran {
        /// How it ended.
        outcome: Outcome,
        /// The violations its last line speaks of, if it has one.
        violations: Option<u64>,
    },
}

impl Report {
    /// Whether the simulator ran and found nothing.
    pub(crate) fn is_clean(&self) -> bool {
        matches!(self, Self::Ran { outcome, violations: Some(0) } if outcome.is_success())
    }

    /// Whether the simulator ran and found something.
    pub(crate) fn found_violations(&self) -> bool {
        let Self::Ran {
            outcome: Outcome::Exited(Some(1)),
            violations,
        } = self
        else {
            return false;
        };
        violations.is_some_and(|count| count > 0)
    }
}

/// Runs the simulator of the workspace at `root` over `seeds` schedules.
pub(crate) fn in_workspace(root: &Path, seeds: u32) -> Result<Report> {
    let target = run::target_folder(root)?;
    with_target(root, &target, seeds)
}

/// The same, built in the folder `target`.
pub(crate) fn with_target(root: &Path, target: &Path, seeds: u32) -> Result<Report> {
    let mut build = run::cargo(root);
    build.args([
        "build",
        "--release",
        "--package",
        "speedwell-sim",
        "--bin",
        "simulate",
    ]);
    build.env("CARGO_TARGET_DIR", target);
    if !run::live(&mut build, LIMIT, |_| {})?.is_success() {
        return Ok(Report::NotBuilt);
    }
    let mut simulate = Command::new(target.join("release").join(run::program("simulate")));
    simulate
        .current_dir(root)
        .args(["--seeds", &seeds.to_string()]);
    let mut found = None;
    let outcome = run::live(&mut simulate, LIMIT, |line| {
        found = violations(line).or(found)
    })?;
    Ok(Report::Ran {
        outcome,
        violations: found,
    })
}

/// The count in a line `N schedules, K violations`.
pub(crate) fn violations(line: &str) -> Option<u64> {
    let (schedules, violations) = line.trim().split_once(" schedules, ")?;
    schedules.parse::<u64>().ok()?;
    violations.strip_suffix(" violations")?.parse().ok()
}
