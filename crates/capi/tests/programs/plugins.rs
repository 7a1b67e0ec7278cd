//! Python and Perl, with modules of others as well, and two plug-ins of different languages in one
//! process. See `rfc/sp-capi.md`.

use std::env;
use std::process::Command;

use crate::stage::{Stage, count, lacks, source, succeed, tool};

/// Names the Python that has nnpy, if it is not the usual one.
const NNPY_PYTHON: &str = "SPEEDWELL_NNPY_PYTHON";

/// Python, which runs a program of ours.
fn python(stage: &Stage, program: &str) -> Option<Command> {
    let mut python = stage.command(tool("python3", "python3")?);
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python.arg(source(&format!("tests/python/{program}.py")));
    Some(python)
}

// rfc: sp-capi
#[test]
fn a_program_in_python_runs_and_can_be_interrupted() {
    let stage = Stage::new();
    if let Some(mut program) = python(&stage, "program") {
        assert_eq!(count(&succeed(&mut program)), 12);
    }
}

// rfc: sp-capi
#[test]
fn two_plug_ins_of_one_process_meet_on_inproc() {
    let stage = Stage::new();
    let Some(plugin) = stage.build_shared("plugin") else {
        return;
    };
    if let Some(mut host) = python(&stage, "host") {
        assert_eq!(count(&succeed(host.arg(plugin))), 1);
    }
}

/// Whether a language has a module, which on a build machine it has.
fn has(stage: &Stage, interpreter: &str, asks: [&str; 2], package: &str) -> bool {
    let mut command = stage.command(Command::new(interpreter));
    let found = command.args(asks).output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        lacks(&format!("{package} is not installed"));
    }
    found
}

// rfc: sp-capi A-70
#[test]
fn the_perl_module_for_nanomsg_runs_unchanged() {
    let stage = Stage::new();
    if has(
        &stage,
        "perl",
        ["-MNanoMsg::Raw", "-e1"],
        "Debian's libnanomsg-raw-perl",
    ) {
        let mut perl = stage.command(Command::new("perl"));
        assert_eq!(
            count(&succeed(perl.arg(source("tests/perl/program.pl")))),
            10
        );
    }
}

// rfc: sp-capi A-70
#[test]
fn the_python_package_for_nanomsg_runs_unchanged() {
    let stage = Stage::new();
    let python = env::var(NNPY_PYTHON).unwrap_or_else(|_| "python3".to_owned());
    if has(
        &stage,
        &python,
        ["-c", "import nnpy"],
        "the Python package nnpy",
    ) {
        let mut python = stage.command(Command::new(python));
        python.env("PYTHONDONTWRITEBYTECODE", "1");
        python.arg(source("tests/python/nnpy_program.py"));
        assert_eq!(count(&succeed(&mut python)), 5);
    }
}
