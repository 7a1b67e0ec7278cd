//! A process of ours that obeys lines, and what is done to it. Killed when it is forgotten.
//! See `xtask/peers/src/serve.rs` for what it obeys.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use super::answer::Answer;
use super::gauge::Gauge;
use super::patience::{LIMIT, until};
use crate::run;

/// A `speedwell-peer serve`.
#[derive(Debug)]
pub(crate) struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<Answer>,
    errors: PathBuf,
    gauge: Gauge,
    address: Option<String>,
    before: Option<Answer>,
}

impl Peer {
    /// Starts a process; its complaints go to the file `errors`.
    pub(crate) fn spawn(mut command: Command, errors: PathBuf) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors)?)
            // An error is a line here; where a panic came from is still said.
            .env("RUST_LIB_BACKTRACE", "0")
            .spawn()
            .with_context(|| command.get_program().to_string_lossy().into_owned())?;
        let output = child.stdout.take().context("no standard output")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            run::each_line(output, |line| sender.send(Answer::new(&line)).is_ok());
        });
        Ok(Self {
            input: child.stdin.take(),
            gauge: Gauge::new(child.id())?,
            child,
            lines,
            errors,
            address: None,
            before: None,
        })
    }

    /// Waits until it is ready.
    pub(crate) fn readied(mut self) -> Result<Self> {
        loop {
            let answer = self.next_line()?;
            match answer.word() {
                "ready" => return Ok(self),
                "before" => self.before = Some(answer),
                "bound" => self.address = answer.line().split(' ').nth(1).map(str::to_owned),
                _ => bail!("it said `{}`: {}", answer.line(), self.complaint()),
            }
        }
    }

    /// Waits until it is ready, or says why it cannot be.
    pub(crate) fn until_ready_or_refused(&mut self) -> Result<String> {
        loop {
            let answer = self.next_line()?;
            if ["ready", "refused"].contains(&answer.word()) {
                return Ok(answer.line().to_owned());
            }
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> Result<&str> {
        self.address.as_deref().context("it is bound to nothing")
    }

    /// The port it listens at.
    pub(crate) fn port(&self) -> Result<u16> {
        let port = self.address()?.rsplit(':').next().unwrap_or_default();
        Ok(port.parse()?)
    }

    /// Threads and descriptors before it opened its socket.
    pub(crate) fn before(&self) -> Result<&Answer> {
        self.before.as_ref().context("it did not count itself")
    }

    /// What the system says of it.
    pub(crate) fn gauge(&self) -> &Gauge {
        &self.gauge
    }

    /// Gives it a line, and waits for the answer.
    pub(crate) fn ask(&mut self, line: &str) -> Result<Answer> {
        self.tell(line)?;
        let answer = self.next_line().with_context(|| line.to_owned())?;
        if answer.word() == "error" {
            bail!("`{line}`: {}", answer.line());
        }
        Ok(answer)
    }

    /// Gives it a line, whose answer is taken later.
    pub(crate) fn tell(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().context("its input was closed")?;
        let told = writeln!(input, "{line}");
        told.with_context(|| format!("`{line}`: {}", self.complaint()))
    }

    /// The next line it says.
    pub(crate) fn next_line(&mut self) -> Result<Answer> {
        match self.lines.recv_timeout(LIMIT) {
            Ok(answer) => Ok(answer),
            Err(RecvTimeoutError::Timeout) => bail!("no answer in {} s", LIMIT.as_secs()),
            Err(RecvTimeoutError::Disconnected) => bail!("it ended: {}", self.complaint()),
        }
    }

    /// One counter of its socket.
    pub(crate) fn stat(&mut self, key: &str) -> Result<u64> {
        self.ask("stats")?.count(key)
    }

    /// Waits until a counter of its socket is at least this, and says how long it took.
    pub(crate) fn until_stat(&mut self, key: &str, at_least: u64) -> Result<Duration> {
        let what = format!("{key} of {at_least}");
        until(&what, LIMIT, || Ok(self.stat(key)? >= at_least)).with_context(|| self.last_stats())
    }

    /// Waits until it has received this many messages, and says how long it took.
    pub(crate) fn until_received(&mut self, at_least: u64) -> Result<Duration> {
        let what = format!("{at_least} messages");
        until(&what, LIMIT, || {
            Ok(self.ask("progress")?.count("received")? >= at_least)
        })
        .with_context(|| self.last_stats())
    }

    fn last_stats(&mut self) -> String {
        self.ask("stats")
            .map_or_else(|error| error.to_string(), |stats| stats.line().to_owned())
    }

    /// Kills it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        run::end(&mut self.child);
    }

    /// Stops it as a debugger does.
    pub(crate) fn stop(&self) -> Result<()> {
        self.gauge.signal(Signal::STOP)
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) -> Result<()> {
        self.gauge.signal(Signal::CONT)
    }

    /// Ends its input, and waits until it has ended by itself, well and without a complaint.
    pub(crate) fn ends(mut self) -> Result<()> {
        let status = self.exit()?.context("it did not end")?;
        let complaint = self.complaint();
        if !status.success() || !complaint.is_empty() {
            bail!("it ended with {status}: {complaint}");
        }
        Ok(())
    }

    /// Ends its input, and waits for its end; `None` when it had to be killed.
    pub(crate) fn exit(&mut self) -> Result<Option<std::process::ExitStatus>> {
        drop(self.input.take());
        run::exit_before(&mut self.child, Instant::now() + LIMIT)
    }

    /// What it wrote to its standard error, on one line.
    pub(crate) fn complaint(&self) -> String {
        let said = fs::read(&self.errors).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        run::end(&mut self.child);
    }
}
