//! Never 7: `unsafe` stands in four places and one test-support file.

use super::Violation;
use super::source::Tree;

/// The crates whose work cannot be done without it.
const UNSAFE_CRATES: &[&str] = &["crates/os/", "crates/transports/shm/", "crates/capi/"];

/// One optional module of a crate that otherwise has none.
const UNSAFE_FILES: &[&str] = &["crates/trie/src/simd.rs"];

/// The allocator that counts, for tests.
const COUNTING_ALLOCATOR: &str = "counting_alloc.rs";

/// The lint every other library forbids.
const LINT: &str = "unsafe_code";

/// The keyword stands nowhere else.
pub(crate) fn keyword(tree: &Tree, out: &mut Vec<Violation>) {
    for (file, code) in tree.rust() {
        let allowed = in_unsafe_crate(&file.path)
            || UNSAFE_FILES.contains(&file.path.as_str())
            || file.name() == COUNTING_ALLOCATOR;
        if allowed {
            continue;
        }
        for token in code.tokens.iter().filter(|token| token.is_word("unsafe")) {
            out.push(file.violation(token.line, "never-7", "`unsafe`"));
        }
    }
}

/// The compiler holds every other library to it.
pub(crate) fn forbidden_in_libraries(tree: &Tree, out: &mut Vec<Violation>) {
    for (file, code) in tree.rust() {
        let library = file.name() == "lib.rs" && !file.is_test && !in_unsafe_crate(&file.path);
        // A crate with one such module can only deny it, and allow it there.
        let has_module = UNSAFE_FILES.iter().any(|allowed| {
            let sibling = file.path.trim_end_matches("lib.rs");
            allowed.starts_with(sibling) && tree.files.iter().any(|file| file.path == *allowed)
        });
        if library && !has_module && !code.forbidden.iter().any(|lint| lint == LINT) {
            out.push(file.violation(1, "never-7", "without `#![forbid(unsafe_code)]`"));
        }
    }
}

/// The counting allocator exists once.
pub(crate) fn one_counting_allocator(tree: &Tree, out: &mut Vec<Violation>) {
    let copies = tree
        .files
        .iter()
        .filter(|file| file.name() == COUNTING_ALLOCATOR);
    for file in copies.skip(1) {
        out.push(file.violation(1, "never-7", "a second counting allocator"));
    }
}

/// Whether the file belongs to a crate that may use the keyword.
fn in_unsafe_crate(path: &str) -> bool {
    UNSAFE_CRATES.iter().any(|folder| path.starts_with(folder))
}
