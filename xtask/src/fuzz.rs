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
/// Coverage that libFuzzer goes by, and the address sanitizer. Of nightly only.
const COVERAGE: &str = "--cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table";
/// The longest input that libFuzzer makes.
const INPUT_MAX: u32 = 512;

/// What can be tried, by the names that `fuzz/` gives it.
const TARGETS: [&str; 3] = ["trie", "routes", "wire"];

/// What to try.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How long, all targets together.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Where the random octets begin; another one each time unless said.
    #[arg(long)]
    seed: Option<u64>,
    /// Find the way by coverage, with libFuzzer: nightly and a C++ compiler are needed.
    #[arg(long)]
    coverage: bool,
    /// Only these.
    #[arg(value_parser = TARGETS)]
    targets: Vec<String>,
}

/// Fuzzes; true when no promise was broken.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let seed = options.seed.unwrap_or(clock);
    let target = run::target_folder(root)?.join("fuzz");
    if options.coverage {
        return by_coverage(root, &target, options, seed);
    }
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

/// Runs the targets over libFuzzer, one after the other.
fn by_coverage(root: &Path, target: &Path, options: &Options, seed: u64) -> Result<bool> {
    let triple = "x86_64-unknown-linux-gnu";
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root.join("fuzz"))
        .args(["+nightly", "build", "--release", "--locked", "--bins"])
        .args([
            "--features",
            "libfuzzer",
            "--target",
            triple,
            "--target-dir",
        ])
        .arg(target.join("coverage"))
        .env("RUSTFLAGS", COVERAGE)
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN");
    build(&mut cargo)?;
    let folder = target.join("coverage").join(triple).join("release");
    let all = TARGETS.map(str::to_owned);
    let targets = match &options.targets[..] {
        [] => &all[..],
        chosen => chosen,
    };
    let seconds = (options.seconds / targets.len() as u64).max(1);
    let mut passed = 0;
    for name in targets {
        println!("fuzz: {name}");
        let mut command = Command::new(folder.join(run::program(name)));
        command
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={INPUT_MAX}"))
            .arg(format!("-seed={}", seed % u64::from(u32::MAX)))
            .arg(format!("-artifact_prefix={}/{name}-", target.display()));
        let limit = Duration::from_secs(seconds) + SLACK;
        passed += usize::from(run::live(&mut command, limit, |_| {})?.is_success());
    }
    let failed = targets.len() - passed;
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}

fn build(cargo: &mut Command) -> Result<()> {
    if !run::live(cargo, BUILD_LIMIT, |_| {})?.is_success() {
        bail!("fuzz does not build");
    }
    Ok(())
}
