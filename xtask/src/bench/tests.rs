//! The bench without a machine to measure: names of rows, medians, the file of figures, verdicts,
//! and a run of programs that only pretend.
#![allow(clippy::unwrap_used, reason = "tests")]

mod pretending;
mod writing;

use super::exchange::{Reading, Sample, parse, per_message};
use super::gate::{Outcome, judge};
use super::machine;
use super::result::{About, Entry, Note, Run, median};
use super::row::{Kind, Placement, Row, Unit, fits};
use super::who::{Mode, Who};

fn row(name: &str) -> Row {
    name.parse().unwrap()
}

/// A figure that all rounds agree on.
fn entry(name: &str, who: Who, value: f64) -> Entry {
    let placement = row(name).kind.gate_placement();
    let sample = Sample { value, used: 100.0 };
    Entry::of(&row(name), placement, who, &[sample]).unwrap()
}

fn run_of(entries: Vec<Entry>) -> Run {
    Run {
        about: About::default(),
        entries,
    }
}

fn note(row: &str, who: Who, why: &str) -> Note {
    Note {
        row: row.to_owned(),
        placement: "free".to_owned(),
        who: who.to_string(),
        why: why.to_owned(),
    }
}

/// What became of the gate `name`.
fn outcome(run: &Run, name: &str) -> Outcome {
    let verdicts = judge(run);
    let mut named = verdicts.into_iter().filter(|verdict| verdict.name == name);
    let outcome = named.next().unwrap().outcome;
    assert!(named.next().is_none(), "two gates are called {name}");
    outcome
}

#[test]
fn every_row_is_read_back_from_its_name() {
    let rows = Row::all();
    assert_eq!(rows.len(), 3 * 3 * 4 + 2);
    for row in rows {
        assert_eq!(row.to_string().parse::<Row>().unwrap(), row);
    }
    assert_eq!(row("tcp/64/paced-oneway").kind, Kind::PacedOneway);
    for wrong in [
        "",
        "tcp",
        "tcp/65/oneway",
        "inproc/64/paced-oneway",
        "udp/64/oneway",
    ] {
        assert!(wrong.parse::<Row>().is_err(), "{wrong}");
    }
}

#[test]
fn a_star_stands_for_anything() {
    for (pattern, name) in [
        ("tcp/64/oneway", "tcp/64/oneway"),
        ("*", "tcp/64/oneway"),
        ("tcp/*", "tcp/64/oneway"),
        ("*/64/*", "tcp/64/oneway"),
        ("*roundtrip", "ipc/64/pair-roundtrip"),
        ("i*/1024/*one*", "inproc/1024/oneway"),
    ] {
        assert!(fits(pattern, name), "{pattern} {name}");
    }
    for (pattern, name) in [
        ("", "tcp/64/oneway"),
        ("tcp/64", "tcp/64/oneway"),
        ("64/*", "tcp/64/oneway"),
        ("*/oneway", "tcp/64/paced-oneway"),
        ("tcp*ipc", "tcp/64/oneway"),
    ] {
        assert!(!fits(pattern, name), "{pattern} {name}");
    }
    let one = row("tcp/64/oneway");
    assert!(one.is_chosen(&[]));
    assert!(one.is_chosen(&["ipc/*".to_owned(), "tcp/*".to_owned()]));
    assert!(!one.is_chosen(&["ipc/*".to_owned()]));
}

#[test]
fn a_quick_run_has_two_sizes_and_tuned_peers() {
    let quick: Vec<_> = Row::all().into_iter().filter(Row::is_quick).collect();
    assert!(quick.iter().all(|row| [64, 65_536].contains(&row.size)));
    let (small, large) = (row("tcp/64/oneway"), row("tcp/65536/oneway"));
    assert_eq!(Who::Nng.modes(&small, true), [Mode::Tuned]);
    assert_eq!(Who::Nng.modes(&small, false), [Mode::Default, Mode::Tuned]);
    assert_eq!(Who::Raw.modes(&large, false), [Mode::Default]);
    assert_eq!(Who::Speedwell.modes(&small, false), [Mode::Default]);
    assert_eq!(Who::Speedwell.modes(&large, false).len(), 2);
    let in_process = row("inproc/64/oneway");
    assert_eq!(Who::Speedwell.modes(&in_process, true), [Mode::Tuned]);
}

