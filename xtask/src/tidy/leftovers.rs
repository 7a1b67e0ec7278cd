//! What should not stay behind: skipped tests, unfinished code, paths of one machine.

use super::Violation;
use super::source::Tree;
use super::tokens::Token;

/// Macros that mark unfinished work.
const UNFINISHED: &[&str] = &["todo", "unimplemented", "dbg"];

/// Folders that exist on one machine only; written in two parts, so as not to find themselves.
const FOREIGN_FOLDERS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/tmp/", "target"),
];

/// No test is skipped.
pub(crate) fn ignored_tests(tree: &Tree, out: &mut Vec<Violation>) {
    for (file, code) in tree.rust() {
        for (token, rest) in code.windows().filter(|(token, _)| token.is_mark("#")) {
            if attribute(rest).is_some_and(ignores) {
                out.push(file.violation(token.line, "ignored-test", "`#[ignore]`"));
            }
        }
    }
}

/// The tokens between the brackets of an attribute, `after` its `#`.
fn attribute(after: &[Token]) -> Option<&[Token]> {
    let (open, body) = after.split_first()?;
    if !open.is_mark("[") {
        return None;
    }
    let mut depth = 1_usize;
    for (index, token) in body.iter().enumerate() {
        depth += usize::from(token.is_mark("["));
        depth -= usize::from(token.is_mark("]"));
        if depth == 0 {
            return body.get(..index);
        }
    }
    None
}

/// Whether an attribute is `ignore`, or becomes it under a condition.
fn ignores(attribute: &[Token]) -> bool {
    let Some((first, rest)) = attribute.split_first() else {
        return false;
    };
    first.is_word("ignore")
        || (first.is_word("cfg_attr") && rest.iter().any(|token| token.is_word("ignore")))
}

/// No code is a placeholder, and none prints for a debugging session.
pub(crate) fn unfinished(tree: &Tree, out: &mut Vec<Violation>) {
    for (file, code) in tree.rust() {
        for (token, rest) in code.windows() {
            let called = UNFINISHED.iter().any(|name| token.is_word(name)) && is_macro_call(rest);
            if called {
                let text = format!("`{}!`", token.text);
                out.push(file.violation(token.line, "unfinished", text));
            }
        }
    }
}

/// Whether `!` and an opening bracket come next.
fn is_macro_call(rest: &[Token]) -> bool {
    let bang = rest.first().is_some_and(|token| token.is_mark("!"));
    bang && rest
        .get(1)
        .is_some_and(|token| ["(", "[", "{"].iter().any(|open| token.is_mark(open)))
}

/// No file names a folder of the machine it was written on.
pub(crate) fn foreign_paths(tree: &Tree, out: &mut Vec<Violation>) {
    for file in &tree.files {
        for (number, line) in (1..).zip(file.text.lines()) {
            if let Some(folder) = FOREIGN_FOLDERS.iter().find(|folder| names(line, folder)) {
                out.push(file.violation(number, "foreign-path", format!("names `{folder}`")));
            }
        }
    }
}

/// Whether `line` has `folder` as the start of a path rather than the middle of one.
fn names(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|start| start.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.}*".contains(c))
    })
}
