//! Citations in comments: `rfc: sp-bus B-05 B-06, sp-wire W-11`, or the path of a page and numbers.
//!
//! A list may go on after a comma on the next line, and `T-01 to T-08` names eight. What follows
//! the list is prose. Tests are told from code by where a citation stands; see [`Kind`].

use super::Place;
use super::requirement::{Id, is_number, range};
use crate::tidy::source::{Code, File, Tree};

/// Folders outside of the tests whose code does nothing but put others to the test.
const CHECKERS: &[&str] = &[
    "crates/sim/src/",
    "crates/testkit/src/",
    "fuzz/",
    "xtask/peers/src/",
    "xtask/src/chaos/",
    "xtask/src/interop/",
];
/// The page that the simulator and its checkers obey themselves: of it they are the code.
const OF_THE_CHECKERS: &str = "sp-simulation";

/// What cites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Code that obeys.
    Code,
    /// A test, an example in the documentation, or a checker: code that proves.
    Test,
}

/// One requirement cited in one place.
#[derive(Debug)]
pub(super) struct Citation {
    pub(super) id: Id,
    pub(super) place: Place,
    pub(super) kind: Kind,
}

/// Every citation in the sources of `tree`.
pub(super) fn all(tree: &Tree) -> impl Iterator<Item = Citation> {
    tree.rust().flat_map(|(file, code)| in_file(file, code))
}

fn in_file(file: &File, code: &Code) -> Vec<Citation> {
    let mut found = Vec::new();
    let comments = comments(&file.text);
    for (at, comment) in comments.iter().enumerate() {
        let rest = comments.get(at + 1..).unwrap_or_default();
        for id in ids(comment, rest) {
            found.push(Citation {
                kind: kind(file, code, comment, &id),
                place: Place {
                    path: file.path.clone(),
                    line: comment.line,
                },
                id,
            });
        }
    }
    found
}

/// What a citation of `id` in `comment` is.
fn kind(file: &File, code: &Code, comment: &Comment<'_>, id: &Id) -> Kind {
    let checks = CHECKERS.iter().any(|folder| file.path.starts_with(folder));
    let proves = file.is_test
        || comment.is_example
        || code.is_test(comment.line)
        || code.is_test(comment.belongs_to)
        || (checks && id.page != OF_THE_CHECKERS);
    if proves { Kind::Test } else { Kind::Code }
}

/// The text of a comment on one line.
#[derive(Debug)]
struct Comment<'a> {
    line: usize,
    text: &'a str,
    /// The line below the block of comments.
    belongs_to: usize,
    /// Whether it is part of an example in the documentation.
    is_example: bool,
}

/// The comments of a source that have a line to themselves.
fn comments(text: &str) -> Vec<Comment<'_>> {
    let mut found: Vec<Comment<'_>> = Vec::new();
    let mut block = 0;
    let mut is_example = false;
    for (line, text) in (1..).zip(text.lines()) {
        let Some(comment) = text.trim_start().strip_prefix("//") else {
            for comment in found.iter_mut().skip(block) {
                comment.belongs_to = line;
            }
            block = found.len();
            is_example = false;
            continue;
        };
        let comment = comment.trim_start_matches(['/', '!']).trim_start();
        is_example ^= comment.starts_with("```");
        found.push(Comment {
            line,
            text: comment,
            belongs_to: line,
            is_example,
        });
    }
    found
}

/// What `comment` cites; `rest` are the comments after it, where a list may go on.
fn ids(comment: &Comment<'_>, rest: &[Comment<'_>]) -> Vec<Id> {
    let mut list = List::default();
    for (at, _) in comment.text.match_indices("rfc") {
        let after = comment.text.get(at + 3..).unwrap_or_default();
        let start = after.strip_prefix(": ").or(after.strip_prefix('/'));
        let Some(start) = start else { continue };
        let mut goes_on = list.take(start);
        for (next, line) in rest.iter().zip(comment.line + 1..) {
            if !goes_on || next.line != line {
                break;
            }
            goes_on = list.take(next.text);
        }
        list.page = None;
    }
    list.ids
}

/// A list of citations as it is read.
#[derive(Debug, Default)]
struct List {
    page: Option<String>,
    ids: Vec<Id>,
}

impl List {
    /// Reads on in `text`; whether its end is a comma, so that more may follow below.
    fn take(&mut self, text: &str) -> bool {
        let mut is_range = false;
        for written in text.split_whitespace() {
            let word = written.trim_matches(|c: char| !c.is_alphanumeric());
            let word = word.strip_suffix(".md").unwrap_or(word);
            if word.starts_with("sp-") {
                self.page = Some(word.to_owned());
            } else if is_number(word) {
                self.number(word, is_range);
                is_range = false;
            } else if word == "to" {
                is_range = true;
            } else if word != "and" {
                return false;
            }
            // What follows is prose.
            if written.ends_with([':', ';', '.', ')']) {
                return false;
            }
        }
        text.trim_end().ends_with(',')
    }

    fn number(&mut self, number: &str, is_range: bool) {
        let Some(page) = self.page.clone() else {
            return;
        };
        let last = self.ids.last().filter(|last| is_range && last.page == page);
        let numbers = match last {
            Some(last) => range(&last.number, number).into_iter().skip(1).collect(),
            None => vec![number.to_owned()],
        };
        let id = |number| Id {
            page: page.clone(),
            number,
        };
        self.ids.extend(numbers.into_iter().map(id));
    }
}
