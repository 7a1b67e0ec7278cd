//! The programs of an exchange while they run, and what they print as events.

use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::run;

/// How much is read from a program at once.
const CHUNK: usize = 64 * 1024;

/// Something a program did.
#[derive(Debug)]
pub(crate) enum Event {
    /// Ours printed a line.
    OurLine(String),
    /// Theirs printed these octets.
    TheirOctets(Vec<u8>),
    /// Ours prints no more.
    OurEnd,
    /// Theirs prints no more.
    TheirEnd,
}

/// A program that is ended when it is forgotten.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    errors: PathBuf,
}

impl Process {
    /// Starts our side; its lines go to `events`, its complaints to the file `errors`.
    pub(crate) fn ours(command: Command, errors: PathBuf, events: Sender<Event>) -> Result<Self> {
        let (process, output) = Self::start(command, errors)?;
        thread::spawn(move || {
            run::each_line(output, |line| {
                events
                    .send(Event::OurLine(line.trim_end().to_owned()))
                    .is_ok()
            });
            events.send(Event::OurEnd)
        });
        Ok(process)
    }

    /// Starts their side; its output goes to `events`, its complaints to the file `errors`.
    pub(crate) fn theirs(command: Command, errors: PathBuf, events: Sender<Event>) -> Result<Self> {
        let (process, mut output) = Self::start(command, errors)?;
        thread::spawn(move || {
            let mut chunk = vec![0; CHUNK];
            while let Ok(octets) = output.read(&mut chunk)
                && let Some(read) = chunk.get(..octets).filter(|read| !read.is_empty())
                && events.send(Event::TheirOctets(read.to_vec())).is_ok()
            {}
            events.send(Event::TheirEnd)
        });
        Ok(process)
    }

    fn start(mut command: Command, errors: PathBuf) -> Result<(Self, ChildStdout)> {
        let name = command.get_program().to_string_lossy().into_owned();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors)?);
        let mut child = command.spawn().with_context(|| name.clone())?;
        let output = child.stdout.take();
        let process = Self { child, errors };
        Ok((
            process,
            output.with_context(|| format!("{name} has no output"))?,
        ))
    }

    /// Waits until the program has ended by itself, and well.
    pub(crate) fn succeeds_before(&mut self, deadline: Instant) -> Result<()> {
        match run::exit_before(&mut self.child, deadline)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => bail!("we ended with {status}"),
            None => bail!("we did not end"),
        }
    }

    /// What the program wrote to its standard error, on one line.
    pub(crate) fn complaint(&self) -> String {
        let said = fs::read(&self.errors).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        run::end(&mut self.child);
    }
}
