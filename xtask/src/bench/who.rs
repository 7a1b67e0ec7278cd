//! Who is measured, and how each of them is set up. Runs nothing.

use std::fmt;
use std::str::FromStr;

use anyhow::{Error, Result, bail};

use super::row::{Kind, Row, Transport};

/// From this size on our own program, tuned, shares bodies instead of copying them, and sizes the
/// buffers of tcp; below it has nothing to tune there.
const LARGE: usize = 64 * 1024;

/// One of those that are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Who {
    Speedwell,
    Libzmq,
    Nanomsg,
    Nng,
    Zeromq,
    Raw,
    Rawstream,
}

impl Who {
    pub(crate) const ALL: [Self; 7] = [
        Self::Speedwell,
        Self::Libzmq,
        Self::Nanomsg,
        Self::Nng,
        Self::Zeromq,
        Self::Raw,
        Self::Rawstream,
    ];

    /// The libraries of others.
    pub(crate) const PEERS: [Self; 4] = [Self::Libzmq, Self::Nanomsg, Self::Nng, Self::Zeromq];

    /// How it is set up for a row: all of these run, and the better one counts.
    pub(crate) fn modes(self, row: &Row, quick: bool) -> &'static [Mode] {
        match self {
            Self::Raw | Self::Rawstream => &[Mode::Default],
            Self::Speedwell if row.size < LARGE && row.transport == Transport::Tcp => {
                &[Mode::Default]
            }
            _ if quick => &[Mode::Tuned],
            _ => &[Mode::Default, Mode::Tuned],
        }
    }

    /// What it cannot do though its program would try.
    pub(crate) fn lacks(self, row: &Row) -> Option<&'static str> {
        let batches = self == Self::Rawstream && row.kind == Kind::PacedOneway;
        batches.then_some("paced sends: it sends when 64 KiB have come together")
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Speedwell => "speedwell",
            Self::Libzmq => "libzmq",
            Self::Nanomsg => "nanomsg",
            Self::Nng => "nng",
            Self::Zeromq => "zeromq",
            Self::Raw => "raw",
            Self::Rawstream => "rawstream",
        })
    }
}

impl FromStr for Who {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|who| who.to_string() == text) {
            Some(who) => Ok(who),
            None => bail!("nobody is called {text}"),
        }
    }
}

/// How somebody is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As it comes.
    Default,
    /// With options chosen for the load.
    Tuned,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Default => "default",
            Self::Tuned => "tuned",
        })
    }
}
