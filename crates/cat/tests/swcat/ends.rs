//! How it ends: exit codes, and the words for what is wrong.

use std::process::{Command, Stdio};

use crate::stage::{Stage, ran, swcat};

// rfc: sp-swcat W-04 W-40
#[test]
fn a_wrong_command_line_has_the_code_2_and_says_why() {
    for (words, said) in [
        ("", "the socket type is missing"),
        ("--pull", "an address is missing"),
        ("--push -L1", "--push sends, and has nothing to"),
        (
            "--pull -L1 -Dx",
            "--pull never sends, so it has no use for --data",
        ),
        ("--pull --push -L1", "'--pull' cannot be used with '--push'"),
        ("--pull -L1 --bogus", "unexpected argument '--bogus'"),
        ("--pull -L1 --recv-timeout soon", "a number of seconds"),
        ("--device --rep -L1", "--rep in front has --req at the back"),
    ] {
        let ended = ran(words);
        assert_eq!(ended.code, Some(2), "{words}: {ended:?}");
        assert!(ended.err.contains(said), "{words}: {ended:?}");
        assert_eq!(ended.text(), "");
    }
}

// rfc: sp-swcat W-40 W-42
#[test]
fn of_a_wrong_address_it_is_said_what_is_wrong() {
    for (words, said) in [
        (
            "--bind tcp://host",
            "tcp://host: the port is missing; try tcp://host:5555",
        ),
        (
            "--connect host:1",
            "host:1: the transport is missing; try tcp://host:1",
        ),
        (
            "--connect tpc://h:1",
            "tpc://h:1: there is no transport tpc://",
        ),
        (
            "-L http",
            "tcp://127.0.0.1:http: the port `http` is not a number",
        ),
        (
            "-l 70000",
            "tcp://127.0.0.1:70000: the port 70000 is above 65535",
        ),
        (
            "-l 0",
            "tcp://127.0.0.1:0: port 0 is to listen at, not to connect to",
        ),
        ("--connect tcp://[::g]:1", "tcp://[::g]:1: "),
    ] {
        let ended = ran(&format!("--pull {words}"));
        assert_eq!(ended.code, Some(2), "{words}: {ended:?}");
        assert!(
            ended.err.starts_with(&format!("swcat: {said}")),
            "{words}: {ended:?}"
        );
    }
}

// rfc: sp-swcat W-40
#[test]
fn what_fails_has_the_code_1() {
    let first = swcat("--pull -L 0 -v", "");
    let taken = swcat("--pull --bind {}", &first.listens()).ends();
    assert_eq!(taken.code, Some(1));
    assert!(taken.err.contains("in use"), "{taken:?}");
    let absent = ran("--push -l1 -F there/is/no/such/file");
    assert_eq!(absent.code, Some(1));
    assert!(
        absent.err.contains("cannot read there/is/no/such/file: "),
        "{absent:?}"
    );
    let localhost = ran("--pull --bind tcp://localhost:5");
    assert_eq!(localhost.code, Some(1));
    assert!(
        localhost.err.contains("try tcp://127.0.0.1:5"),
        "{localhost:?}"
    );
}

#[test]
fn help_and_version_are_no_failures() {
    for words in ["--help", "-h", "--version", "-V"] {
        let ended = ran(words);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{words}");
        assert!(!ended.out.is_empty());
    }
}

// rfc: sp-swcat W-41
#[cfg(unix)]
#[test]
fn an_interruption_shows_the_last_figures() {
    for (signal, role) in [
        ("-INT", "--pull"),
        ("-TERM", "--pull --device --back-bind tcp://127.0.0.1:0"),
    ] {
        let receiver = swcat(&format!("{role} -L 0 -v --stats=60"), "");
        let address = receiver.listens();
        assert_eq!(
            swcat("--push --connect {} -D x", &address).ends().code,
            Some(0)
        );
        receiver.signal(signal);
        let ended = receiver.ends();
        assert_eq!(ended.code, Some(130), "{ended:?}");
        assert!(ended.err.contains("stats: "), "{ended:?}");
    }
}

// rfc: sp-swcat W-41
#[cfg(unix)]
#[test]
fn an_interruption_ends_every_kind_of_wait() {
    let stage = Stage::new();
    for words in [
        "--push --bind {} -D x -v",
        "--push --bind {} -F - --lines -v",
        "--req --bind {} -D x -v",
        "--pub --bind {} -D x -i 1000 -v",
        "--pair --bind {} -D x -v",
        "--rep --bind {} --echo -v",
        "--bus --bind {} -F - --lines -v",
    ] {
        let actor = swcat(words, &stage.address("wire"));
        actor.listens();
        actor.signal("-INT");
        let ended = actor.ends();
        assert_eq!(ended.code, Some(130), "{words}: {ended:?}");
    }
}

// rfc: sp-swcat W-43
#[test]
fn when_nobody_reads_on_it_ends_without_a_word() {
    for role in ["--pull", "--pair -D x"] {
        let stage = Stage::new();
        let address = stage.address("wire");
        let mut reader = Command::new(env!("CARGO_BIN_EXE_swcat"));
        let words = format!("{role} --bind {address} -A");
        let spawned = reader.args(words.split_whitespace()).stdin(Stdio::null());
        let spawned = spawned
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut reader = spawned.unwrap();
        drop(reader.stdout.take());
        let sender = role.split(' ').next().unwrap().replace("pull", "push");
        let _sender = swcat(&format!("{sender} --connect {{}} -D x -i 0.02"), &address);
        let ended = reader.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{role}: {ended:?}");
        assert!(ended.stderr.is_empty(), "{ended:?}");
    }
}
