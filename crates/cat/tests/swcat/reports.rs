//! Counters, progress, measurements, the man page and completions.

use crate::stage::{Stage, ran, swcat};

// rfc: sp-swcat W-30 W-31
#[test]
fn counters_are_lines_where_no_terminal_is_and_come_at_the_end() {
    let stage = Stage::new();
    let receiver = swcat("--pull --bind {} -C 3 --stats=60", &stage.address("wire"));
    let sender = swcat(
        "--push --connect {} -D abc -C 3 --stats=60",
        &stage.address("wire"),
    );
    let (sent, received) = (sender.ends(), receiver.ends());
    assert!(
        sent.err.contains("sent 3 ") && sent.err.contains("octets out 9 in 0"),
        "{sent:?}"
    );
    assert!(received.err.contains("received 3 "), "{received:?}");
    assert_eq!(
        (sent.err.lines().count(), received.err.lines().count()),
        (1, 1)
    );
}

// rfc: sp-swcat W-30 W-31
#[test]
fn counters_come_at_each_interval_and_in_json() {
    let stage = Stage::new();
    let words = "--pull --bind {} --recv-timeout 0.5 --stats=0.05 --json";
    let ended = swcat(words, &stage.address("wire")).ends();
    assert!(ended.err.lines().count() >= 3, "{ended:?}");
    for line in ended.err.lines() {
        assert!(
            line.starts_with("{\"stats\":{") && line.ends_with('}'),
            "{line}"
        );
    }
}

// rfc: sp-swcat W-32
#[test]
fn progress_is_told_where_it_is_asked_for() {
    let stage = Stage::new();
    let receiver = swcat("--pull --bind {} -C 2 -q", &stage.address("wire"));
    let sender = swcat(
        "--push --connect {} -D x -C 2 --progress",
        &stage.address("wire"),
    );
    let sent = sender.ends().err;
    assert!(sent.contains("2 messages of 2 (100 %), 2 B"), "{sent}");
    assert_eq!(receiver.ends().err, "");
}

// rfc: sp-swcat W-12, sp-monitor M-13
#[test]
fn who_comes_and_goes_is_told_to_whoever_wants_to_know() {
    let stage = Stage::new();
    let receiver = swcat("--pull --bind {} -vv", &stage.address("wire"));
    let sender = swcat("--push --connect {} -D x -vv", &stage.address("wire"));
    receiver.says("is connected");
    assert!(sender.ends().err.contains("connecting to ipc://"));
    receiver.says("is gone: the peer closed the connection");
}

// rfc: sp-swcat W-60
#[test]
fn what_goes_one_way_is_measured_at_both_ends() {
    let stage = Stage::new();
    let words = "--pull --bind {} --bench -C 500";
    let receiver = swcat(words, &stage.address("wire"));
    let words = "--push --connect {} --bench -C 500 --size 100 --json";
    let sent = swcat(words, &stage.address("wire")).ends();
    assert!(sent.text().contains("\"messages\":500,"), "{sent:?}");
    assert!(sent.text().contains("\"octets\":50000,"), "{sent:?}");
    let received = receiver.ends();
    let expected = "received 500 messages, 50000 octets, in ";
    assert!(received.text().starts_with(expected), "{received:?}");
    assert_eq!((sent.code, received.code), (Some(0), Some(0)));
}

// rfc: sp-swcat W-60
#[test]
fn what_is_missing_is_told() {
    let stage = Stage::new();
    let words = "--pull --bind {} --bench -C 3 --recv-timeout 0.3";
    let receiver = swcat(words, &stage.address("wire"));
    let words = "--push --connect {} --bench -C 2";
    assert_eq!(swcat(words, &stage.address("wire")).ends().code, Some(0));
    let ended = receiver.ends();
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.err.ends_with("2 of 3 messages arrived\n"),
        "{ended:?}"
    );
}

// rfc: sp-swcat W-61
#[test]
fn round_trips_are_measured_against_an_echo() {
    for (asks, answers) in [("--req", "--rep"), ("--pair", "--pair")] {
        let stage = Stage::new();
        let address = stage.address("wire");
        let _echo = swcat(&format!("{answers} --bind {{}} --echo"), &address);
        let ended = swcat(&format!("{asks} --connect {{}} --bench -C 50"), &address).ends();
        assert_eq!(ended.code, Some(0));
        assert!(ended.text().starts_with("50 round trips in "), "{ended:?}");
    }
}

// rfc: sp-swcat W-06
#[test]
fn help_man_page_and_completions_know_every_flag() {
    let flags = [
        "--subscribe",
        "--recv-timeout",
        "--msgpack",
        "--back-bind",
        "--bench",
    ];
    let man = ran("--generate man").text().replace('\\', "");
    let help = ran("--help").text();
    for flag in flags {
        assert!(man.contains(flag) && help.contains(flag), "{flag}");
    }
    assert!(man.starts_with(".ie") && man.contains("Exit codes"));
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = ran(&format!("--generate {shell}")).text();
        assert!(
            flags
                .iter()
                .all(|flag| script.contains(flag.trim_start_matches('-')))
        );
    }
}
