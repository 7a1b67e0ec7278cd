//! The models of the protocols, each with a large number of scripts: the tests named `*model` of
//! every crate in `crates/protocols`, and what they stand on.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{LONG_TESTS_LIMIT, Tally};
use crate::run;

/// Random scripts for each model.
const CASES: u32 = 100_000;
/// How many cases proptest tries, unless a test says otherwise.
const CASES_VARIABLE: &str = "PROPTEST_CASES";

/// Runs them, built for release.
pub(crate) fn run(root: &Path, tally: &mut Tally) -> Result<()> {
    tally.tests("models", &mut command(root)?, LONG_TESTS_LIMIT)
}

/// The run of all models.
pub(super) fn command(root: &Path) -> Result<Command> {
    let mut tests = run::cargo(root);
    tests.args(["test", "--release", "--no-fail-fast"]);
    for package in packages(root)? {
        tests.args(["--package", &package]);
    }
    tests.args(["--test", "*model"]);
    tests.env(CASES_VARIABLE, CASES.to_string());
    Ok(tests)
}

/// The crates of protocols, and of the sets of pipes.
fn packages(root: &Path) -> Result<Vec<String>> {
    let mut packages = vec!["speedwell-pipeset".to_owned()];
    for folder in fs::read_dir(root.join("crates/protocols"))? {
        let name = folder?.file_name();
        packages.push(format!("speedwell-{}", name.to_string_lossy()));
    }
    packages.sort();
    Ok(packages)
}
