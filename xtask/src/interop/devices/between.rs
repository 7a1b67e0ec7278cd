//! Our device between the ends of others: one asks, the other answers, and both print what came.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::{Between, LIMIT, Stage};
use crate::interop::cases::Program;
use crate::interop::payload;
use crate::interop::process::{Event, Process};

/// Seconds after which a program asks again that is to ask once. It only has to stay alive.
const STAY_S: &str = "1";

/// One question and its answer.
pub(crate) fn exchange(
    stage: &Stage,
    row: &Between,
    octets: usize,
) -> Result<Option<&'static str>> {
    let deadline = Instant::now() + LIMIT;
    let question = payload::body(octets);
    let answer: Vec<u8> = question.iter().rev().copied().collect();
    let (asked, answered) = (stage.file("question"), stage.file("answer"));
    fs::write(&asked, &question)?;
    fs::write(&answered, &answer)?;
    let (ours, sides) = stage.ours(&row.ours(stage.folder.path()), deadline)?;
    let (sender, heard) = mpsc::channel();
    let command = answers(row.answers, &sides.back, &answered);
    let answerer = Process::theirs(command, stage.file("answerer"), sender)?;
    let (sender, told) = mpsc::channel();
    let command = asks(row.asks, &sides.front, &asked);
    let asker = Process::theirs(command, stage.file("asker"), sender)?;
    let complete = first_message(&heard, deadline)
        .and_then(|heard| payload::compare(&heard, &question))
        .context("the question")
        .and_then(|()| first_message(&told, deadline))
        .and_then(|told| payload::compare(&told, &answer))
        .context("the answer");
    match complete {
        Ok(()) => Ok(Some("")),
        Err(error) => {
            let they = [asker.complaint(), answerer.complaint()].join(" ");
            bail!(
                "{error:#} (we said `{}`, they said `{they}`)",
                ours.complaint()
            )
        }
    }
}

/// The command of who asks.
pub(crate) fn asks(program: Program, address: &str, file: &Path) -> Command {
    let role = match program {
        Program::Nanocat => "--req",
        Program::Nngcat => "--req0",
    };
    let mut command = end(program, role, address, file);
    command.args(["-i", STAY_S]);
    command
}

/// The command of who answers.
pub(crate) fn answers(program: Program, address: &str, file: &Path) -> Command {
    let role = match program {
        Program::Nanocat => "--rep",
        Program::Nngcat => "--rep0",
    };
    end(program, role, address, file)
}

fn end(program: Program, role: &str, address: &str, file: &Path) -> Command {
    let mut command = Command::new(program.name());
    command.args([role, "--connect", address]);
    if program == Program::Nngcat {
        command.arg("--async");
    }
    command.args(["--msgpack", "-F"]).arg(file);
    command
}

/// The first whole message that a program prints.
fn first_message(events: &Receiver<Event>, deadline: Instant) -> Result<Vec<u8>> {
    let mut output = Vec::new();
    loop {
        if let Some(message) = payload::take_message(&mut output)? {
            return Ok(message);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        match events.recv_timeout(left) {
            Ok(Event::TheirOctets(octets)) => output.extend_from_slice(&octets),
            Ok(_) => bail!("they ended with {} octets", output.len()),
            Err(_) => bail!("{} octets at the deadline", output.len()),
        }
    }
}
