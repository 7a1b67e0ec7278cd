//! `cargo xtask cross`: the workspace is checked for systems other than this one.
//!
//! A check needs a target's standard library and no linker; a warning fails it. A target that
//! cannot be added is said loudly, and is a failure on a build machine only; the last lines name
//! and count all outcomes.

use std::env;
use std::io::ErrorKind;
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

/// Checks every target; true when none failed, and on a build machine none was missing.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let toolchain = active_toolchain(root)?;
    let (mut checked, mut missing, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for target in TARGETS {
        if !add(target, toolchain.as_deref())? {
            println!("cross: NOT CHECKED {target}: rustup cannot add it here");
            missing.push(*target);
            continue;
        }
        let mut check = run::cargo(root);
        check.args(["check", "--workspace", "--lib", "--bins", "--target"]);
        check.arg(target);
        // What is written for one system is easily unused on another.
        check.env("RUSTFLAGS", "-Dwarnings");
        if run::live(&mut check, LIMIT, |_| {})?.is_success() {
            println!("cross: ok {target}");
            checked.push(*target);
        } else {
            println!("cross: FAILED {target}");
            failed.push(*target);
        }
    }
    let said = [
        ("checked", &checked),
        ("NOT CHECKED", &missing),
        ("FAILED", &failed),
    ];
    for (what, targets) in said.into_iter().filter(|(_, targets)| !targets.is_empty()) {
        println!("cross: {what}: {}", targets.join(", "));
    }
    let is_clean = failed.is_empty() && (missing.is_empty() || !run::is_build_machine());
    let (checked, missing, failed) = (checked.len(), missing.len(), failed.len());
    println!("{checked} checked, {missing} not available, {failed} failed");
    Ok(is_clean)
}

/// The toolchain that builds us; `None` where there is no rustup to ask.
fn active_toolchain(root: &Path) -> Result<Option<String>> {
    if let Ok(name) = env::var("RUSTUP_TOOLCHAIN") {
        return Ok(Some(name));
    }
    let mut ask = Command::new("rustup");
    let output = match ask
        .args(["show", "active-toolchain"])
        .current_dir(root)
        .output()
    {
        Err(error) if error.kind() == ErrorKind::NotFound && !run::is_build_machine() => {
            println!("cross: NO RUSTUP here, so no other system can be checked");
            return Ok(None);
        }
        other => other.context("rustup show active-toolchain")?,
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match text.split_whitespace().next() {
        Some(name) => Ok(Some(name.to_owned())),
        None => bail!("rustup names no active toolchain"),
    }
}

/// Adds the standard library of `target`; false when that is not possible here.
fn add(target: &str, toolchain: Option<&str>) -> Result<bool> {
    let Some(toolchain) = toolchain else {
        return Ok(false);
    };
    let status = Command::new("rustup")
        .args(["target", "add", "--toolchain", toolchain, target])
        .stdout(Stdio::null())
        .status()
        .context("rustup target add")?;
    Ok(status.success())
}
