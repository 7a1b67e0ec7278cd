//! Each row of nanomsg's tables as an assertion of a program in C, which is also one in C++, and
//! which nanomsg's own library passes where it is not meant to be otherwise. See `rfc/sp-capi.md`.

use std::path::Path;
use std::process::Command;

use crate::stage::{Language, Stage, count, lacks, succeed};

/// Runs a program on our library, in both languages; it has to make so many assertions at least.
fn holds(name: &str, at_least: u32) {
    for language in [Language::C, Language::Cpp] {
        let stage = Stage::new();
        let Some(program) = stage.build(name, language) else {
            return;
        };
        let made = count(&succeed(&mut stage.command(Command::new(program))));
        println!("{name}, {language:?}: {made} assertions");
        assert!(made >= at_least, "{name} makes {made} assertions");
    }
}

/// Runs the same program on the system's library.
fn holds_for_nanomsg(name: &str) {
    let theirs = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib",
    ];
    if !theirs
        .iter()
        .any(|folder| Path::new(folder).join("libnanomsg.so").exists())
    {
        return lacks("nanomsg's own library is not installed (Debian: libnanomsg-dev)");
    }
    let stage = Stage::new();
    let Some(program) = stage.build(name, Language::C) else {
        return;
    };
    let mut command = stage.command(Command::new(program));
    let output = succeed(command.env_remove("LD_LIBRARY_PATH").arg("theirs"));
    println!("{name}, nanomsg: {} assertions", count(&output));
}

// rfc: sp-capi
#[test]
fn options_are_those_of_nanomsg() {
    holds("options", 150);
}

// rfc: sp-capi
#[test]
fn calls_are_those_of_nanomsg() {
    holds("calls", 170);
}

// rfc: sp-capi
#[test]
fn sockets_without_a_peer_are_those_of_nanomsg() {
    holds("idle", 68);
}

// rfc: sp-capi
#[test]
fn messages_are_those_of_nanomsg_and_mistakes_are_told() {
    holds("messages", 110);
}

// rfc: sp-capi
#[test]
fn fault_67_a_child_is_told_what_is_its_parents_and_waits_for_none_of_its_threads() {
    holds("forks", 600);
}

// rfc: sp-capi
#[test]
fn what_is_beyond_nanomsg_works() {
    holds("additions", 93);
}

// rfc: sp-capi
#[test]
fn a_signal_ends_a_call_that_waits() {
    holds("signals", 58);
}

// rfc: sp-capi
#[test]
fn fault_66_a_timer_ends_calls_that_wait_and_nothing_is_lost() {
    holds("alarms", 6000);
}

// rfc: sp-capi A-41
#[cfg(target_os = "linux")]
#[test]
fn fault_69_clocks_that_are_set_or_stand_still_are_noticed_by_no_timer() {
    let stage = Stage::new();
    let Some(program) = stage.build("clocks", Language::C) else {
        return;
    };
    let output = succeed(&mut stage.command(Command::new(program)));
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(count(&output) >= 50);
}

#[test]
fn nanomsg_itself_is_as_the_tables_say() {
    for name in ["options", "calls", "idle", "messages", "signals"] {
        holds_for_nanomsg(name);
    }
}
