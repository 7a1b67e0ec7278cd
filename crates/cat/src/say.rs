//! What the program says of itself, on the standard error, and how much. Never the messages.
//! Obeys `rfc/sp-swcat.md` section 5.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// A voice of a loudness.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Say {
    verbosity: i16,
}

impl Say {
    /// Above 0 it tells more, below 0 nothing but errors.
    pub(crate) fn new(verbosity: i16) -> Self {
        Self { verbosity }
    }

    /// Why the program fails. Always said.
    pub(crate) fn error(self, what: &dyn Display) {
        line(&format!("swcat: {what}"));
    }

    /// What the user should know though nothing failed.
    pub(crate) fn warning(self, what: &str) {
        if self.verbosity >= 0 {
            line(&format!("swcat: {what}"));
        }
    }

    /// What was asked for with `-v`.
    pub(crate) fn detail(self, what: &str) {
        if self.verbosity >= 1 {
            line(&format!("swcat: {what}"));
        }
    }

    /// Whether who comes and goes is told.
    pub(crate) fn tells_events(self) -> bool {
        self.verbosity >= 2
    }

    /// Whether it may tell how far it has come without being asked to.
    pub(crate) fn may_show_progress(self) -> bool {
        self.verbosity >= 0 && is_terminal()
    }
}

/// Whether somebody looks at the standard error.
pub(crate) fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// A line of its own. Nobody can be told that nobody can be told.
pub(crate) fn line(text: &str) {
    let _unheard = writeln!(io::stderr().lock(), "{text}");
}

/// Text as it is.
pub(crate) fn text(text: &str) {
    let mut screen = io::stderr().lock();
    let _unheard = screen
        .write_all(text.as_bytes())
        .and_then(|()| screen.flush());
}
