//! The command lines of both sides.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::cases::{Binder, Case, Flow, Pattern, Program, RAISED_LIMIT};

/// Seconds after which a program sends again that is to send once. It only has to stay alive:
/// nanocat does not wait for its last message to leave, so it is ended when ours has what it needs.
const STAY_S: &str = "1";
/// Seconds after which nanocat sends the next of many.
const NEXT_S: &str = "0.001";

/// Their side of `case` at `address`, sending the content of `file` if it sends.
pub(crate) fn theirs(case: &Case<'_>, address: &str, file: &Path) -> Command {
    let asks = case.row.flow != Flow::WeSend;
    let sends = asks || case.row.pattern.asks();
    let mut command = Command::new(case.row.program.name());
    command.arg(match (case.row.program, case.row.pattern) {
        (Program::Nanocat, Pattern::Pair) => "--pair",
        (Program::Nngcat, Pattern::Pair) => "--pair0",
        (_, Pattern::Pair1) => "--pair1",
        (_, Pattern::Pipeline) if asks => "--push",
        (_, Pattern::Pipeline) => "--pull",
        (Program::Nanocat, Pattern::Publish) if asks => "--pub",
        (Program::Nanocat, Pattern::Publish) => "--sub",
        (Program::Nngcat, Pattern::Publish) if asks => "--pub0",
        (Program::Nngcat, Pattern::Publish) => "--sub0",
        (Program::Nanocat, Pattern::Request) if asks => "--req",
        (Program::Nanocat, Pattern::Request) => "--rep",
        (Program::Nngcat, Pattern::Request) if asks => "--req0",
        (Program::Nngcat, Pattern::Request) => "--rep0",
        (Program::Nanocat, Pattern::Survey) if asks => "--surveyor",
        (Program::Nanocat, Pattern::Survey) => "--respondent",
        (Program::Nngcat, Pattern::Survey) if asks => "--surveyor0",
        (Program::Nngcat, Pattern::Survey) => "--respondent0",
        (_, Pattern::Bus) => "--bus",
    });
    command.arg(match case.row.binder {
        Binder::Us => "--connect",
        Binder::Them => "--bind",
    });
    command.arg(address);
    if case.row.program == Program::Nngcat && case.row.binder == Binder::Us {
        command.arg("--async");
    }
    if case.row.flow != Flow::TheySend {
        command.arg("--msgpack");
        if case.is_large() {
            command.args(["--recv-maxsz", &RAISED_LIMIT.to_string()]);
        }
    }
    if sends {
        // Neither reads an empty file well; both take empty data.
        let empty = case.column.octets == 0;
        let (flag, value) = if empty {
            ("-D", OsString::new())
        } else {
            ("-F", file.as_os_str().to_owned())
        };
        command.arg(flag).arg(value);
    }
    if asks {
        let pause_s = if case.column.count > 1 {
            NEXT_S
        } else {
            STAY_S
        };
        command.args(["-i", pause_s]);
    }
    command
}

/// Our side of `case`, the program at `path`; `address` is theirs, or one to bind.
pub(crate) fn ours(case: &Case<'_>, path: &Path, address: &str, timeout_ms: u128) -> Command {
    let mut command = Command::new(path);
    command.arg(match (case.row.pattern, case.row.flow) {
        (Pattern::Pair, Flow::WeSend) => "pair-send",
        (Pattern::Pair, Flow::TheySend) => "pair-recv",
        (Pattern::Pair, Flow::WeEcho) => "pair-echo",
        (Pattern::Pair1, Flow::WeSend) => "pair1-send",
        (Pattern::Pair1, Flow::TheySend) => "pair1-recv",
        (Pattern::Pair1, Flow::WeEcho) => "pair1-echo",
        (Pattern::Pipeline, Flow::WeSend) => "push",
        (Pattern::Pipeline, _) => "pull",
        (Pattern::Publish, Flow::WeSend) => "pub",
        (Pattern::Publish, _) => "sub",
        (Pattern::Request, Flow::WeSend) => "req",
        (Pattern::Request, _) => "rep",
        (Pattern::Survey, Flow::WeSend) => "survey",
        (Pattern::Survey, _) => "respond",
        (Pattern::Bus, Flow::WeSend) => "bus-send",
        (Pattern::Bus, _) => "bus-recv",
    });
    command.arg(match case.row.binder {
        Binder::Us => "--bind",
        Binder::Them => "--connect",
    });
    command.arg(address);
    command.args(["--count", &case.column.count.to_string()]);
    command.args(["--timeout-ms", &timeout_ms.to_string()]);
    if case.row.flow == Flow::WeSend {
        command.args(["--size", &case.column.octets.to_string()]);
    }
    if case.we_stay() {
        command.arg("--stay");
    }
    let receives = case.row.flow != Flow::WeSend || case.row.pattern.asks();
    if receives && case.is_large() {
        command.args(["--recv-max", &RAISED_LIMIT.to_string()]);
    }
    command
}
