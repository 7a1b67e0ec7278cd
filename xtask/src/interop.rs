//! `cargo xtask interop`: messages exchanged with other makers' programs over tcp and ipc.
//!
//! `nanocat` (nanomsg) and `nngcat` (NNG) talk to our `speedwell-peer`, and then to our `swcat`, in
//! both directions and with either side bound. Length and content are checked at the receiving
//! end, whichever it is. No port is fixed, and every exchange has a deadline. Devices have tables
//! of their own.

mod cases;
#[cfg(unix)]
mod compat;
mod devices;
mod exchange;
mod gathering;
mod payload;
mod peers;
mod process;
mod swcat;
mod watch;

#[cfg(test)]
mod tests;

use std::env;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::run;
use cases::{COLUMNS, Case, Column, PROGRAMS, Program, Row, rows};
use exchange::Bench;

/// How long building our side may take.
const BUILD_LIMIT: Duration = Duration::from_secs(20 * 60);
/// The width of what stands before a row.
const TITLE: usize = 49;
/// The width of a cell.
const CELL: usize = 10;

/// What to exchange.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only the columns that matter most.
    #[arg(long)]
    quick: bool,
    /// Only the rows that have this word, such as `nngcat`, `ipc`, `survey`, `device` or `swcat`.
    #[arg(long, value_name = "WORD")]
    only: Option<String>,
    /// A program to use as our side, in place of the one built here.
    #[arg(long, value_name = "PATH")]
    peer: Option<PathBuf>,
    /// Lets `nanocat` run on our library, under nanomsg's name: it against our peer, and against
    /// `nngcat`.
    #[cfg(unix)]
    #[arg(long)]
    compat: bool,
}

/// What passed and what did not.
#[derive(Debug, Default)]
struct Tally {
    passed: u32,
    failed: u32,
}

/// Runs the matrix and the devices; true when no exchange failed.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let programs = installed()?;
    #[cfg(unix)]
    if options.compat {
        return run_compat(root, options, &programs);
    }
    let ours = match &options.peer {
        Some(path) => path.clone(),
        None => build(root)?,
    };
    let columns = columns(options.quick);
    let bench = Bench::new(ours.clone())?;
    let started = Instant::now();
    let mut tally = Tally::default();
    header("", &columns);
    let only = options.only.as_deref();
    let is_chosen = |row: &Row| programs.contains(&row.program) && has_word(row, only);
    for row in rows().filter(is_chosen) {
        run_row(&row, &columns, &mut tally, |case| bench.run(case))?;
    }
    run_swcat(root, &bench, options, &programs, &mut tally)?;
    if only.is_none_or(|word| word == "device") {
        devices::run(root, &ours, &programs, options.quick, &mut tally)?;
    }
    for gathering in gathering::all().filter(|row| has_word(row, only)) {
        if programs.len() == PROGRAMS.len() {
            tally.single(&gathering, || bench.gather(&gathering));
        } else {
            println!("interop: NOT RUN {gathering}: a program is missing");
        }
    }
    println!("interop: {} s", started.elapsed().as_secs());
    println!("{} passed, {} failed", tally.passed, tally.failed);
    let found_rows = only.is_none() || tally.passed > 0;
    Ok(tally.failed == 0 && found_rows)
}

/// Runs the matrix with our command-line tool in the place of our peer.
fn run_swcat(
    root: &Path,
    bench: &Bench,
    options: &Options,
    programs: &[Program],
    tally: &mut Tally,
) -> Result<()> {
    let only = options.only.as_deref();
    let is_chosen = |row: &Row| {
        programs.contains(&row.program) && (swcat::is_meant(only) || has_word(row, only))
    };
    let rows: Vec<_> = swcat::all().filter(is_chosen).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let program = build_program(root, "speedwell-cat", "swcat")?;
    let columns = swcat::columns(options.quick);
    header("swcat on our side", &columns);
    for row in &rows {
        run_row(row, &columns, tally, |case| {
            swcat::run(bench, &program, case)
        })?;
    }
    Ok(())
}

