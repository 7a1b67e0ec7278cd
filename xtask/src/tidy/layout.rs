//! How a file is named and how it opens.

use super::Violation;
use super::source::Tree;

/// Names that say nothing about what a file defines.
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "common", "types", "misc", "helper", "helpers",
];

/// How a `lib.rs` may open instead: with the README as its text.
const README_AS_DOCS: &str = r#"#![doc = include_str!("../README.md")]"#;

/// Every Rust source opens by saying what it is.
pub(crate) fn opens_with_docs(tree: &Tree, out: &mut Vec<Violation>) {
    for file in tree.files.iter().filter(|file| file.code.is_some()) {
        let first = file.text.lines().next().unwrap_or("").trim_end();
        let from_readme = file.name() == "lib.rs" && first == README_AS_DOCS;
        if !first.starts_with("//!") && !from_readme {
            out.push(file.violation(1, "opening-docs", "does not open with `//!`"));
        }
    }
}

/// A file is named for the noun it defines.
pub(crate) fn file_names(tree: &Tree, out: &mut Vec<Violation>) {
    for file in tree.files.iter().filter(|file| file.code.is_some()) {
        let stem = file.name().trim_end_matches(".rs");
        if stem == "mod" {
            out.push(file.violation(1, "file-name", "a module is `foo.rs` and `foo/`"));
        } else if EMPTY_NAMES.contains(&stem) {
            let text = format!("`{stem}` names nothing; name the noun it defines");
            out.push(file.violation(1, "file-name", text));
        }
    }
}
