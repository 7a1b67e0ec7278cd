//! Never 1: a protocol and the engine see no thread, clock, socket, lock or source of
//! randomness. What they need comes as arguments. Their tests may build what they pass in.

use super::Violation;
use super::source::{Code, File, Tree};
use super::tokens::NamedPath;

/// The crates that only compute.
const PURE_CRATES: &[&str] = &[
    "crates/protocol/src/",
    "crates/pipeset/src/",
    "crates/protocols/",
    "crates/engine/src/",
];

/// The crates that know messages but not how they travel.
const PROTOCOL_CRATES: &[&str] = &[
    "crates/protocol/src/",
    "crates/pipeset/src/",
    "crates/protocols/",
];

/// Modules that reach the outside world.
const OUTSIDE_MODULES: &[&[&str]] = &[
    &["std", "thread"],
    &["std", "net"],
    &["std", "os"],
    &["std", "fs"],
    &["std", "io"],
    &["std", "env"],
    &["std", "process"],
    &["std", "sync", "mpsc"],
];

/// What the engine may name of them: a borrowed slice of octets is not input or output.
const ENGINE_MAY_NAME: &[&[&str]] = &[&["std", "io", "IoSlice"]];

/// Names of clocks, locks and sources of randomness, wherever they come from.
const OUTSIDE_NAMES: &[&str] = &[
    "SystemTime",
    "Mutex",
    "RwLock",
    "Condvar",
    "Barrier",
    "OnceLock",
    "LazyLock",
    "RandomState",
    "thread_local",
    "getrandom",
    "fastrand",
    "parking_lot",
];

/// Calls that read a clock.
const CLOCK_CALLS: &[[&str; 2]] = &[["Instant", "now"]];

/// Names of the clock that tells the date.
const WALL_CLOCK: &[&str] = &["SystemTime", "UNIX_EPOCH"];

/// Crates of random numbers; the word alone may also name an argument.
const RANDOM_CRATES: &[&str] = &["rand"];

/// The crates that only compute name nothing of the outside world.
pub(crate) fn pure_crates(tree: &Tree, out: &mut Vec<Violation>) {
    for (file, code) in within(tree, PURE_CRATES) {
        for path in code.paths.iter().filter(|path| !code.is_test(path.line)) {
            if let Some(text) = outside(file, path) {
                out.push(file.violation(path.line, "never-1", text));
            }
        }
        for (token, rest) in code
            .product_tokens()
            .filter(|(token, _)| token.is_mark("."))
        {
            let call = rest.first().is_some_and(|name| name.is_word("elapsed"))
                && rest.get(1).is_some_and(|open| open.is_mark("("));
            if call {
                out.push(file.violation(token.line, "never-1", "`.elapsed()` reads a clock"));
            }
        }
    }
}

/// The library asks no clock that somebody can set: every time it keeps is one that only goes on.
pub(crate) fn no_wall_clock(tree: &Tree, out: &mut Vec<Violation>) {
    let is_pure = |file: &File| PURE_CRATES.iter().any(|pure| file.path.starts_with(pure));
    // The crates that only compute name no clock at all.
    for (file, code) in within(tree, &["crates/"]).filter(|(file, _)| !is_pure(file)) {
        for (token, _) in code.product_tokens() {
            if WALL_CLOCK.iter().any(|name| token.is_word(name)) {
                let text = format!("`{}` is a clock that can be set", token.text);
                out.push(file.violation(token.line, "wall-clock", text));
            }
        }
    }
}

/// Protocols do not know how a message is framed.
pub(crate) fn no_framing(tree: &Tree, out: &mut Vec<Violation>) {
    for (file, code) in within(tree, PROTOCOL_CRATES) {
        for (token, _) in code.product_tokens() {
            if token.is_word("speedwell_stream") || token.is_word("Framing") {
                let text = format!("a protocol never sees `{}`", token.text);
                out.push(file.violation(token.line, "never-1", text));
            }
        }
    }
}

/// The sources below `folders`, whole test files apart.
fn within<'a>(
    tree: &'a Tree,
    folders: &'static [&str],
) -> impl Iterator<Item = (&'a File, &'a Code)> {
    let inside = |file: &File| folders.iter().any(|folder| file.path.starts_with(folder));
    tree.rust()
        .filter(move |(file, _)| inside(file) && !file.is_test)
}

/// What of the outside world `path` names, if anything.
fn outside(file: &File, path: &NamedPath) -> Option<String> {
    let engine = file.path.starts_with("crates/engine/");
    if engine
        && ENGINE_MAY_NAME
            .iter()
            .any(|allowed| path.starts_with(allowed))
    {
        return None;
    }
    let module = OUTSIDE_MODULES
        .iter()
        .any(|module| path.starts_with(module));
    let name = path
        .segments
        .iter()
        .any(|segment| OUTSIDE_NAMES.contains(&segment.as_str()));
    let clock = CLOCK_CALLS.iter().any(|call| path.has_pair(*call));
    let random = RANDOM_CRATES.iter().any(|name| path.names_crate(name));
    // A new name for the crate or the clock would hide what follows.
    let disguise = path.renamed
        && (path.segments.len() == 1 && path.starts_with(&["std"])
            || path.segments.last().is_some_and(|last| last == "Instant"));
    (module || name || clock || random || disguise).then(|| format!("names `{}`", path.text()))
}
