//! The facade's examples, built for release and run: each proves what it shows, and ends soon.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::{TESTS_LIMIT, Tally, heading};
use crate::run::{self, Outcome};

/// The examples of the facade; the first is the tour.
#[rustfmt::skip]
pub(super) const EXAMPLES: &[&str] =
    &["quickstart", "async_tokio", "async_smol", "epoll_loop", "work_queue"];

/// How long one may take; it promises a third of it.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs every example.
pub(crate) fn run(root: &Path, tally: &mut Tally) -> Result<()> {
    let mut build = run::cargo(root);
    build.args(["build", "--release", "--package", "speedwell", "--examples"]);
    heading("examples", &build);
    if !run::live(&mut build, TESTS_LIMIT, |_| {})?.is_success() {
        tally.program("examples", false);
        return Ok(());
    }
    let folder = run::target_folder(root)?.join("release/examples");
    for name in EXAMPLES {
        let program = folder.join(run::program(name));
        println!("== {name}");
        let outcome = run::live(Command::new(program).current_dir(root), LIMIT, |_| {})?;
        if matches!(outcome, Outcome::Expired) {
            println!("test: {name}: still running after {} s", LIMIT.as_secs());
        }
        tally.program(name, outcome.is_success());
    }
    Ok(())
}
