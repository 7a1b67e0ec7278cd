//! Where cases happen: our program, a folder for logs and complaints, and how much is done.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::gauge;
use super::peer::Peer;

/// Where listeners bind: the system chooses the port.
pub(crate) const ANYWHERE: &str = "tcp://127.0.0.1:0";

/// How often a process is started again whose port is taken for the moment.
const STARTS_MAX: usize = 5;

/// The bench.
#[derive(Debug)]
pub(crate) struct Bench {
    ours: PathBuf,
    folder: TempDir,
    is_quick: bool,
    is_long: bool,
    descriptors_max: u64,
    peers: AtomicU32,
}

impl Bench {
    /// A bench for our program at `ours`.
    pub(crate) fn new(ours: PathBuf, is_quick: bool, is_long: bool) -> Result<Self> {
        Ok(Self {
            ours: ours.canonicalize().context("our program")?,
            folder: tempfile::tempdir()?,
            is_quick,
            is_long,
            descriptors_max: gauge::raise_descriptors()?,
            peers: AtomicU32::new(0),
        })
    }

    /// One of two values, for a quick run and a whole one.
    pub(crate) fn pick<T>(&self, quick: T, whole: T) -> T {
        if self.is_quick { quick } else { whole }
    }

    /// How long a steady state is looked at.
    pub(crate) fn look(&self) -> Duration {
        self.pick(Duration::from_secs(1), Duration::from_secs(3))
    }

    /// How long a process is stopped: in a long run for the minute of the catalogue.
    pub(crate) fn stop(&self) -> Duration {
        if self.is_long {
            Duration::from_secs(60)
        } else {
            self.look()
        }
    }

    /// How many descriptors a process may have here.
    pub(crate) fn descriptors_max(&self) -> u64 {
        self.descriptors_max
    }

    /// A file of this run.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts our program with these words, and waits until it is ready. Logs that it is told to
    /// write are files of this run.
    pub(crate) fn serve(&self, words: &str) -> Result<Peer> {
        let mut starts = 1;
        loop {
            match self.start(words).and_then(Peer::readied) {
                Err(error) if starts < STARTS_MAX && is_port_conflict(&error) => starts += 1,
                result => return result.with_context(|| format!("serve {words}")),
            }
        }
    }

    /// Starts our program with these words.
    fn start(&self, words: &str) -> Result<Peer> {
        let mut command = Command::new(&self.ours);
        command.arg("serve").args(words.split_whitespace());
        self.spawn(command)
    }

    /// Starts our program with these words, which may have no more than so many descriptors.
    pub(crate) fn start_limited(&self, words: &str, descriptors: u64) -> Result<Peer> {
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -n \"$1\" && shift && exec \"$@\"", "sh"])
            .arg(descriptors.to_string())
            .arg(&self.ours)
            .arg("serve")
            .args(words.split_whitespace());
        self.spawn(command)
    }

    fn spawn(&self, mut command: Command) -> Result<Peer> {
        let number = self.peers.fetch_add(1, Ordering::Relaxed);
        command.current_dir(self.folder.path());
        Peer::spawn(command, self.file(&format!("errors-{number}")))
    }
}

/// A port that was ours a moment ago may for a moment be somebody's outgoing connection.
fn is_port_conflict(error: &anyhow::Error) -> bool {
    format!("{error:#}").contains("in use")
}
