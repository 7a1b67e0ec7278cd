//! `cargo xtask`: the project's own tasks, one file for each command.
//!
//! Nothing here is part of the library, and of the library only the testkit's accounting is needed
//! to build this.

mod bench;
#[cfg(unix)]
mod capi;
mod chaos;
mod cross;
mod dag;
mod fuzz;
mod interop;
mod run;
mod sanitize;
mod spec;
mod test;
mod tidy;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// The tasks.
#[derive(Debug, Subcommand)]
enum Command {
    /// Scan the sources: ceilings, opening docs, and the nevers a scan can see.
    Tidy,
    /// Check the edges between crates against the architecture.
    Dag,
    /// List what cites each requirement; each needs a test.
    Spec,
    /// Run every test and example, and the third-party workspaces.
    Test(test::Options),
    /// Run the tests with many threads under nightly's thread sanitizer.
    Sanitize,
    /// Check the workspace for other operating systems and word sizes.
    Cross,
    /// Do faults to real processes of ours, and measure.
    Chaos(chaos::Options),
    /// Give octets of strangers to what reads them, for some time.
    Fuzz(fuzz::Options),
    /// Put the C library where programs find it, by its own names and by nanomsg's.
    #[cfg(unix)]
    Capi(capi::Options),
    /// Exchange messages with `nanocat` and `nngcat`.
    Interop(interop::Options),
    /// Measure the whole stack beside other makers' libraries.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = tree::root().and_then(|root| match arguments.command {
        Command::Tidy => tidy::run(&root),
        Command::Dag => dag::run(&root),
        Command::Spec => spec::run(&root),
        Command::Test(options) => test::run(&root, &options),
        Command::Sanitize => sanitize::run(&root),
        Command::Cross => cross::run(&root),
        Command::Chaos(options) => chaos::run(&root, &options),
        Command::Fuzz(options) => fuzz::run(&root, &options),
        #[cfg(unix)]
        Command::Capi(options) => capi::run(&root, &options),
        Command::Interop(options) => interop::run(&root, &options),
        Command::Bench(options) => bench::run(&root, &options),
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}
