//! `swcat` in the place of `nanocat`: the same command lines, with either at either end, and the
//! same of them all. Needs nanocat.

use crate::stage::{Actor, Stage, nanocat};

/// What an end is told, and what it prints; it goes on until it has.
type Part = (&'static str, &'static str);

/// Who binds, and who connects.
const SCENES: &[[Part; 2]] = &[
    [("--pull -A", "hello\n"), ("--push -D hello -i 60", "")],
    [
        ("--push -D hello -i 60", ""),
        ("--pull --quoted", "\"hello\"\n"),
    ],
    [
        ("--pair --format hex", "\"\\x68\\x69\"\n"),
        ("--pair -D hi -i 60", ""),
    ],
    [
        ("--pair -D tick -A", "tock\n"),
        ("--pair -D tock -A", "tick\n"),
    ],
    [
        ("--rep -D pong -A", "ping\n"),
        ("--req -D ping -A", "pong\n"),
    ],
    [
        ("--req -D ping -A", "pong\n"),
        ("--rep -D pong -A", "ping\n"),
    ],
    [
        ("--rep -D pong -A", "ping\nping\nping\n"),
        ("--req -D ping -A -i 0.05", "pong\npong\n"),
    ],
    [
        ("--pub -D news -i 0.05", ""),
        ("--sub --subscribe ne -A", "news\nnews\n"),
    ],
    [("--sub -A", "news\nnews\n"), ("--pub -D news -i 0.05", "")],
    [
        ("--surveyor -D who -A -i 0.3", "me\n"),
        ("--respondent -D me -A", "who\n"),
    ],
    [
        ("--respondent -D me -A", "who\n"),
        ("--surveyor -D who -A -i 0.3", "me\n"),
    ],
    [("--bus -A", "all\nall\n"), ("--bus -D all -i 0.05", "")],
];

// rfc: sp-swcat W-01
#[test]
fn either_may_stand_at_either_end() {
    let Some(nanocat) = nanocat() else { return };
    let (ours, theirs) = (env!("CARGO_BIN_EXE_swcat"), nanocat.to_str().unwrap());
    for [(bound, of_bound), (connected, of_connected)] in SCENES {
        for (here, there) in [
            (ours, theirs),
            (theirs, ours),
            (ours, ours),
            (theirs, theirs),
        ] {
            let stage = Stage::new();
            let path = stage.path("wire");
            let here = Actor::start(here, &format!("{bound} -X {path}"), "");
            let there = Actor::start(there, &format!("{connected} -x {path}"), "");
            for (actor, expected) in [(&here, of_bound), (&there, of_connected)] {
                let printed = actor.prints(expected.len());
                let printed = String::from_utf8_lossy(&printed).into_owned();
                assert!(
                    printed.starts_with(expected),
                    "{bound}, {connected}: {printed}"
                );
            }
        }
    }
}

// rfc: sp-swcat W-01 W-04
#[test]
fn both_refuse_and_take_the_same_flags() {
    let Some(nanocat) = nanocat() else { return };
    let (ours, theirs) = (env!("CARGO_BIN_EXE_swcat"), nanocat.to_str().unwrap());
    let stage = Stage::new();
    for words in [
        "",
        "--pull",
        "--push {}",
        "--req {}",
        "--push --pull {} -Dx",
        "--pull {} -D x",
        "--pull {} -i 1",
        "--sub {} -d 0.01 --recv-timeout 0.05",
        "--pull {} --send-timeout 1",
        "--push {} -Dx --recv-timeout 1",
        "--push {} -Dx -A",
        "--push {} -Dx -Dy",
        "--push {} -Dx -Fy",
        "--pull {} --subscribe x",
        "--pull {} --format none",
        "--pull {} --recv-timeout soon",
        "--pull {} more",
        "--pull {} --bogus",
        "--pull {} --bi",
        "--pull --bind",
        "--pull {} --recv-timeout 0.05",
        "--pull {} --recv-timeout=0.05 -v -v -q -AQ --raw --format hex --socket-name me",
        "--pull {} --recv-t 0.05 --verb --sil --for raw",
        "--sub {} --subscribe a --subscribe b --recv-timeout 0.05",
        "--rep {} --recv-timeout 0.05 -d 0.01 --send-timeout 1",
        "--pair {} --recv-timeout 0.05",
        "--req {} -D x --recv-timeout 0.05 --send-timeout 0.05",
        "--pub {} -D x -d 0.01",
        "--help",
        "-h",
    ] {
        let words = words.replace("{}", "--connect {}");
        let address = stage.address("wire");
        let took = |program| Actor::start(program, &words, &address).ends();
        let (we, they) = (took(ours), took(theirs));
        assert_eq!(
            we.code == Some(0),
            they.code == Some(0),
            "{words}: {we:?} {they:?}"
        );
    }
}

// rfc: sp-swcat W-02
#[cfg(unix)]
#[test]
fn a_symbolic_link_chooses_the_socket_type() {
    let stage = Stage::new();
    let link = |name: &str| {
        let path = stage.path(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_swcat"), &path).unwrap();
        path
    };
    let address = stage.address("wire");
    let answers = Actor::start(&link("nn_rep"), "--bind {} -Dpong -A -C 1", &address);
    let asks = Actor::start(&link("nn_req"), "--connect {} -Dping -A", &address);
    assert_eq!(asks.ends().text(), "pong\n");
    assert_eq!(answers.ends().text(), "ping\n");
}
