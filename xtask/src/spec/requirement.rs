//! The pages of `rfc/` and the requirements they number: `**B-05**` opens one, and `*B-05*`, at the
//! start of a line, one that waits for its code.
//!
//! A page may speak of its own numbers, and of those of pages it names. Nothing here reads code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Place;
use crate::tidy::source::{File, Tree};

/// One requirement: the page it stands on and its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    /// The name of the page, without its ending.
    pub(super) page: String,
    /// As written: `B-05`.
    pub(super) number: String,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.page, self.number)
    }
}

/// Whether `word` is a number of a requirement: a capital letter, a hyphen, digits.
pub(super) fn is_number(word: &str) -> bool {
    let Some((letter, digits)) = word.split_once('-') else {
        return false;
    };
    let letter = letter.len() == 1 && letter.chars().all(|c| c.is_ascii_uppercase());
    letter && digits.len() >= 2 && digits.chars().all(|c| c.is_ascii_digit())
}

/// The numbers from `first` to `last`, both included, if they have one letter.
pub(super) fn range(first: &str, last: &str) -> Vec<String> {
    let parts = |number: &str| {
        let (letter, digits) = number.split_once('-')?;
        Some((letter.to_owned(), digits.parse::<u32>().ok()?))
    };
    match (parts(first), parts(last)) {
        (Some((letter, from)), Some((same, to))) if letter == same => {
            (from..=to).map(|n| format!("{letter}-{n:02}")).collect()
        }
        _ => Vec::new(),
    }
}

/// The numbered pages.
#[derive(Debug, Default)]
pub(super) struct Pages {
    numbers: BTreeMap<String, BTreeSet<String>>,
    waiting: BTreeSet<Id>,
}

impl Pages {
    /// Reads the pages of `tree`; what is wrong with them goes to `faults`.
    pub(super) fn read(tree: &Tree, faults: &mut Vec<(Place, String)>) -> Self {
        let mut pages = Self::default();
        for (page, file) in specifications(tree) {
            pages.define(page, file, faults);
        }
        for (page, file) in specifications(tree) {
            pages.compare_mentions(page, file, faults);
        }
        pages
    }

    /// Every requirement, sorted.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id> {
        self.numbers.iter().flat_map(|(page, numbers)| {
            numbers.iter().map(|number| Id {
                page: page.clone(),
                number: number.clone(),
            })
        })
    }

    /// Whether a requirement has no code yet, so that nothing can be tested.
    pub(super) fn waits(&self, id: &Id) -> bool {
        self.waiting.contains(id)
    }

    /// Takes down the numbers that `file` gives.
    fn define(&mut self, page: &str, file: &File, faults: &mut Vec<(Place, String)>) {
        let numbers = self.numbers.entry(page.to_owned()).or_default();
        for (line, text) in (1..).zip(file.text.lines()) {
            let waits = text
                .strip_prefix('*')
                .and_then(|text| text.split('*').next());
            let waits = waits.filter(|number| is_number(number));
            self.waiting.extend(waits.map(|number| Id {
                page: page.to_owned(),
                number: number.to_owned(),
            }));
            let given = text.split("**").skip(1).step_by(2).chain(waits);
            for number in given.filter(|number| is_number(number)) {
                if !numbers.insert(number.to_owned()) {
                    let fault = format!("{page} {number} is given a second time");
                    faults.push((place(file, line), fault));
                }
            }
        }
    }

    /// Whether each number that `file` speaks of stands on it, or on a page that it names.
    fn compare_mentions(&self, page: &str, file: &File, faults: &mut Vec<(Place, String)>) {
        let named = |other: &&String| file.text.contains(other.as_str());
        let mine = self.numbers.keys().filter(|other| *other == page);
        let pages: Vec<_> = mine
            .chain(self.numbers.keys().filter(named))
            .filter_map(|name| self.numbers.get(name))
            .collect();
        for (line, text) in (1..).zip(file.text.lines()) {
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
            for number in words.filter(|word| is_number(word)) {
                if !pages.iter().any(|numbers| numbers.contains(number)) {
                    let fault = format!("{page} speaks of {number}, which does not exist");
                    faults.push((place(file, line), fault));
                }
            }
        }
    }
}

/// The pages with requirements, each with its name.
fn specifications(tree: &Tree) -> impl Iterator<Item = (&str, &File)> {
    tree.files.iter().filter_map(|file| {
        let page = file.path.strip_prefix("rfc/")?.strip_suffix(".md")?;
        page.starts_with("sp-").then_some((page, file))
    })
}

fn place(file: &File, line: usize) -> Place {
    Place {
        path: file.path.clone(),
        line,
    }
}