#[test]
fn ends_are_placed_on_processors_that_we_may_use() {
    assert_eq!(Placement::Free.processors(&[]), Some([None, None]));
    let both = Some([Some(7), Some(7)]);
    assert_eq!(Placement::OneCpu.processors(&[4, 7]), both);
    let apart = Some([Some(4), Some(7)]);
    assert_eq!(Placement::Split.processors(&[4, 5, 7]), apart);
    assert_eq!(Placement::Split.processors(&[4]), None);
    assert_eq!(machine::numbers("0-2,5"), [0, 1, 2, 5]);
    assert_eq!(machine::numbers("3"), [3]);
    assert!(machine::numbers("").is_empty());
    assert!(!machine::usable().is_empty());
}

#[test]
fn the_model_of_the_processor_is_found() {
    let text = "processor\t: 0\nmodel\t: 2\nmodel name\t: A Mill 9000\n\nmodel name\t: other\n";
    assert_eq!(machine::processor(text), "A Mill 9000");
    assert_eq!(machine::processor(""), "unknown");
}

#[test]
fn a_median_is_the_middle() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[3.0]), Some(3.0));
    assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[10.0, 1.0, 2.0, 4.0]), Some(3.0));
}

#[test]
fn what_is_used_is_brought_to_the_time_of_the_run() {
    let reading = |at, total| Reading { at, total };
    // The readings are 10 % farther apart than the run was long, and saw 10 % more.
    let used = per_message(reading(500.0, 7.0), reading(1600.0, 447.0), 40.0, 1000.0);
    assert!((used - 10.0).abs() < 1e-9, "{used}");
}

