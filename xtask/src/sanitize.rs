//! `cargo xtask sanitize`: the tests with many threads under the thread sanitizer of nightly, which
//! reports what two threads touch with no order between them.
//!
//! The standard library is built with the sanitizer too, for which its sources are needed
//! (`rustup component add rust-src --toolchain nightly`). Of one that comes ready-made it does not
//! see the orders, and reports what is handed over by them as races of ours; to leave those out
//! would be to leave out real ones. Nothing is left out here, and every report is a failure.
//! Without nightly or the sources, or for a system that has no such sanitizer, this says so and is
//! no failure: no more is needed to build and to use anything here.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use crate::run;
use crate::test::{LONG, Tally};

/// How long one of the runs may take, built and run.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// The systems that have the sanitizer.
const TRIPLES: &[&str] = &[
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "aarch64-apple-darwin",
];

/// The runs, optimized.
#[rustfmt::skip]
const RUNS: &[&[&str]] = &[
    &["--package", "speedwell-inproc", "--lib", "--tests"],
    &["--package", "speedwell-socket", "--all-features", "--lib"],
    &["--package", "speedwell", "--all-features",
        "--test", "event_loops", "--test", "futures", "--test", "sockets"],
];

/// Sixteen threads, a hundred thousand messages each, and the socket is closed in the middle.
#[rustfmt::skip]
const LONG_RUN: &[&str] =
    &["--package", "speedwell", "--all-features", "--test", "event_loops", "sixteen_threads"];

/// Runs the tests; true when none failed and nothing was reported.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let mut tally = Tally::default();
    add(root, &mut tally)?;
    Ok(tally.sum())
}

/// The same, as a part of the long tests.
pub(crate) fn add(root: &Path, tally: &mut Tally) -> Result<()> {
    let Some(triple) = triple() else {
        return Ok(());
    };
    for run in RUNS {
        tally.tests("sanitize", &mut command(root, &triple, run)?, LIMIT)?;
    }
    let mut long = command(root, &triple, LONG_RUN)?;
    tally.tests("sanitize", long.env(LONG, "1"), LIMIT)
}

/// The system that nightly builds for; `None`, which is said, when it lacks something.
fn triple() -> Option<String> {
    let missing = |what: &str| println!("sanitize: NOT RUN: {what}");
    let Some(version) = ask("rustc", &["-vV"]) else {
        missing("there is no nightly toolchain here");
        return None;
    };
    let triple = version.lines().find_map(|line| line.strip_prefix("host: "));
    let Some(triple) = triple.filter(|triple| TRIPLES.contains(triple)) else {
        missing("this system has no thread sanitizer");
        return None;
    };
    let sysroot = ask("rustc", &["--print", "sysroot"]).unwrap_or_default();
    let sources = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/Cargo.lock");
    if !sources.is_file() {
        missing("nightly has no rust-src here");
        return None;
    }
    Some(triple.to_owned())
}

/// What a program of nightly says; `None` when there is none, or no rustup.
fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command
        .arg("+nightly")
        .args(arguments)
        .stderr(Stdio::null());
    let output = command.env_remove("RUSTUP_TOOLCHAIN").output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(said)
}

fn command(root: &Path, triple: &str, run: &[&str]) -> Result<Command> {
    let mut tests = Command::new("cargo");
    tests.current_dir(root);
    tests.args(["+nightly", "test", "--release", "--no-fail-fast"]);
    tests.args(["-Zbuild-std", "--target", triple]).args(run);
    tests
        .env("RUSTFLAGS", "-Zsanitizer=thread")
        .env("TSAN_OPTIONS", "history_size=4")
        .env(
            "CARGO_TARGET_DIR",
            run::target_folder(root)?.join("sanitize"),
        )
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN");
    Ok(tests)
}
