//! Results are counted, simulations read, and patches applied or refused.

use std::fs;
use std::process::Command;
use std::time::Duration;

use super::models;
use super::mutants::{Verdict, Way, apply};
use super::simulation::{Report, seed, violations};
use super::{Tally, test_result};
use crate::run::{self, Outcome};

#[test]
fn a_result_line_is_counted() {
    let ok = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; \
              finished in 0.00s";
    assert_eq!(test_result(ok), Some((12, 0)));
    let bad = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
    assert_eq!(test_result(bad), Some((3, 2)));
    assert_eq!(test_result("test a::b ... ok"), None);
}

#[test]
fn a_harness_that_fails_without_a_failed_test_counts() {
    let mut tally = Tally::default();
    let mut broken = run::cargo(".".as_ref());
    broken.arg("no-such-command");
    tally
        .tests("broken", &mut broken, Duration::from_secs(60))
        .unwrap();
    assert_eq!((tally.passed, tally.failed), (0, 1));
}

#[test]
fn the_last_line_of_a_simulation_is_read() {
    assert_eq!(violations("2000 schedules, 0 violations"), Some(0));
    assert_eq!(violations("2000 schedules, 17 violations"), Some(17));
    assert_eq!(violations("1000 schedules so far"), None);
}

#[test]
fn a_failing_seed_is_read() {
    assert_eq!(seed("seed 17 of world pair:"), Some(17));
    assert_eq!(seed("    replay: simulate --seed 17 --world pair"), None);
}

#[test]
fn each_example_of_the_facade_is_run() {
    let root = crate::tree::root().unwrap();
    let mut there: Vec<_> = fs::read_dir(root.join("crates/speedwell/examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let mut run = super::examples::EXAMPLES.to_vec();
    there.sort();
    run.sort_unstable();
    assert_eq!(there, run);
}

#[test]
fn each_protocol_has_a_model_and_the_long_run_reaches_it() {
    let root = crate::tree::root().unwrap();
    let command = models::command(&root).unwrap();
    let words: Vec<_> = command
        .get_args()
        .map(|word| word.to_str().unwrap())
        .collect();
    for folder in fs::read_dir(root.join("crates/protocols")).unwrap() {
        let folder = folder.unwrap();
        let package = format!("speedwell-{}", folder.file_name().to_str().unwrap());
        assert!(words.contains(&package.as_str()), "{package}");
        let tests = fs::read_dir(folder.path().join("tests")).unwrap();
        let mut names = tests.map(|test| test.unwrap().file_name());
        let is_model = |name: &std::ffi::OsStr| name.to_str().unwrap().ends_with("model.rs");
        assert!(names.any(|name| is_model(&name)), "{package} has none");
    }
    let cases = command
        .get_envs()
        .find(|(name, _)| *name == "PROPTEST_CASES");
    assert_eq!(cases.unwrap().1.unwrap(), "100000");
}

// rfc: sp-simulation S-40 S-41 S-42
#[test]
fn only_a_clean_run_is_clean_and_only_violations_are_found() {
    let ran = |code, violations, seed| Report::Ran {
        outcome: Outcome::Exited(code),
        violations,
        seed,
    };
    assert!(ran(Some(0), Some(0), None).is_clean());
    assert!(!ran(Some(0), None, None).is_clean());
    assert!(!ran(Some(0), Some(0), Some(5)).is_clean());
    assert!(!ran(Some(1), Some(0), None).is_clean());
    let found = ran(Some(1), Some(3), Some(5));
    assert_eq!(
        Verdict::of(&found).to_string(),
        "found at seed 5, 3 times in all"
    );
    let no_proof = [
        ran(Some(101), Some(3), Some(5)),
        ran(Some(1), Some(0), None),
        ran(Some(1), Some(3), None),
        ran(None, None, None),
    ];
    for report in no_proof {
        assert_eq!(Verdict::of(&report), Verdict::NoProof("not found"));
    }
    let verdict = Verdict::of(&Report::NotBuilt);
    assert_eq!(verdict, Verdict::NoProof("does not compile"));
}

#[test]
fn a_program_that_does_not_end_is_ended() {
    let mut endless = Command::new("sleep");
    let outcome = run::live(endless.arg("60"), Duration::from_millis(50), |_| {}).unwrap();
    assert!(matches!(outcome, Outcome::Expired));
}

#[test]
fn a_patch_applies_is_taken_out_or_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    fs::write(copy.join("a.txt"), "one\n").unwrap();
    let patch = folder.path().join("a.patch");
    fs::write(
        &patch,
        "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+two\n",
    )
    .unwrap();
    let text = || fs::read_to_string(copy.join("a.txt")).unwrap();
    assert!(apply(&patch, &copy, Way::In).unwrap());
    assert_eq!(text(), "two\n");
    assert!(!apply(&patch, &copy, Way::In).unwrap());
    assert!(apply(&patch, &copy, Way::Out).unwrap());
    assert_eq!(text(), "one\n");
}