#[test]
fn numbers_of_a_line_are_as_many_as_expected() {
    assert_eq!(parse::<2>(" 16 2000000 ").unwrap(), [16.0, 2e6]);
    assert!(parse::<0>("").is_ok());
    for wrong in ["", "1", "1 2 3", "1 x"] {
        assert!(parse::<2>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_file_of_figures_has_exactly_its_form() {
    let samples = [3.0, 1.0, 2.0].map(|value| Sample {
        value: value * 1e6,
        used: value * 100.0 + 0.000_4,
    });
    let one = row("tcp/64/oneway");
    let mut ours = Entry::of(&one, Placement::Free, Who::Speedwell, &samples).unwrap();
    ours.allocs = Some(0.25);
    assert_eq!(
        serde_json::to_string(&ours).unwrap(),
        r#"{"row":"tcp/64/oneway","placement":"free","who":"speedwell","median":2000000.0,"#
            .to_owned()
            + r#""min":1000000.0,"max":3000000.0,"unit":"msg/s","cpu_ns":200.0,"allocs":0.25}"#
    );
    assert!(Entry::of(&one, Placement::Free, Who::Raw, &[]).is_none());

    let mut run = run_of(vec![ours, entry("tcp/64/pair-roundtrip", Who::Raw, 13.5)]);
    run.about.lacks = vec![note("inproc/64/oneway", Who::Raw, "it lacks inproc")];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.json");
    run.write(&file).unwrap();
    assert_eq!(Run::read(&file).unwrap(), run);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(r#""who":"raw","median":13.5,"min":13.5,"max":13.5,"unit":"us""#));
    assert!(text.contains(r#""allocs":null"#) && text.contains(r#""placement":"one-cpu""#));

    std::fs::write(&file, r#"[{"row":"tcp/64/oneway","colour":"red"}]"#).unwrap();
    assert!(Run::read(&file).is_err());
}

#[test]
fn a_gate_is_met_missed_or_not_judged() {
    let name = "tcp-64-oneway-libzmq";
    let ours = entry("tcp/64/oneway", Who::Speedwell, 4e6);
    let with = |theirs| {
        run_of(vec![
            ours.clone(),
            entry("tcp/64/oneway", Who::Libzmq, theirs),
        ])
    };
    assert_eq!(outcome(&with(2e6), name), Outcome::Met(2.0));
    assert_eq!(outcome(&with(2.5e6), name), Outcome::Missed(1.6));
    assert_eq!(
        outcome(&with(2e6), "tcp-64-oneway-cpu-libzmq"),
        Outcome::Missed(1.0)
    );
    let alone = run_of(vec![ours.clone()]);
    assert_eq!(
        outcome(&alone, name),
        Outcome::Unknown("libzmq was not measured at tcp/64/oneway free".to_owned())
    );
    let mut lacking = run_of(vec![entry("ipc/64/oneway", Who::Libzmq, 1e6)]);
    lacking.about.lacks = vec![note("ipc/64/oneway", Who::Speedwell, "it lacks ipc")];
    assert_eq!(
        outcome(&lacking, "ipc-64-oneway-libzmq"),
        Outcome::Unknown("speedwell: it lacks ipc".to_owned())
    );
}

#[test]
fn round_trips_and_paced_sends_have_to_be_short() {
    let run = run_of(vec![
        entry("tcp/64/pair-roundtrip", Who::Speedwell, 30.0),
        entry("tcp/64/pair-roundtrip", Who::Libzmq, 40.0),
        entry("tcp/64/paced-oneway", Who::Speedwell, 50.0),
        entry("tcp/64/paced-oneway", Who::Raw, 10.0),
    ]);
    assert_eq!(
        outcome(&run, "tcp-64-pair-roundtrip-libzmq"),
        Outcome::Met(0.75)
    );
    assert_eq!(
        outcome(&run, "tcp-64-paced-oneway-raw"),
        Outcome::Missed(5.0)
    );
}

#[test]
fn the_best_peer_is_known_only_when_all_were_measured() {
    let name = "tcp-65536-oneway-best-peer";
    let at = |who, value| entry("tcp/65536/oneway", who, value);
    let mut run = run_of(vec![
        at(Who::Speedwell, 50e3),
        at(Who::Libzmq, 20e3),
        at(Who::Nanomsg, 40e3),
        at(Who::Zeromq, 10e3),
        at(Who::Raw, 90e3),
    ]);
    let Outcome::Unknown(why) = outcome(&run, name) else {
        panic!("nng may be the best");
    };
    assert!(why.starts_with("nng was not measured"), "{why}");
    run.about.lacks = vec![note("tcp/65536/oneway", Who::Nng, "it lacks tcp")];
    assert_eq!(outcome(&run, name), Outcome::Met(1.25));
}

#[test]
fn what_is_not_copied_costs_the_same_whatever_its_size() {
    let with = |huge| {
        run_of(vec![
            entry("inproc/65536/oneway", Who::Speedwell, 1e6),
            entry("inproc/1048576/oneway", Who::Speedwell, huge),
        ])
    };
    let name = "inproc-1048576-oneway-smaller";
    assert_eq!(outcome(&with(0.9e6), name), Outcome::Met(0.9));
    assert_eq!(outcome(&with(0.5e6), name), Outcome::Missed(0.5));
}

#[test]
fn small_messages_allocate_nothing() {
    let mut ours = entry("inproc/64/reqrep-roundtrip", Who::Speedwell, 10.0);
    let name = "inproc-64-reqrep-roundtrip-allocations";
    for (allocs, expected) in [
        (None, None),
        (Some(0.0), Some(Outcome::Met(0.0))),
        (Some(1.0), Some(Outcome::Missed(1.0))),
    ] {
        ours.allocs = allocs;
        let found = outcome(&run_of(vec![ours.clone()]), name);
        match expected {
            Some(expected) => assert_eq!(found, expected),
            None => assert!(matches!(found, Outcome::Unknown(_))),
        }
    }
}

#[test]
fn figures_read_as_one_says_them() {
    for (value, said) in [(4.6e6, "4.60 M/s"), (51_234.0, "51.2 k/s"), (7.0, "7 /s")] {
        assert_eq!(Unit::MessagesPerSecond.show(value), said);
    }
    assert_eq!(Unit::Microseconds.show(13.64), "13.6 us");
    assert_eq!(Unit::Microseconds.show(1500.0), "1.50 ms");
}
