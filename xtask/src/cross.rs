//! `cargo xtask cross`: the workspace is checked for systems other than this one.
//!
//! A check needs a target's standard library and no linker. A target that cannot be added
//! here is said loudly and is not a failure; the last line counts all three outcomes.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::run;

/// The systems checked: another poller, another word size, another family of sockets.
const TARGETS: &[&str] = &[
    "x86_64-pc-windows-gnu",
    "aarch64-apple-darwin",
    "x86_64-unknown-freebsd",
    "i686-unknown-linux-gnu",
];

/// How long one check may take.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// Checks every target; true when none failed.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let toolchain = active_toolchain(root)?;
    let (mut checked, mut missing, mut failed) = (0, 0, 0);
    for target in TARGETS {
        if !add(target, &toolchain)? {
            println!("cross: NOT CHECKED {target}: rustup cannot add it here");
            missing += 1;
            continue;
        }
        let mut check = run::cargo(root);
        check.args([
            "check",
            "--workspace",
            "--lib",
            "--bins",
            "--target",
            target,
        ]);
        if run::live(&mut check, LIMIT, |_| {})?.is_success() {
            println!("cross: ok {target}");
            checked += 1;
        } else {
            println!("cross: FAILED {target}");
            failed += 1;
        }
    }
    println!("{checked} checked, {missing} not available, {failed} failed");
    Ok(failed == 0)
}

/// The toolchain that builds us.
fn active_toolchain(root: &Path) -> Result<String> {
    if let Ok(name) = env::var("RUSTUP_TOOLCHAIN") {
        return Ok(name);
    }
    let output = Command::new("rustup")
        .args(["show", "active-toolchain"])
        .current_dir(root)
        .output()
        .context("rustup show active-toolchain")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match text.split_whitespace().next() {
        Some(name) => Ok(name.to_owned()),
        None => bail!("rustup names no active toolchain"),
    }
}

/// Adds the standard library of `target`; false when that is not possible here.
fn add(target: &str, toolchain: &str) -> Result<bool> {
    let status = Command::new("rustup")
        .args(["target", "add", "--toolchain", toolchain, target])
        .stdout(Stdio::null())
        .status()
        .context("rustup target add")?;
    Ok(status.success())
}
