//! The man page and the completions, made of the declaration of the command line. Only prints.

use std::io::{self, Write};

use clap::ValueEnum;
use clap_complete::Shell;

use crate::args;

/// What can be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// The man page, in roff.
    Man,
    /// Completions for bash.
    Bash,
    /// Completions for elvish.
    Elvish,
    /// Completions for fish.
    Fish,
    /// Completions for PowerShell.
    Powershell,
    /// Completions for zsh.
    Zsh,
}

impl What {
    /// Writes it.
    // rfc: sp-swcat W-06
    pub(crate) fn write(self, out: &mut impl Write) -> io::Result<()> {
        let shell = match self {
            Self::Man => return clap_mangen::Man::new(args::command()).render(out),
            Self::Bash => Shell::Bash,
            Self::Elvish => Shell::Elvish,
            Self::Fish => Shell::Fish,
            Self::Powershell => Shell::PowerShell,
            Self::Zsh => Shell::Zsh,
        };
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut args::command(), "swcat", &mut script);
        out.write_all(&script)
    }
}
