//! Python, and two plug-ins of different languages in one process. See `rfc/sp-capi.md`.

use std::process::Command;

use crate::stage::{Stage, count, source, succeed, tool};

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