/// Runs `nanocat` on our library; true when no exchange failed.
#[cfg(unix)]
fn run_compat(root: &Path, options: &Options, programs: &[Program]) -> Result<bool> {
    if programs.len() < PROGRAMS.len() {
        println!("interop: NOT RUN nanocat on our library: a program is missing");
        return Ok(true);
    }
    let compat = compat::Compat::new(root)?;
    let bench = Bench::new(build(root)?)?.with_libraries(compat.libraries());
    let columns = columns(options.quick);
    let mut tally = Tally::default();
    header("nanocat on our library", &columns);
    let only = options.only.as_deref();
    let of_nanocat = |row: &Row| row.program == Program::Nanocat && has_word(row, only);
    for row in rows().filter(of_nanocat) {
        run_row(&row, &columns, &mut tally, |case| bench.run(case))?;
    }
    compat.run(only, &mut tally);
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(tally.failed == 0 && tally.passed > 0)
}

/// Whether a row has this word, in letters of either size; every row has none.
fn has_word(row: &impl fmt::Display, word: Option<&str>) -> bool {
    let row = row.to_string().to_lowercase();
    let words = |wanted: &str| {
        row.split([' ', '/'])
            .any(|word| word == wanted.to_lowercase())
    };
    word.is_none_or(words)
}

/// The programs that are here. On a build machine all have to be.
fn installed() -> Result<Vec<Program>> {
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    let must = run::is_build_machine();
    let mut found = Vec::new();
    for program in PROGRAMS {
        let name = run::program(program.name());
        if folders.iter().any(|folder| folder.join(&name).is_file()) {
            found.push(program);
        } else if must {
            bail!(
                "{} is not installed (Debian: {})",
                program.name(),
                program.package()
            );
        } else {
            let package = program.package();
            println!(
                "interop: NOT RUN {}: not installed (Debian: {package})",
                program.name()
            );
        }
    }
    Ok(found)
}

/// Builds our side of the exchanges.
pub(crate) fn build(root: &Path) -> Result<PathBuf> {
    build_program(root, "speedwell-xtask-peers", "speedwell-peer")
}

/// Builds a program of ours.
fn build_program(root: &Path, package: &str, name: &str) -> Result<PathBuf> {
    let mut cargo = run::cargo(root);
    cargo.args(["build", "--package", package, "--bin", name]);
    if !run::live(&mut cargo, BUILD_LIMIT, |_| {})?.is_success() {
        bail!("{name} does not build");
    }
    Ok(run::target_folder(root)?
        .join("debug")
        .join(run::program(name)))
}

/// Prints the titles of the table.
fn header(title: &str, columns: &[&Column]) {
    print!("{title:<TITLE$}");
    for column in columns {
        print!("{:>CELL$}", column.title);
    }
    println!();
}

/// The columns that are wanted.
fn columns(quick: bool) -> Vec<&'static Column> {
    let is_wanted = |column: &&Column| column.quick || !quick;
    COLUMNS.iter().filter(is_wanted).collect()
}

impl Tally {
    /// Runs the one exchange of a row, and prints how it ended.
    fn single(&mut self, row: &impl fmt::Display, exchange: impl FnOnce() -> Result<()>) {
        let started = Instant::now();
        let title = row.to_string();
        match exchange() {
            Ok(()) => {
                self.passed += 1;
                let cell = format!("{} ms", started.elapsed().as_millis());
                println!("{title:<TITLE$}{cell:>CELL$}");
            }
            Err(error) => {
                self.failed += 1;
                println!("{title:<TITLE$}{:>CELL$}", "FAILED");
                println!("  FAILED {title}: {error:#}");
            }
        }
    }
}

/// Runs the exchanges of one row, printing each as it ends.
fn run_row(
    row: &Row,
    columns: &[&Column],
    tally: &mut Tally,
    exchange: impl Fn(&Case<'_>) -> Result<()>,
) -> Result<()> {
    print!("{:<TITLE$}", row.to_string());
    let mut failures = Vec::new();
    for column in columns {
        let case = Case { row, column };
        let started = Instant::now();
        let cell = if !case.is_possible() {
            "-".to_owned()
        } else if let Err(error) = exchange(&case) {
            tally.failed += 1;
            failures.push(format!("{row}, {}: {error:#}", column.title));
            "FAILED".to_owned()
        } else {
            tally.passed += 1;
            format!("{} ms", started.elapsed().as_millis())
        };
        print!("{cell:>CELL$}");
        io::stdout().flush()?;
    }
    println!();
    for failure in failures {
        println!("  FAILED {failure}");
    }
    Ok(())
}
