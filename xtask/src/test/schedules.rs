//! Whole sockets under schedules that `shuttle` draws at random: the driver, the transport inside a
//! process and the protocols, built on the checker's threads in a folder of their own.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::{LONG, LONG_TESTS_LIMIT, Tally, under_checker};

/// How long they may take, built and run; the models promise seconds.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// Tries some thousand schedules of each model.
pub(crate) fn run(root: &Path, tally: &mut Tally) -> Result<()> {
    let mut tests = under_checker(root, "shuttle", "schedules")?;
    tally.tests("schedules", &mut tests, LIMIT)
}

/// Tries some hundred thousand of each.
pub(crate) fn run_long(root: &Path, tally: &mut Tally) -> Result<()> {
    let mut tests = under_checker(root, "shuttle", "schedules")?;
    tests.env(LONG, "1");
    tally.tests("long schedules", &mut tests, LONG_TESTS_LIMIT)
}
