//! `cargo xtask tidy`: rules a scan of the sources can check.
//!
//! Each rule is one small function from the tree to its violations. A violation prints as
//! `path:line: rule: text`. The lists of allowed files stand beside the rule they belong to.
//! What follows from the edges between crates is checked by `dag`, not here.

mod ceilings;
mod layout;
mod leftovers;
mod process_wide;
mod purity;
pub(crate) mod source;
mod tokens;
mod unsafety;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use anyhow::Result;

use source::Tree;

/// One place that breaks one rule.
#[derive(Debug)]
pub(crate) struct Violation {
    path: String,
    line: usize,
    rule: &'static str,
    text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.path, self.line, self.rule, self.text
        )
    }
}

/// A rule reads the tree and adds what it finds.
type Rule = fn(&Tree, &mut Vec<Violation>);

/// Every rule, in the order of the report.
const RULES: &[Rule] = &[
    source::parses,
    ceilings::function_length,
    ceilings::file_length,
    ceilings::line_width,
    layout::opens_with_docs,
    layout::file_names,
    leftovers::ignored_tests,
    leftovers::unfinished,
    leftovers::foreign_paths,
    purity::pure_crates,
    purity::no_framing,
    purity::no_wall_clock,
    process_wide::side_effect_registries,
    process_wide::values,
    unsafety::keyword,
    unsafety::forbidden_in_libraries,
    unsafety::one_counting_allocator,
];

/// Prints every violation and their count; true when there is none.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let tree = Tree::read(root)?;
    let violations = check(&tree);
    for violation in &violations {
        println!("{violation}");
    }
    println!(
        "tidy: {} files, {} violations",
        tree.files.len(),
        violations.len()
    );
    Ok(violations.is_empty())
}

/// What all rules find in `tree`.
fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for rule in RULES {
        rule(tree, &mut violations);
    }
    violations
}
