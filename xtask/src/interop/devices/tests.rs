//! The tables are what they should be, and so are the command lines.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use super::between::{answers, asks};
use super::foreign::{LIBRARIES, Library};
use super::table::{SCHEMES, TTLS, around, between};
use crate::interop::cases::{PROGRAMS, Program};

/// The arguments of a command, as one line.
fn line(command: &Command) -> String {
    let words: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

#[test]
fn each_library_has_its_rows_and_each_row_its_ttls() {
    for library in LIBRARIES {
        let rows: Vec<_> = around(library).collect();
        assert_eq!(rows.len(), 3 * SCHEMES.len());
        for row in rows {
            let possible = TTLS.iter().filter(|ttl| row.is_possible(ttl.value)).count();
            let expected = match (row.to_string().contains("our devices"), library) {
                (false, _) => 7,
                (true, Library::Nanomsg) => 5,
                (true, Library::Nng) => 4,
            };
            assert_eq!(possible, expected, "{row}");
        }
    }
}

#[test]
fn everybody_asks_everybody() {
    assert_eq!(between(&PROGRAMS).count(), 4 * SCHEMES.len());
    assert_eq!(between(&[Program::Nngcat]).count(), SCHEMES.len());
    assert_eq!(between(&[]).count(), 0);
}

#[test]
fn command_lines_of_both_sides() {
    let row = around(Library::Nng).next().unwrap();
    assert_eq!(
        row.ours(9, Path::new("folder")).join(" "),
        "traces request --front tcp://127.0.0.1:0 --back tcp://127.0.0.1:0 --ttl 9"
    );
    let row = between(&PROGRAMS).last().unwrap();
    if cfg!(unix) {
        let ours = row.ours(Path::new("folder")).join(" ");
        assert_eq!(
            ours,
            "device request --front ipc://folder/front --back ipc://folder/back"
        );
    }
    let file = Path::new("body");
    assert_eq!(
        line(&asks(Program::Nanocat, "tcp://a:1", file)),
        "--req --connect tcp://a:1 --msgpack -F body -i 1"
    );
    assert_eq!(
        line(&answers(Program::Nngcat, "tcp://a:1", file)),
        "--rep0 --connect tcp://a:1 --async --msgpack -F body"
    );
}
