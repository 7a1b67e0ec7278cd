//! How many threads and descriptors this process has. Knows only where `/proc` is, as on Linux;
//! elsewhere it says nothing. See `CONTRIBUTING.md`.

use std::fs;

/// `threads=N fds=N`, or nothing.
pub(crate) fn line() -> String {
    match (entries("/proc/self/task"), entries("/proc/self/fd")) {
        // The folder of descriptors counts the one that reads it.
        (Some(threads), Some(fds)) => format!("threads={threads} fds={}", fds.saturating_sub(1)),
        _ => String::new(),
    }
}

fn entries(folder: &str) -> Option<usize> {
    Some(fs::read_dir(folder).ok()?.count())
}
