//! `cargo xtask bench trie`: the set of subscriptions beside what people would otherwise take.
//!
//! `benches/trie` measures, in a workspace of its own; here its lines are gathered, shown and held
//! against the gates. Times of different runs are never compared.

mod gates;
mod rows;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::run;
use rows::{Found, Line};

/// How long building it, and one of its runs, may take.
const BUILD_LIMIT: Duration = Duration::from_secs(20 * 60);
const RUN_LIMIT: Duration = Duration::from_secs(4 * 60 * 60);

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The sets of keys, of `a`, `b`, `c` and `d`.
    #[arg(long, default_value = "a,b,c,d", value_delimiter = ',')]
    sets: Vec<String>,
    /// How many keys. The gates are for 1000000, those of octets for 10000000 too.
    #[arg(long, default_value_t = 1_000_000)]
    n: u64,
    /// Decides in which order keys come and which topics are asked.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only these, and ourselves.
    #[arg(long, value_delimiter = ',')]
    who: Vec<String>,
    /// Where the rows go.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Ours only, no key kept, keys inserted as they are made: for 150000000 of them.
    #[arg(long)]
    alone: bool,
}

/// Measures; true when it could. A gate that is missed is said, and fails nothing.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let folder = build(root)?;
    if options.alone {
        let mut timed = program(&folder, "trie-bench", options);
        return Ok(run::live(timed.arg("--alone"), RUN_LIMIT, |_| {})?.is_success());
    }
    let mut found = Found::default();
    // The counting would cost time: octets and times are of two programs.
    for name in ["trie-bench-counted", "trie-bench"] {
        println!("bench: {name}");
        let mut lines = Vec::new();
        let mut command = program(&folder, name, options);
        let outcome = run::live(&mut command, RUN_LIMIT, |line| lines.push(line.to_owned()))?;
        if !outcome.is_success() {
            bail!("{name} failed: {outcome:?}");
        }
        for line in lines {
            found.take(serde_json::from_str::<Line>(&line).context(line)?);
        }
    }
    println!("\n{found}");
    println!("{}", gates::judge(&found));
    if let Some(path) = &options.json {
        let mut text = serde_json::to_string_pretty(&found.rows)?;
        text.push('\n');
        fs::write(path, text).with_context(|| path.display().to_string())?;
    }
    Ok(true)
}

/// Builds both programs, and says where they are.
fn build(root: &Path) -> Result<PathBuf> {
    let target = run::target_folder(root)?.join("bench/trie");
    let mut cargo = run::cargo(&root.join("benches/trie"));
    cargo
        .args(["build", "--release", "--locked", "--target-dir"])
        .arg(&target);
    if !run::live(&mut cargo, BUILD_LIMIT, |_| {})?.is_success() {
        bail!("benches/trie does not build");
    }
    Ok(target.join("release"))
}

fn program(folder: &Path, name: &str, options: &Options) -> Command {
    let mut command = Command::new(folder.join(run::program(name)));
    command
        .args(["--sets", &options.sets.join(",")])
        .args(["--n", &options.n.to_string()])
        .args(["--seed", &options.seed.to_string()]);
    if !options.who.is_empty() {
        command.args(["--who", &options.who.join(",")]);
    }
    command
}
