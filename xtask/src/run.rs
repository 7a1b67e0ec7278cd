//! Other programs run from here: echoed live, read line by line, and never waited for forever.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;

/// How often a child that has closed its output is asked whether it is gone.
const EXIT_POLL: Duration = Duration::from_millis(10);

/// How a program ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// By itself, with this code; `None` when a signal ended it.
    Exited(Option<i32>),
    /// It was still running at the limit, and was killed.
    Expired,
}

impl Outcome {
    /// Whether the program said that all is well.
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, Self::Exited(Some(0)))
    }
}

/// The cargo that runs us, in `folder`.
pub(crate) fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    command
}

/// Whether this is a build machine, on which nothing may be left out for want of a tool.
pub(crate) fn is_build_machine() -> bool {
    env::var("CI").is_ok_and(|value| value == "true")
}

/// Where cargo puts what it builds for the workspace at `root`.
pub(crate) fn target_folder(root: &Path) -> Result<PathBuf> {
    let mut query = MetadataCommand::new();
    let metadata = query
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}

/// The file name of the program `name`.
pub(crate) fn program(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

/// Runs `command` for at most `limit`, printing its output and showing each line to `see`.
/// Its errors go where ours go.
pub(crate) fn live(
    command: &mut Command,
    limit: Duration,
    mut see: impl FnMut(&str),
) -> Result<Outcome> {
    let deadline = Instant::now() + limit;
    let name = command.get_program().to_string_lossy().into_owned();
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = spawned.with_context(|| name.clone())?;
    let Some(output) = child.stdout.take() else {
        bail!("{name} has no output")
    };
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || each_line(output, |line| sender.send(line).is_ok()));
    let mut screen = io::stdout();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left) {
            Ok(line) => {
                screen.write_all(line.as_bytes())?;
                screen.flush()?;
                see(line.trim_end());
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                end(&mut child);
                return Ok(Outcome::Expired);
            }
        }
    }
    Ok(match exit_before(&mut child, deadline)? {
        Some(status) => Outcome::Exited(status.code()),
        None => Outcome::Expired,
    })
}

/// Gives each line of `output` to `take`, until either has enough.
pub(crate) fn each_line(output: impl Read, mut take: impl FnMut(String) -> bool) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while output
        .read_until(b'\n', &mut line)
        .is_ok_and(|octets| octets > 0)
    {
        if !take(String::from_utf8_lossy(&line).into_owned()) {
            return;
        }
        line.clear();
    }
}

/// Waits for `child` until `deadline`, then kills it and gives `None`.
pub(crate) fn exit_before(child: &mut Child, deadline: Instant) -> Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            end(child);
            return Ok(None);
        }
        thread::sleep(EXIT_POLL);
    }
}

/// Kills `child` and collects it; one that is already gone is no error.
pub(crate) fn end(child: &mut Child) {
    let _gone = child.kill();
    let _collected = child.wait();
}
