//! `cargo xtask test`: every test there is, and with `--long` those that take an hour.
//!
//! The last line is `N passed, M failed`. Tests are counted from the harness's own results;
//! a program that has to succeed counts as one.

mod examples;
mod interleavings;
mod models;
mod mutants;
mod schedules;
mod simulation;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;

use crate::dag::third_party;
use crate::run::{self, Outcome};
use crate::sanitize;

/// How long a run of `cargo test` may take; a test that hangs ends here.
const TESTS_LIMIT: Duration = Duration::from_secs(30 * 60);
/// How long a long run may take.
const LONG_TESTS_LIMIT: Duration = Duration::from_secs(3 * 60 * 60);
/// How many schedules the long run simulates, of all worlds in turn: a million of
/// each.
const LONG_SEEDS: u32 = 6_000_000;
/// What tells every test that it may take its time; see `speedwell_testkit::effort`.
pub(crate) const LONG: &str = "SPEEDWELL_LONG";

/// What to test.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Also run the release build's long tests, the sanitizer, the simulator and its mutants.
    #[arg(long)]
    long: bool,
    /// Only the simulator's mutants.
    #[arg(long, conflicts_with = "long")]
    mutants: bool,
}

/// What passed and what did not.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
}

/// Runs the tests; true when none failed.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let started = Instant::now();
    let mut tally = Tally::default();
    if options.mutants {
        mutants::run(root, &mut tally)?;
    } else {
        usual(root, &mut tally)?;
    }
    if options.long {
        long(root, &mut tally)?;
    }
    println!("test: {} s", started.elapsed().as_secs());
    Ok(tally.sum() && tally.passed > 0)
}

/// What every change has to pass.
fn usual(root: &Path, tally: &mut Tally) -> Result<()> {
    let mut all = run::cargo(root);
    all.args(["test", "--workspace", "--all-features", "--no-fail-fast"]);
    tally.tests("the workspace", &mut all, TESTS_LIMIT)?;
    third_party_workspaces(root, tally)?;
    interleavings::run(root, tally)?;
    schedules::run(root, tally)?;
    examples::run(root, tally)
}

/// What takes its time: the same tests with large counts, many seeds, planted bugs.
fn long(root: &Path, tally: &mut Tally) -> Result<()> {
    let mut tests = run::cargo(root);
    tests.args(["test", "--workspace", "--all-features", "--release"]);
    tests.arg("--no-fail-fast").env(LONG, "1");
    tally.tests("long", &mut tests, LONG_TESTS_LIMIT)?;
    models::run(root, tally)?;
    schedules::run_long(root, tally)?;
    sanitize::add(root, tally)?;
    let report = simulation::in_workspace(root, LONG_SEEDS)?;
    tally.program(&format!("simulate {LONG_SEEDS} seeds"), report.is_clean());
    mutants::run(root, tally)
}

impl Tally {
    /// Says how many passed and failed; true when none failed.
    pub(crate) fn sum(&self) -> bool {
        println!("{} passed, {} failed", self.passed, self.failed);
        self.failed == 0
    }

    /// Runs a test harness and counts its results. One that fails without a failed test, as
    /// when it does not compile, counts as one failure.
    pub(crate) fn tests(
        &mut self,
        name: &str,
        harness: &mut Command,
        limit: Duration,
    ) -> Result<()> {
        heading(name, harness);
        let mut failed = 0;
        let outcome = run::live(harness, limit, |line| {
            if let Some((ok, not_ok)) = test_result(line) {
                self.passed += ok;
                failed += not_ok;
            }
        })?;
        if matches!(outcome, Outcome::Expired) {
            println!("test: {name}: still running after {} s", limit.as_secs());
        }
        if !outcome.is_success() && failed == 0 {
            println!("test: {name}: FAILED without a failed test");
            failed = 1;
        }
        self.failed += failed;
        Ok(())
    }

    /// Counts a program that had to succeed.
    fn program(&mut self, name: &str, succeeded: bool) {
        println!("test: {name}: {}", if succeeded { "ok" } else { "FAILED" });
        self.passed += u64::from(succeeded);
        self.failed += u64::from(!succeeded);
    }
}

/// The tests of the driver that stand on a checker of threads: its sources once more, compiled with
/// `checker`, into a folder of their own.
fn under_checker(root: &Path, checker: &str, folder: &str) -> Result<Command> {
    let mut tests = run::cargo(root);
    tests.args(["test", "--release", "--package", "speedwell-socket"]);
    tests.args(["--test", checker]);
    tests.env("RUSTFLAGS", format!("--cfg {checker}"));
    tests.env("CARGO_TARGET_DIR", run::target_folder(root)?.join(folder));
    Ok(tests)
}

/// Says what runs next.
fn heading(name: &str, command: &Command) {
    let arguments: Vec<_> = command
        .get_args()
        .map(|word| word.to_string_lossy())
        .collect();
    println!("== {name}: {}", arguments.join(" "));
}

/// Passed and failed tests, when `line` is the last line of a test harness.
fn test_result(line: &str) -> Option<(u64, u64)> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |what: &str| {
        let field = counts
            .split(';')
            .find_map(|field| field.trim().strip_suffix(what))?;
        field.trim().parse().ok()
    };
    Some((count("passed")?, count("failed")?))
}

/// Builds and tests what a third party would publish, each a workspace of its own.
fn third_party_workspaces(root: &Path, tally: &mut Tally) -> Result<()> {
    let manifests = third_party(root)?;
    if manifests.is_empty() {
        println!("test: NOT TESTED third-party workspaces: there are none here");
    }
    let target = run::target_folder(root)?.join("third-party");
    for manifest in manifests {
        let name = manifest
            .strip_prefix(root)
            .unwrap_or(&manifest)
            .display()
            .to_string();
        for step in ["build", "test"] {
            let mut command = run::cargo(root);
            command.arg(step).arg("--manifest-path").arg(&manifest);
            command.env("CARGO_TARGET_DIR", &target);
            if step == "test" {
                tally.tests(&name, &mut command, TESTS_LIMIT)?;
            } else {
                heading(&name, &command);
                let outcome = run::live(&mut command, TESTS_LIMIT, |_| {})?;
                tally.program(&format!("build {name}"), outcome.is_success());
            }
        }
    }
    Ok(())
}
