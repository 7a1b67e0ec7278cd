//! Lines become rows, and gates say what the rows say.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::gates::judge;
use super::rows::{Found, Line};

fn found(lines: &[String]) -> Found {
    let mut found = Found::default();
    for line in lines {
        found.take(serde_json::from_str::<Line>(line).unwrap());
    }
    found
}

fn times(who: &str, hit: f64) -> String {
    format!(
        r#"{{"set":"a","n":1000000,"who":"{who}","bytes_per_sub":null,
            "insert_ns":2.0,"hit_ns":{hit},"miss_ns":2.0,"remove_ns":2.0}}"#
    )
}

fn octets(who: &str, octets: f64) -> String {
    format!(
        r#"{{"set":"a","n":1000000,"who":"{who}","bytes_per_sub":{octets},
            "insert_ns":null,"hit_ns":null,"miss_ns":null,"remove_ns":null}}"#
    )
}

fn unable(who: &str) -> String {
    format!(r#"{{"set":"a","unable":"{who}","why":"nested","left_out":false}}"#)
}

fn calls(insert: f64, remove: f64) -> String {
    format!(
        r#"{{"set":"a","n":1000000,"insert":{{"slowest_us":{insert},"p9999_us":9.0}},
            "remove":{{"slowest_us":{remove},"p9999_us":9.0}}}}"#
    )
}

#[test]
fn octets_and_times_of_two_programs_become_one_row() {
    let found = found(&[
        octets("blart", 88.5),
        times("blart", 7.0),
        unable("blart"),
        unable("blart"),
    ]);
    let row = found.of("a", "blart").unwrap();
    assert_eq!((row.bytes_per_sub, row.hit_ns), (Some(88.5), Some(7.0)));
    assert_eq!((found.rows.len(), found.unable.len()), (1, 1));
}

#[test]
fn gates_are_met_missed_or_not_judged() {
    let said = judge(&found(&[
        octets("speedwell-trie", 9.5),
        times("speedwell-trie", 3.0),
        times("heap-nodes", 3.0),
        times("BTreeMap", 6.0),
        times("blart", 1.0),
        unable("blart"),
        calls(20.0, 60.0),
    ]))
    .to_string();
    for line in [
        "must a: octets a key of 1000000 <= 10.5: met, 9.50",
        "goal a: octets a key of 1000000 <= 9: MISSED, 9.50",
        "must a: hit against patricia_tree <= 0.25: not judged",
        // Who does not answer rightly is not the fastest of those who do.
        "must a: hit against BTreeMap <= 1: met, 0.50",
        "must a: hit against heap-nodes <= 0.75: MISSED, 1.00",
        "goal a: insert against heap-nodes <= 1: met, 1.00",
        "must a: the slowest insert of 1000000, us <= 50: met, 20.00",
        "must a: the slowest remove of 1000000, us <= 50: MISSED, 60.00",
        "musts: 4 met, 2 missed, 1 not judged",
        "goals: 2 met, 3 missed, 0 not judged",
    ] {
        assert!(said.contains(&format!("{line}\n")), "{line}\n\n{said}");
    }
}
