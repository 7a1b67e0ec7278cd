//! The models of concurrent code, under every interleaving that `loom` finds: the driver's own
//! sources, compiled once more with loom's primitives in a folder of their own.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::{Tally, under_checker};

/// How long the models may take, built and run; they promise a minute.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// Runs them.
pub(crate) fn run(root: &Path, tally: &mut Tally) -> Result<()> {
    let mut tests = under_checker(root, "loom", "interleavings")?;
    tally.tests("interleavings", &mut tests, LIMIT)
}
