//! The figures, the logs and the lines of chaos are read and judged as they should be.

use std::collections::BTreeSet;
use std::time::Duration;

use speedwell_testkit::accounting::{PartyId, Stamp};

use super::answer::Answer;
use super::cases::stampede::peak;
use super::gauge::{limit_leaving, own_kib_of, ticks_of};
use super::lives::{Life, Record, judge, parse};
use super::report::Report;
use super::stranger::{claim, greeting};
use super::table::{CASES, select};

fn record(producer: u32, seq: u64) -> Record {
    let producer = PartyId(producer);
    let stamp = Stamp { producer, seq };
    Record { stamp, print: seq }
}

fn life(seqs: impl IntoIterator<Item = u64>) -> Life {
    seqs.into_iter().map(|seq| record(0, seq)).collect()
}

#[test]
fn an_answer_has_a_word_and_numbers() {
    let answer = Answer::new("stats pipes=2 broken=1 closed_by_peer=4\n");
    assert_eq!(answer.word(), "stats");
    assert_eq!(answer.count("pipes").unwrap(), 2);
    assert_eq!(answer.sum(&["broken", "closed_by_peer"]).unwrap(), 5);
    assert!(answer.count("pipe").is_err());
    assert!(Answer::new("x pipes=two").count("pipes").is_err());
}

#[test]
fn cases_are_found_by_row_and_by_word() {
    assert_eq!(select(None).len(), CASES.len());
    assert_eq!(select(Some("72")).len(), 6);
    assert_eq!(select(Some("close")).len(), 5);
    assert!(select(Some("7")).is_empty());
}

#[test]
fn the_system_is_understood() {
    let stat = "12 (a (b) c) S 1 1 1 0 -1 4194560 110 0 0 0 7 5 0 0 20 0 1 0";
    assert_eq!(ticks_of(stat).unwrap(), 12);
    assert!(ticks_of("12 (a) S 1").is_err());
    let rollup = "00-ff ---p 0 [rollup]\nRss:  900 kB\nAnonymous:   344 kB\n";
    assert_eq!(own_kib_of(rollup).unwrap(), 344);
    assert!(own_kib_of("Rss: 900 kB").is_err());
}

#[test]
fn a_limit_leaves_gaps_to_be_filled() {
    assert_eq!(limit_leaving(2, &BTreeSet::from([0, 1, 2])), 5);
    assert_eq!(limit_leaving(2, &BTreeSet::from([0, 1, 2, 4, 63])), 6);
    assert_eq!(limit_leaving(0, &BTreeSet::from([0, 1, 2])), 0);
}

#[test]
fn a_line_of_a_log_is_a_record() {
    assert_eq!(parse("3 7 7"), Some(record(3, 7)));
    for torn in ["", "3", "3 7", "3 7 x", "3 7 7 7"] {
        assert_eq!(parse(torn), None, "{torn}");
    }
}

#[test]
fn a_loss_between_lives_is_counted() {
    let verdict = judge(&[life(0..10)], &[life(0..3), life(6..10)]);
    assert_eq!(
        (verdict.lost, verdict.lost_in_a_row, verdict.holes),
        (3, 3, 0)
    );
    assert!(verdict.violations.is_empty());
    assert_eq!((verdict.accepted, verdict.received), (10, 7));
}

#[test]
fn a_loss_within_a_life_is_a_hole() {
    let verdict = judge(&[life(0..10)], &[life([0, 1, 4, 5]), life(7..10)]);
    assert_eq!(
        (verdict.lost, verdict.holes, verdict.lost_within),
        (3, 1, 2)
    );
}

#[test]
fn what_comes_twice_or_out_of_order_is_a_violation() {
    let wrong = |lives: &[Life]| judge(&[life(0..4)], lives).violations.len();
    assert_eq!(wrong(&[life(0..4)]), 0);
    assert_eq!(wrong(&[life(0..3), life(2..4)]), 1);
    assert_eq!(wrong(&[life([0, 2, 1, 3])]), 1);
    let mut altered = life(0..4);
    altered[1].print = 99;
    assert_eq!(wrong(&[altered]), 1);
}

#[test]
fn one_message_in_hand_when_a_sender_was_killed_is_no_invention() {
    let verdict = judge(&[life(0..4)], &[life(0..5)]);
    assert!(verdict.violations.is_empty());
    assert_eq!(judge(&[life(0..4)], &[life(0..6)]).violations.len(), 1);
}

#[test]
fn figures_are_held_against_their_bounds() {
    let holds = |fill: fn(&mut Report)| {
        let mut report = Report::default();
        fill(&mut report);
        assert_eq!(report.holds(), !report.to_string().contains("FAILED"));
        report.holds()
    };
    assert!(holds(|report| report.note("any", 9e9, "")));
    assert!(holds(|report| report.at_most("at", 4.0, 4.0, "KiB")));
    assert!(!holds(|report| report.at_most("over", 4.1, 4.0, "KiB")));
    assert!(!holds(|report| report.at_least("under", 0.9, 1.0, "")));
    assert!(holds(|report| report.exactly("same", 7, 7)));
    assert!(!holds(|report| report.exactly("other", 7, 8)));
    assert!(holds(|report| report.each("each", (1024, 5120), 2, 2.0)));
    assert!(!holds(|report| report.each("each", (1024, 5122), 2, 2.0)));
    let ms = Duration::from_millis;
    let mut report = Report::default();
    report.within("slow", ms(12), ms(10));
    assert!(report.to_string().contains("12 ms  at most 10 ms  FAILED"));
}

#[test]
fn a_peak_is_the_most_in_any_window() {
    let ms = Duration::from_millis;
    let seen = [(0, 0), (40, 5), (90, 6), (130, 30), (300, 31)];
    let seen = seen.map(|(at, count)| (ms(at), count));
    assert_eq!(peak(&seen), 25);
    assert_eq!(peak(&[]), 0);
}

#[test]
fn strangers_speak_as_the_wire_says() {
    assert_eq!(greeting(0x50), *b"\0SP\0\0\x50\0\0");
    assert_eq!(claim(258), [0, 0, 0, 0, 0, 0, 1, 2]);
}
