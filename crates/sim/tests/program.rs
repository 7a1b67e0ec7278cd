//! The program `simulate` as a person sees it. See `rfc/sp-simulation.md` section 7.

use std::process::{Command, Output};

fn simulate(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_simulate"));
    program
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{error}"))
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

// rfc: sp-simulation S-40
#[test]
fn its_last_line_counts_and_its_code_says_that_all_is_well() {
    let done = simulate(&["--seeds", "20", "--seed", "7"]);
    let last = text(&done.stdout).lines().last().map(str::to_owned);
    assert_eq!(last.as_deref(), Some("20 schedules, 0 violations"));
    assert!(text(&done.stderr).contains("20/20 schedules"));
    assert_eq!(done.status.code(), Some(0));
}

// rfc: sp-simulation S-01 S-41
#[test]
fn a_seed_tells_its_story_and_the_same_one_again() {
    let tell = || simulate(&["--seed", "7", "--world", "pipeline", "--trace"]);
    let (one, two) = (tell(), tell());
    assert!(text(&one.stdout).contains("Delivered"));
    assert_eq!(one.stdout, two.stdout);
    assert_eq!(one.status.code(), Some(0));
}

#[test]
fn a_world_that_is_none_is_refused() {
    let refused = simulate(&["--world", "atlantis"]);
    assert!(text(&refused.stderr).contains("these are: pair, pipeline, reqrep,"));
    assert_eq!(refused.status.code(), Some(2));
}
