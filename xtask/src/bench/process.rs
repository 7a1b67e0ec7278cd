//! A program that is measured while it runs, and the one that reads its clock. Judges nothing.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::run;

/// A running program, whose lines are read. It is ended when it is forgotten.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: PathBuf,
}

impl Process {
    /// Starts `program` on `processor`, or on any. Its complaints go to the file `errors`.
    pub(crate) fn start(
        program: &Path,
        arguments: &[String],
        processor: Option<usize>,
        errors: PathBuf,
    ) -> Result<Self> {
        let mut command = match processor {
            None => Command::new(program),
            Some(processor) => {
                let mut taskset = Command::new("taskset");
                taskset.args(["--cpu-list", &processor.to_string()]);
                taskset.arg(program);
                taskset
            }
        };
        let name = program.display().to_string();
        let mut child = command
            .args(arguments)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors)?)
            .spawn()
            .with_context(|| name.clone())?;
        let output = child.stdout.take().context("no output")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || run::each_line(output, |line| sender.send(line).is_ok()));
        Ok(Self {
            name,
            input: child.stdin.take(),
            child,
            lines,
            errors,
        })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line it prints.
    ///
    /// # Errors
    ///
    /// When none comes within `patience`, or none comes any more; with its complaints.
    pub(crate) fn line(&self, patience: Duration) -> Result<String> {
        match self.lines.recv_timeout(patience) {
            Ok(line) => Ok(line.trim_end().to_owned()),
            Err(why) => {
                let said = fs::read(&self.errors).unwrap_or_default();
                let said = String::from_utf8_lossy(&said);
                let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
                match why {
                    RecvTimeoutError::Timeout => {
                        bail!("{} said nothing for {patience:?}; {said}", self.name)
                    }
                    RecvTimeoutError::Disconnected => bail!("{} ended: {said}", self.name),
                }
            }
        }
    }

    /// Gives it a line.
    pub(crate) fn tell(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().context("its input is closed")?;
        writeln!(input, "{line}")?;
        Ok(input.flush()?)
    }

    /// Closes its input: it may go.
    pub(crate) fn release(&mut self) {
        self.input = None;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        run::end(&mut self.child);
    }
}
