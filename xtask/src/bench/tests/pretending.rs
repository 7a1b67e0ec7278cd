//! Runs of a program that obeys the commands and measures nothing.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use super::row;
use crate::bench::exchange::{Bench, Job, Meter, Outcome};
use crate::bench::who::Mode;

/// It sends 500 messages in a millisecond, needs 30 us for a round trip, has no REQ/REP, and cannot
/// do what is paced. Each time that it is asked, who sends has allocated 1000 times more; who only
/// receives never allocates.
const PEER: &str = r#"#!/bin/sh
answer() { n=0; while read -r line; do n=$((n + $1)); echo "allocs $n"; done; }
count() { echo start; sleep 0.2; echo "end 500 1000000"; }
exec 3<&0
case "$1" in
sink) echo ready; answer 0 <&3 & count; wait ;;
flood) answer 1000 ;;
both-oneway) test "$6" = tuned || exit 1; answer 1000 <&3 & count; wait ;;
ping) echo start; echo "end 2 60000"; answer 0; echo "rtt 30000 29000 31000 32000 1" ;;
echo) echo ready; answer 0 ;;
reply) echo "lacks REQ/REP" ;;
*) echo "no such thing as $1" >&2; exit 1 ;;
esac
"#;

/// A clock that moves by two milliseconds, and three of processor, each time it is read.
const USAGE: &str = r#"#!/bin/sh
n=0
while read -r ids; do n=$((n + 1)); echo "$((n * 2000000)) $((n * 3000000))"; done
"#;

/// The programs and where they run.
struct Stage {
    folder: TempDir,
    bench: Bench,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let usage = program(&folder, "usage", USAGE);
        program(&folder, "peer", PEER);
        let moment = Duration::from_millis(1);
        let bench = Bench::new(&usage, moment, moment).unwrap();
        Self { folder, bench }
    }

    fn run(&mut self, name: &str, meter: Meter) -> anyhow::Result<Outcome> {
        self.bench.run(&Job {
            program: &self.folder.path().join("peer"),
            row: row(name),
            mode: Mode::Tuned,
            processors: [None, None],
            meter,
        })
    }
}

fn program(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
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
