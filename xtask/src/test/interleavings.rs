//! The models of concurrent code, under every interleaving that `loom` finds: the driver's own
//! sources, compiled once more with loom's primitives in a folder of their own.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::Tally;
use crate::run;

/// How long the models may take, built and run; they promise a minute.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// Runs them.
pub(crate) fn run(root: &Path, tally: &mut Tally) -> Result<()> {
    tally.tests("interleavings", &mut command(root)?, LIMIT)
}

fn command(root: &Path) -> Result<Command> {
    let mut tests = run::cargo(root);
    tests.args(["test", "--release", "--package", "speedwell-socket"]);
    tests.args(["--test", "loom"]);
    tests.env("RUSTFLAGS", "--cfg loom");
    tests.env(
        "CARGO_TARGET_DIR",
        run::target_folder(root)?.join("interleavings"),
    );
    Ok(tests)
}
