//! The ceilings: how long a function, a file and a line may be.
//!
//! Tests are exempt from the first two: a transcript is as long as the story it tells.

use super::Violation;
use super::source::Tree;

/// The most lines a function may have, from its signature to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;
/// The most lines a file may have, its tests apart.
const FILE_LINES_MAX: usize = 500;
/// The most lines a `lib.rs` may have: it lists what there is and does nothing.
const LIB_LINES_MAX: usize = 100;
/// The most characters a line may have.
const LINE_COLUMNS_MAX: usize = 100;

/// No function is longer than a screen.
pub(crate) fn function_length(tree: &Tree, out: &mut Vec<Violation>) {
    for (file, code) in tree.rust().filter(|(file, _)| !file.is_test) {
        for function in code.functions.iter().filter(|f| !code.is_test(f.first)) {
            let lines = function.last + 1 - function.first;
            if lines > FUNCTION_LINES_MAX {
                let text = format!(
                    "`{}` has {lines} lines of {FUNCTION_LINES_MAX}",
                    function.name
                );
                out.push(file.violation(function.first, "function-length", text));
            }
        }
    }
}

/// No file is longer than a sitting.
pub(crate) fn file_length(tree: &Tree, out: &mut Vec<Violation>) {
    for (file, code) in tree.rust().filter(|(file, _)| !file.is_test) {
        let total = file.text.lines().count();
        let lines = total - code.test_line_count(total);
        let max = if file.name() == "lib.rs" {
            LIB_LINES_MAX
        } else {
            FILE_LINES_MAX
        };
        if lines > max {
            out.push(file.violation(1, "file-length", format!("{lines} lines of {max}")));
        }
    }
}

/// No line of a Rust source is wider than the page.
pub(crate) fn line_width(tree: &Tree, out: &mut Vec<Violation>) {
    for file in tree.files.iter().filter(|file| file.code.is_some()) {
        for (number, line) in (1..).zip(file.text.lines()) {
            let columns = line.chars().count();
            if columns > LINE_COLUMNS_MAX {
                let text = format!("{columns} columns of {LINE_COLUMNS_MAX}");
                out.push(file.violation(number, "line-width", text));
            }
        }
    }
}
