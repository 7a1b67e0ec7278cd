//! Runs of a program that obeys the commands and measures nothing.
#![cfg(unix)]

use std::path::Path;
use std::time::Duration;

use super::row;
use crate::bench::exchange::{Bench, Job, Meter, Outcome};
use crate::bench::who::Mode;

/// The programs stand in the tree: one that was just written may still be open for writing in
/// another test's child, and cannot be started then.
const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bench/tests/pretending");

/// Where the programs run.
struct Stage(Bench);

impl Stage {
    fn new() -> Self {
        let moment = Duration::from_millis(1);
        Self(Bench::new(&Path::new(PROGRAMS).join("usage"), moment, moment).unwrap())
    }

    fn run(&mut self, name: &str, meter: Meter) -> anyhow::Result<Outcome> {
        self.0.run(&Job {
            program: &Path::new(PROGRAMS).join("peer"),
            row: row(name),
            mode: Mode::Tuned,
            processors: [None, None],
            meter,
        })
    }
}

/// The value and what was used.
fn measured(outcome: anyhow::Result<Outcome>) -> (f64, f64) {
    match outcome.unwrap() {
        Outcome::Measured(sample) => (sample.value, sample.used),
        Outcome::Lacks(what) => panic!("lacks {what}"),
    }
}

#[test]
fn a_program_is_measured_one_way_and_there_and_back() {
    let mut stage = Stage::new();
    for name in ["tcp/64/oneway", "ipc/64/oneway", "inproc/64/oneway"] {
        let (value, used) = measured(stage.run(name, Meter::Processor));
        // 500 a millisecond; 1.5 of processor in a millisecond, for 500.
        assert_eq!((value.round(), used.round()), (500_000.0, 3000.0), "{name}");
    }
    let (value, used) = measured(stage.run("tcp/64/pair-roundtrip", Meter::Processor));
    assert_eq!((value, used.round()), (30.0, 45_000.0));
}

#[test]
fn whoever_allocates_is_asked() {
    let mut stage = Stage::new();
    for name in ["tcp/64/oneway", "inproc/64/oneway"] {
        let (_, used) = measured(stage.run(name, Meter::Allocations));
        // How much exactly depends on when the answers came.
        assert!(used > 0.0, "{name}");
    }
}

#[test]
fn what_a_program_lacks_is_no_failure_and_what_fails_says_why() {
    let mut stage = Stage::new();
    let outcome = stage.run("tcp/64/reqrep-roundtrip", Meter::Processor);
    assert!(matches!(outcome.unwrap(), Outcome::Lacks(what) if what == "REQ/REP"));
    let failure = stage
        .run("tcp/64/paced-oneway", Meter::Processor)
        .unwrap_err();
    assert!(
        format!("{failure:#}").contains("no such thing as lag"),
        "{failure:#}"
    );
}
