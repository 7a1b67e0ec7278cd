//! The matrix with `swcat` on our side: the same command lines as the other programs have, so that
//! it can take their place. Both print what they receive in MessagePack, and it is compared here.
//! See `rfc/sp-swcat.md`.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use super::cases::{Binder, Carrier, Case, Column, Flow, Pattern, RAISED_LIMIT, Row, rows};
use super::exchange::{Bench, LIMIT, PORTS_MAX, is_port_conflict};
use super::process::{Event, Process};
use super::{payload, peers};

/// Seconds after which it sends again what a peer that connects later has missed.
const AGAIN_S: &str = "0.1";
/// Seconds after which it asks again whoever connected too late for a survey.
const SURVEY_S: &str = "0.3";
/// Seconds after which it would send again, if it were not ended before.
const STAY_S: &str = "60";

/// The rows: what nanocat or nngcat knows beside it.
pub(super) fn all() -> impl Iterator<Item = Row> {
    rows().filter(|row| row.carrier != Carrier::Abstract)
}

/// The columns: one message of each length.
pub(super) fn columns(quick: bool) -> Vec<&'static Column> {
    let mut columns = super::columns(quick);
    columns.retain(|column| column.count == 1);
    columns
}

/// Whether the word is the one for all these rows.
pub(super) fn is_meant(word: Option<&str>) -> bool {
    word.is_some_and(|word| word.eq_ignore_ascii_case("swcat"))
}

/// Our side of `case`, the program at `path`, sending the content of `file` if it sends.
pub(super) fn ours(case: &Case<'_>, path: &Path, address: &str, file: &Path) -> Command {
    let row = case.row;
    let sends = row.flow == Flow::WeSend;
    let mut command = Command::new(path);
    command.arg(match (row.pattern, sends) {
        (Pattern::Pair, _) => "--pair",
        (Pattern::Pair1, _) => "--pair1",
        (Pattern::Pipeline, true) => "--push",
        (Pattern::Pipeline, false) => "--pull",
        (Pattern::Publish, true) => "--pub",
        (Pattern::Publish, false) => "--sub",
        (Pattern::Request, true) => "--req",
        (Pattern::Request, false) => "--rep",
        (Pattern::Survey, true) => "--surveyor",
        (Pattern::Survey, false) => "--respondent",
        (Pattern::Bus, _) => "--bus",
    });
    command.arg(match row.binder {
        Binder::Us => "--bind",
        Binder::Them => "--connect",
    });
    command.arg(address);
    if sends {
        let (flag, value) = match case.column.octets {
            // The others read no empty file, and here nothing differs but who reads.
            0 => ("-D", OsString::new()),
            _ => ("-F", file.as_os_str().to_owned()),
        };
        command.arg(flag).arg(value);
    }
    if let Some(interval) = interval(case) {
        command.args(["-i", interval]);
    }
    match row.flow {
        Flow::WeEcho => command.arg("--echo"),
        Flow::TheySend => command.args(["--msgpack", "-C", "1"]),
        Flow::WeSend if row.pattern.asks() => command.arg("--msgpack"),
        // Without a count it would go on receiving.
        Flow::WeSend if is_pair(case) && ends(case) => command.args(["-C", "1"]),
        Flow::WeSend => &mut command,
    };
    if (!sends || row.pattern.asks()) && case.is_large() {
        command.args(["--recv-maxsz", &RAISED_LIMIT.to_string()]);
    }
    command
}

/// When ours sends again, in seconds; never, if once is enough.
fn interval(case: &Case<'_>) -> Option<&'static str> {
    match (case.row.flow, case.row.pattern) {
        (Flow::WeSend, Pattern::Publish | Pattern::Bus) => Some(AGAIN_S),
        (Flow::WeSend, Pattern::Survey) => Some(SURVEY_S),
        (Flow::WeSend, _) if case.we_stay() => Some(STAY_S),
        _ => None,
    }
}

fn is_pair(case: &Case<'_>) -> bool {
    matches!(case.row.pattern, Pattern::Pair | Pattern::Pair1)
}

/// Whether ours ends by itself, and so has to end well.
fn ends(case: &Case<'_>) -> bool {
    case.row.flow != Flow::WeEcho && interval(case).is_none()
}

/// How an exchange ended that did not fail.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Complete,
    PortTaken,
}

/// Runs one exchange of the program at `swcat`.
pub(super) fn run(bench: &Bench, swcat: &Path, case: &Case<'_>) -> Result<()> {
    let deadline = Instant::now() + LIMIT;
    let body = payload::body(case.column.octets);
    fs::write(bench.file("body"), &body)?;
    for _ in 0..PORTS_MAX {
        if attempt(bench, swcat, case, &body, deadline)? == End::Complete {
            return Ok(());
        }
    }
    bail!("each of {PORTS_MAX} free ports was taken")
}

fn attempt(
    bench: &Bench,
    swcat: &Path,
    case: &Case<'_>,
    body: &[u8],
    deadline: Instant,
) -> Result<End> {
    let address = bench.free_address(case.row.carrier)?;
    let file = bench.file("body");
    let (to_us, of_us) = mpsc::channel();
    let (to_them, of_them) = mpsc::channel();
    let start_ours = || {
        let command = ours(case, swcat, &address, &file);
        Process::theirs(command, bench.file("ours"), to_us)
    };
    let start_theirs = || {
        let command = peers::theirs(case, &address, &file);
        Process::theirs(command, bench.file("theirs"), to_them)
    };
    let (mut we, they) = match case.row.binder {
        Binder::Us => {
            let we = start_ours()?;
            (we, start_theirs()?)
        }
        Binder::Them => {
            let they = start_theirs()?;
            (start_ours()?, they)
        }
    };
    let print = |us: bool| match case.row.flow {
        Flow::WeSend => !us || case.row.pattern.asks(),
        Flow::TheySend => us,
        Flow::WeEcho => !us,
    };
    let hear = |prints: bool, who: &str, events: &Receiver<Event>| match prints {
        true => hear(events, body, deadline).with_context(|| format!("at {who} end")),
        false => Ok(()),
    };
    let complete = hear(print(false), "their", &of_them)
        .and_then(|()| hear(print(true), "our", &of_us))
        .and_then(|()| match ends(case) {
            true => we.succeeds_before(deadline),
            false => Ok(()),
        });
    let (our_words, their_words) = (we.complaint(), they.complaint());
    match complete {
        Ok(()) => Ok(End::Complete),
        Err(_)
            if [&our_words, &their_words]
                .into_iter()
                .any(|said| is_port_conflict(said)) =>
        {
            Ok(End::PortTaken)
        }
        Err(error) => Err(anyhow!(
            "{error:#} (we said `{our_words}`, they said `{their_words}`)"
        )),
    }
}

/// Takes what a program prints until it is a message, which has to have this body.
pub(super) fn hear(events: &Receiver<Event>, body: &[u8], deadline: Instant) -> Result<()> {
    let mut output = Vec::new();
    loop {
        if let Some(message) = payload::take_message(&mut output)? {
            return payload::compare(&message, body);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        match events.recv_timeout(left.max(Duration::from_millis(1))) {
            Ok(Event::TheirOctets(octets)) => output.extend_from_slice(&octets),
            Ok(_) => bail!("it ended after {} octets", output.len()),
            Err(_) => bail!("{} octets at the deadline", output.len()),
        }
    }
}
