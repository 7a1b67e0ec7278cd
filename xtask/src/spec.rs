//! `cargo xtask spec`: each numbered requirement of `rfc/`, and what code and tests cite it.
//!
//! It fails where no test cites a requirement, or a citation names one that does not exist. Whether
//! a test proves what it cites is for its reader to judge: no scan can.

mod citation;
mod requirement;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::Result;

use crate::tidy::source::Tree;
use citation::{Citation, Kind};
use requirement::{Id, Pages};

/// A place in the project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    path: String,
    line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// Prints who cites what, then what is wrong; true when nothing is.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let ledger = Ledger::of(&Tree::read(root)?);
    print!("{ledger}");
    Ok(ledger.is_clean())
}

/// The requirements, each with its citations.
#[derive(Debug, Default)]
struct Ledger {
    /// Sorted by page and number.
    cited: BTreeMap<Id, Citations>,
    /// What is wrong with the pages and the citations, each with its place.
    faults: Vec<(Place, String)>,
}

/// Where one requirement is cited.
#[derive(Debug, Default)]
struct Citations {
    code: Vec<Place>,
    tests: Vec<Place>,
    /// Whether the requirement waits for its code.
    waits: bool,
}

impl Citations {
    fn lack_a_test(&self) -> bool {
        self.tests.is_empty() && (!self.waits || !self.code.is_empty())
    }
}

impl Ledger {
    /// Joins the pages of `tree` and the citations in its sources.
    fn of(tree: &Tree) -> Self {
        let mut ledger = Self::default();
        let pages = Pages::read(tree, &mut ledger.faults);
        for id in pages.ids() {
            let waits = pages.waits(&id);
            let citations = Citations {
                waits,
                ..Citations::default()
            };
            ledger.cited.insert(id, citations);
        }
        for citation in citation::all(tree) {
            ledger.note(citation);
        }
        ledger
    }

    fn note(&mut self, Citation { id, place, kind }: Citation) {
        match self.cited.get_mut(&id) {
            Some(citations) if kind == Kind::Test => citations.tests.push(place),
            Some(citations) => citations.code.push(place),
            None => self.faults.push((place, format!("there is no {id}"))),
        }
    }

    fn untested(&self) -> impl Iterator<Item = &Id> {
        let untested = |(_, citations): &(&Id, &Citations)| citations.lack_a_test();
        self.cited.iter().filter(untested).map(|(id, _)| id)
    }

    /// Whether there are requirements, each with a test, and nothing else is wrong.
    fn is_clean(&self) -> bool {
        !self.cited.is_empty() && self.faults.is_empty() && self.untested().next().is_none()
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (id, citations) in &self.cited {
            writeln!(f, "{id}{}", if citations.waits { ", waits" } else { "" })?;
            for place in &citations.code {
                writeln!(f, "  code {place}")?;
            }
            for place in &citations.tests {
                writeln!(f, "  test {place}")?;
            }
        }
        for (place, fault) in &self.faults {
            writeln!(f, "{place}: {fault}")?;
        }
        for id in self.untested() {
            writeln!(f, "without a test: {id}")?;
        }
        let (all, untested) = (self.cited.len(), self.untested().count());
        writeln!(f, "spec: {all} requirements, {untested} without a test")
    }
}
