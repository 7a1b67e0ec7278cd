//! One row at one placement: everybody runs in turn, round by round. Compares nothing.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::exchange::{Bench, Job, Meter, Outcome, Sample};
use super::programs::Programs;
use super::result::{About, Note, rounded};
use super::row::{Placement, Row};
use super::who::{Mode, Who};

/// A run that fails is tried again: a port may have been taken meanwhile.
const TRIES: usize = 2;

/// One of those that are measured, in one set-up, with what its rounds have shown.
#[derive(Debug)]
pub(crate) struct Contender {
    pub(crate) who: Who,
    pub(crate) mode: Mode,
    pub(crate) samples: Vec<Sample>,
    program: PathBuf,
    is_out: bool,
}

impl Contender {
    /// Everybody of `who` that was built, in every set-up.
    pub(crate) fn all(programs: &Programs, who: &[Who], row: &Row, quick: bool) -> Vec<Self> {
        let built = who
            .iter()
            .filter_map(|who| Some((*who, programs.path(*who)?)));
        let modes = |(who, program): (Who, &Path)| {
            let program = program.to_path_buf();
            who.modes(row, quick).iter().map(move |mode| Self {
                who,
                mode: *mode,
                samples: Vec::new(),
                program: program.clone(),
                is_out: false,
            })
        };
        built.flat_map(modes).collect()
    }
}

/// How far the whole bench is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) done: usize,
    pub(crate) planned: usize,
}

/// Where and what.
#[derive(Debug)]
pub(crate) struct Race<'a> {
    pub(crate) bench: &'a mut Bench,
    /// Takes notes of what is missing.
    pub(crate) about: &'a mut About,
    pub(crate) progress: &'a mut Progress,
    pub(crate) row: Row,
    pub(crate) placement: Placement,
    pub(crate) processors: [Option<usize>; 2],
}

impl Race<'_> {
    /// Runs all rounds. Who lacks something or fails is out, and noted.
    pub(crate) fn run(&mut self, contenders: &mut [Contender]) {
        for round in 1..=self.about.rounds {
            for contender in contenders.iter_mut() {
                self.progress.done += 1;
                if !contender.is_out {
                    self.turn(round, contender);
                }
            }
        }
    }

    fn turn(&mut self, round: usize, contender: &mut Contender) {
        let (row, placement) = (self.row, self.placement);
        let (who, mode) = (contender.who, contender.mode);
        let Progress { done, planned } = self.progress;
        print!("[{done}/{planned}] {row} {placement}, round {round}: {who} {mode} ");
        // Progress that cannot be shown is no reason to stop.
        let _shown = io::stdout().flush();
        let outcome = match who.lacks(&row) {
            Some(what) => Ok(Outcome::Lacks(what.to_owned())),
            None => self.attempt(&contender.program, mode, Meter::Processor),
        };
        match outcome {
            Ok(Outcome::Measured(sample)) => {
                let value = row.kind.unit().show(sample.value);
                println!("{value}, {:.0} ns", sample.used);
                contender.samples.push(sample);
            }
            Ok(Outcome::Lacks(what)) => {
                println!("lacks {what}");
                contender.is_out = true;
                let note = self.note(who, format!("it lacks {what}"));
                if !self.about.lacks.contains(&note) {
                    self.about.lacks.push(note);
                }
            }
            Err(error) => {
                println!("FAILED: {error:#}");
                contender.is_out = true;
                let note = self.note(who, format!("{mode}: {error:#}"));
                self.about.failures.push(note);
            }
        }
    }

    /// How much our program allocates for a message, in a run that is not timed.
    pub(crate) fn allocations(&mut self, program: &Path, mode: Mode) -> Option<f64> {
        match self.attempt(program, mode, Meter::Allocations) {
            Ok(Outcome::Measured(sample)) => Some(rounded(sample.used)),
            Ok(Outcome::Lacks(_)) => None,
            Err(error) => {
                let note = self.note(Who::Speedwell, format!("allocations: {error:#}"));
                self.about.failures.push(note);
                None
            }
        }
    }

    fn attempt(&mut self, program: &Path, mode: Mode, meter: Meter) -> Result<Outcome> {
        let job = Job {
            program,
            row: self.row,
            mode,
            processors: self.processors,
            meter,
        };
        let mut outcome = self.bench.run(&job);
        for _ in 1..TRIES {
            if outcome.is_err() {
                outcome = self.bench.run(&job);
            }
        }
        outcome
    }

    fn note(&self, who: Who, why: String) -> Note {
        Note {
            row: self.row.to_string(),
            placement: self.placement.to_string(),
            who: who.to_string(),
            why,
        }
    }
}
