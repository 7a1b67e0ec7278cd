//! Nevers 6 and 8: nothing is registered by side effect, and three values belong to the
//! whole process, each in a file of its own.
//!
//! The scan sees a `static` whose type names a cell, a lock or an atomic, directly or
//! through the structures declared in this tree.

use std::collections::{BTreeMap, BTreeSet};

use super::Violation;
use super::source::Tree;
use super::tokens::{Kind, Token};

/// The files that may hold a process-wide value.
const HOLDERS: &[&str] = &[
    "crates/socket/src/default_reactor.rs",
    "crates/transports/inproc/src/default_names.rs",
    "crates/capi/src/handles.rs",
    // Not a value anyone sees: the count of forks, which makes the others anew in a child.
    "crates/os/src/fork.rs",
    // Nor this: what the system's own table of descriptors, which is the process's, does not say.
    "crates/os/src/generations.rs",
    // Nor these: what a thread of C found last, and what it waits on. It may find and wait anew.
    "crates/capi/src/recent.rs",
    "crates/capi/src/bell.rs",
    // Nor these: they are made anew for each schedule of a model checker, and no product has them.
    "crates/testkit/src/schedules/thread.rs",
    "crates/testkit/src/schedules/time.rs",
];

/// The one file of test support that may, anywhere in the tree.
const COUNTING_ALLOCATOR: &str = "counting_alloc.rs";

/// Folders whose code is not part of the library.
const OUTSIDE_THE_LIBRARY: &[&str] = &["benches", "examples", "xtask", "fuzz"];

/// Types that change behind a shared reference; `Atomic` stands for all that start with it.
const CELLS: &[&str] = &[
    "Atomic",
    "Cell",
    "RefCell",
    "UnsafeCell",
    "OnceCell",
    "LazyCell",
    "OnceLock",
    "LazyLock",
    "Once",
    "Mutex",
    "RwLock",
    "Condvar",
    "ReentrantLock",
];

/// Crates whose purpose is to register something before `main`.
const REGISTRY_CRATES: &[&str] = &["inventory", "linkme", "ctor"];

/// Attributes with the same purpose.
const REGISTRY_ATTRIBUTES: &[&str] = &["link_section", "distributed_slice"];

/// Never 6: no registry is filled by side effect.
pub(crate) fn side_effect_registries(tree: &Tree, out: &mut Vec<Violation>) {
    for (file, code) in tree.rust() {
        for path in &code.paths {
            let registers = REGISTRY_CRATES.iter().any(|name| path.names_crate(name));
            let placed = REGISTRY_ATTRIBUTES
                .iter()
                .any(|name| path.segments.iter().any(|s| s == name));
            if registers || placed {
                let text = format!("registers by side effect: `{}`", path.text());
                out.push(file.violation(path.line, "never-6", text));
            }
        }
    }
}

/// Never 8: process-wide values stand in the files that may hold one.
pub(crate) fn values(tree: &Tree, out: &mut Vec<Violation>) {
    let cells = cell_types(tree);
    for (file, code) in tree
        .rust()
        .filter(|(file, _)| !file.is_test && !may_hold(&file.path))
    {
        for (token, rest) in code.product_tokens() {
            if let Some(text) = process_wide(token, rest, &cells) {
                out.push(file.violation(token.line, "never-8", text));
            }
        }
    }
}

/// Whether the file at `path` may hold a process-wide value.
fn may_hold(path: &str) -> bool {
    HOLDERS.contains(&path)
        || path.rsplit('/').next() == Some(COUNTING_ALLOCATOR)
        || path
            .split('/')
            .any(|folder| OUTSIDE_THE_LIBRARY.contains(&folder))
}

/// What is wrong with `token` when it starts a process-wide value.
fn process_wide(token: &Token, rest: &[Token], cells: &BTreeSet<String>) -> Option<String> {
    if token.is_word("thread_local") && rest.first().is_some_and(|next| next.is_mark("!")) {
        return Some("`thread_local!` outside the files that may hold one".to_owned());
    }
    // The lifetime `'static` also ends in this word, but no name and single colon follow it.
    if !token.is_word("static") {
        return None;
    }
    let mutable = rest.first().is_some_and(|next| next.is_word("mut"));
    let mut after = rest
        .iter()
        .skip_while(|next| next.is_word("mut") || next.is_word("ref"));
    let name = after.next().filter(|name| name.kind == Kind::Ident)?;
    let colon = after.next().filter(|colon| colon.is_mark(":"))?;
    if colon.kind == Kind::Joint && after.clone().next().is_some_and(|next| next.is_mark(":")) {
        return None;
    }
    let kind = after
        .take_while(|next| !next.is_mark("=") && !next.is_mark(";"))
        .find(|next| next.kind == Kind::Ident && is_cell(&next.text, cells));
    match kind {
        _ if mutable => Some(format!("`static mut {}`", name.text)),
        Some(kind) => Some(format!("`static {}` holds `{}`", name.text, kind.text)),
        None => None,
    }
}

/// Whether `name` is a type that changes behind a shared reference.
fn is_cell(name: &str, declared: &BTreeSet<String>) -> bool {
    CELLS.contains(&name) || name.starts_with("Atomic") || declared.contains(name)
}

/// The structures of this tree that hold a cell, however deep.
fn cell_types(tree: &Tree) -> BTreeSet<String> {
    let mut structures: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, code) in tree.rust() {
        for (_, rest) in code
            .product_tokens()
            .filter(|(token, _)| token.is_word("struct"))
        {
            if let Some((name, body)) = rest.split_first() {
                let fields = structure_words(body);
                structures.entry(&name.text).or_default().extend(fields);
            }
        }
    }
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (name, fields) in &structures {
            if fields.iter().any(|field| is_cell(field, &found)) {
                found.insert((*name).to_owned());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// The words of a structure's fields: up to its closing brace, or its semicolon.
fn structure_words(body: &[Token]) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut words = Vec::new();
    for token in body {
        match token.text.as_str() {
            "{" | "(" | "[" if token.kind == Kind::Punct => depth += 1,
            "}" | ")" | "]" if token.kind == Kind::Punct => depth = depth.saturating_sub(1),
            word if token.kind == Kind::Ident => words.push(word),
            _ => {}
        }
        if depth == 0 && (token.is_mark("}") || token.is_mark(";")) {
            break;
        }
    }
    words
}
