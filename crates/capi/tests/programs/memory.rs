//! The programs once more, with every access to memory looked at. See `rfc/sp-capi.md` section 2.

use crate::stage::{Language, Stage, count, source, succeed, tool};

/// What a program ends with when something was wrong.
const WRONG: &str = "--error-exitcode=99";

// rfc: sp-capi A-16
#[test]
fn no_access_is_wrong_and_nothing_leaks() {
    for name in ["options", "calls", "idle", "messages", "additions"] {
        let Some(mut command) = tool("valgrind", "valgrind") else {
            return;
        };
        let stage = Stage::new();
        let Some(program) = stage.build(name, Language::C) else {
            return;
        };
        command.args(["-q", "--leak-check=full", WRONG]);
        let not_ours = source("tests/valgrind.supp");
        command.arg(format!("--suppressions={}", not_ours.display()));
        command.args([
            "--errors-for-leak-kinds=definite",
            "--show-leak-kinds=definite",
        ]);
        command.arg(program);
        let made = count(&succeed(&mut stage.command(command)));
        println!("{name}: {made} assertions without an error");
    }
}
