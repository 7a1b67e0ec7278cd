//! Row 25 of the catalogue of faults with other makers: one survey of ours that three respondents
//! answer, one of each maker. Then it times out once, and after that nothing was asked.

use std::fmt;
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::cases::{CARRIERS, Carrier, PROGRAMS, Program};
use super::exchange::{Bench, LIMIT, bound};
use super::payload;
use super::process::{Event, Process};

/// The survey, which our own respondent gives back; the others answer with their names.
const SURVEY_LEN: usize = 100;

/// One such survey.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gathering {
    carrier: Carrier,
}

/// One over each carrier that all makers know.
pub(crate) fn all() -> impl Iterator<Item = Gathering> {
    let known = |carrier: &Carrier| PROGRAMS.into_iter().all(|one| carrier.is_known_to(one));
    CARRIERS
        .into_iter()
        .filter(known)
        .map(|carrier| Gathering { carrier })
}

impl fmt::Display for Gathering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = format!(
            "fault 25 {:<8} SURVEY     of three makers",
            self.carrier.scheme()
        );
        f.pad(&line)
    }
}

impl Bench {
    /// Asks everybody; an error says who was not heard, or was heard too often.
    // rfc: sp-survey S-07 S-12 S-13 S-15
    pub(crate) fn gather(&self, gathering: &Gathering) -> Result<()> {
        let deadline = Instant::now() + LIMIT;
        let (sender, events) = mpsc::channel();
        let asks = self.our_part("poll", "--bind", &self.anywhere(gathering.carrier));
        let mut surveyor = Process::ours(asks, self.file("ours"), sender)?;
        let address = bound(&events, deadline).with_context(|| surveyor.complaint())?;

        // What they print themselves is of no interest, and whether they end either.
        let (sender, _prints) = mpsc::channel();
        let answers = self.our_part("respond", "--connect", &address);
        let mut crowd = vec![Process::ours(
            answers,
            self.file("respondent"),
            sender.clone(),
        )?];
        for program in PROGRAMS {
            let (answers, errors) = (answers_of(program, &address), self.file(program.name()));
            crowd.push(Process::theirs(answers, errors, sender.clone())?);
        }
        let heard = hear(&events, deadline);
        let ended = heard.and_then(|()| surveyor.succeeds_before(deadline));
        ended.with_context(|| {
            let complaints = crowd.iter().map(Process::complaint);
            let complaints: Vec<_> = complaints.filter(|said| !said.is_empty()).collect();
            format!("we said `{}`, they {complaints:?}", surveyor.complaint())
        })
    }

    fn our_part(&self, role: &str, way: &str, address: &str) -> Command {
        let mut command = Command::new(&self.ours);
        command.args([role, way, address, "--size", &SURVEY_LEN.to_string()]);
        // The surveyor hears this many, and the respondent answers as many as there are.
        let count = if role == "poll" {
            PROGRAMS.len() + 1
        } else {
            1
        };
        command.args(["--count", &count.to_string()]);
        command.args(["--timeout-ms", &LIMIT.as_millis().to_string()]);
        command
    }
}

/// A respondent of another maker, which answers with its name.
fn answers_of(program: Program, address: &str) -> Command {
    let mut command = Command::new(program.name());
    command.args(match program {
        Program::Nanocat => &["--respondent"][..],
        Program::Nngcat => &["--respondent0", "--async"],
    });
    command.args(["--connect", address, "-D", program.name()]);
    command
}

/// Takes what our surveyor says: an answer of each, in any order, and then that it is over.
pub(crate) fn hear(events: &Receiver<Event>, deadline: Instant) -> Result<()> {
    let names = PROGRAMS
        .iter()
        .map(|program| program.name().as_bytes().to_vec());
    let bodies = names.chain([payload::body(SURVEY_LEN)]);
    let mut missing: Vec<String> = bodies.map(|body| payload::receipt(&body)).collect();
    let mut ends = ["TimedOut", "State"].into_iter();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let line = match events.recv_timeout(left) {
            Ok(Event::OurLine(line)) => line,
            Ok(_) => bail!("we ended without {missing:?}"),
            Err(_) => bail!("{missing:?} at the deadline"),
        };
        if let Some(place) = missing.iter().position(|receipt| *receipt == line) {
            missing.swap_remove(place);
        } else if !missing.is_empty() {
            bail!("we said `{line}`, not one of {missing:?}");
        } else if let Some(end) = ends.next() {
            if line != end {
                bail!("we said `{line}`, not `{end}`");
            }
        } else {
            return Ok(());
        }
    }
}
