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
        /// The lowest seed that it named.
        seed: Option<u64>,
    },
}

impl Report {
    /// Whether the simulator ran and found nothing.
    pub(crate) fn is_clean(&self) -> bool {
        match self {
            Self::Ran {
                outcome,
                violations: Some(0),
                seed: None,
            } => outcome.is_success(),
            _ => false,
        }
    }

    /// The lowest seed that broke a promise and how many did, if the simulator ran and found any.
    pub(crate) fn found(&self) -> Option<(u64, u64)> {
        match self {
            Self::Ran {
                outcome: Outcome::Exited(Some(1)),
                violations: Some(count @ 1..),
                seed: Some(seed),
            } => Some((*seed, *count)),
            _ => None,
        }
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
    let (mut violations, mut seed) = (None, None);
    let outcome = run::live(&mut simulate, LIMIT, |line| {
        violations = self::violations(line).or(violations);
        seed = self::seed(line).into_iter().chain(seed).min();
    })?;
    Ok(Report::Ran {
        outcome,
        violations,
        seed,
    })
}

/// The count in a line `N schedules, K violations`.
pub(crate) fn violations(line: &str) -> Option<u64> {
    let (schedules, violations) = line.trim().split_once(" schedules, ")?;
    schedules.parse::<u64>().ok()?;
    violations.strip_suffix(" violations")?.parse().ok()
}

/// The seed in a line `seed S of world W:`.
pub(crate) fn seed(line: &str) -> Option<u64> {
    let (seed, _) = line.strip_prefix("seed ")?.split_once(" of world ")?;
    seed.parse().ok()
}
