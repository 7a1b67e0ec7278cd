//! `cargo xtask bench`: how fast the whole stack is, beside other makers' and raw sockets, and the
//! set of subscriptions beside other structures.
//!
//! `engine` and `trie` measure, `report` writes down what one run of `engine` has found. What
//! follows from the figures is decided in `gate.rs` and `trie/gates.rs` alone. No figure is a test:
//! a machine that is busy says nothing.

mod engine;
mod exchange;
mod gate;
mod machine;
mod page;
mod plot;
mod process;
mod programs;
mod race;
mod report;
mod result;
mod row;
mod trie;
mod who;

#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::Result;
use clap::{Args, Subcommand};

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure ourselves, other makers' libraries and raw sockets, in turn.
    Engine(engine::Options),
    /// Measure the set of subscriptions beside what people would otherwise take.
    Trie(trie::Options),
    /// Write BENCHMARKS.md and its plots from the figures of one run.
    Report(report::Options),
}

/// Does it; true when nothing failed.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    match &options.command {
        Command::Engine(options) => engine::run(root, options),
        Command::Trie(options) => trie::run(root, options),
        Command::Report(options) => report::run(root, options),
    }
}
