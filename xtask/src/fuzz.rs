//! `cargo xtask fuzz`: octets of strangers into what reads them, for some time. What is tried is
//! written in `fuzz/`, a workspace of its own; here it is built and run.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use clap::Args;

use crate::run;

/// How long building it may take, and how much longer than it was told it may run.
const BUILD_LIMIT: Duration = Duration::from_secs(20 * 60);
const SLACK: Duration = Duration::from_secs(5 * 60);

/// What to try.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How long, all targets together.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Where the random octets begin; another one each time unless said.
    #[arg(long)]
    seed: Option<u64>,
    /// Only these.
    #[arg(value_parser = ["trie", "routes", "wire"])]
    targets: Vec<String>,
}

/// Fuzzes; true when no promise was broken.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let seed = options.seed.unwrap_or(clock);
    let target = run::target_folder(root)?.join("fuzz");
    let mut cargo = run::cargo(&root.join("fuzz"));
    cargo
        .args(["build", "--release", "--locked", "--bin", "speedwell-fuzz"])
        .arg("--target-dir")
        .arg(&target);
    build(&mut cargo)?;
    let program = target.join("release").join(run::program("speedwell-fuzz"));
    let mut command = Command::new(program);
    command
        .args([options.seconds.to_string(), seed.to_string()])
        .args(&options.targets);
    let limit = Duration::from_secs(options.seconds) + SLACK;
    Ok(run::live(&mut command, limit, |_| {})?.is_success())
}

fn build(cargo: &mut Command) -> Result<()> {
    if !run::live(cargo, BUILD_LIMIT, |_| {})?.is_success() {
        bail!("fuzz does not build");
    }
    Ok(())
}
