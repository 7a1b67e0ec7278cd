//! What is measured: a transport, a size and a kind of exchange, and where its two ends run.
//! Runs nothing.

use std::fmt;
use std::str::FromStr;

use anyhow::{Error, Result, bail};

/// The sizes that are measured, in octets.
pub(crate) const SIZES: [usize; 4] = [64, 1024, 65_536, 1_048_576];
/// The size at which paced sends are measured.
const PACED_SIZE: usize = 64;
/// The sizes of a quick run.
const QUICK_SIZES: [usize; 2] = [64, 65_536];

/// How octets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Transport {
    Tcp,
    Ipc,
    Inproc,
}

impl Transport {
    pub(crate) const ALL: [Self; 3] = [Self::Tcp, Self::Ipc, Self::Inproc];
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tcp => "tcp",
            Self::Ipc => "ipc",
            Self::Inproc => "inproc",
        })
    }
}

/// What the two ends do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// PUSH sends to PULL as fast as it can.
    Oneway,
    /// PAIR and PAIR, one message at a time.
    PairRoundtrip,
    /// REQ and REP.
    ReqrepRoundtrip,
    /// PUSH sends its time to PULL every 10 us.
    PacedOneway,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [
        Self::Oneway,
        Self::PairRoundtrip,
        Self::ReqrepRoundtrip,
        Self::PacedOneway,
    ];

    pub(crate) fn unit(self) -> Unit {
        match self {
            Self::Oneway => Unit::MessagesPerSecond,
            Self::PairRoundtrip | Self::ReqrepRoundtrip | Self::PacedOneway => Unit::Microseconds,
        }
    }

    /// Where the gates look: round trips jump several-fold by the scheduler's choice of processor,
    /// so they are held to one.
    pub(crate) fn gate_placement(self) -> Placement {
        match self {
            Self::Oneway | Self::PacedOneway => Placement::Free,
            Self::PairRoundtrip | Self::ReqrepRoundtrip => Placement::OneCpu,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Oneway => "oneway",
            Self::PairRoundtrip => "pair-roundtrip",
            Self::ReqrepRoundtrip => "reqrep-roundtrip",
            Self::PacedOneway => "paced-oneway",
        })
    }
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// More is better.
    MessagesPerSecond,
    /// Less is better.
    Microseconds,
}

impl Unit {
    /// Whether `value` is better than `other`.
    pub(crate) fn is_better(self, value: f64, other: f64) -> bool {
        match self {
            Self::MessagesPerSecond => value > other,
            Self::Microseconds => value < other,
        }
    }

    /// `value` as one reads it.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::MessagesPerSecond if value >= 1e6 => format!("{:.2} M/s", value / 1e6),
            Self::MessagesPerSecond if value >= 1e3 => format!("{:.1} k/s", value / 1e3),
            Self::MessagesPerSecond => format!("{value:.0} /s"),
            Self::Microseconds if value >= 1e3 => format!("{:.2} ms", value / 1e3),
            Self::Microseconds => format!("{value:.1} us"),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::MessagesPerSecond => "msg/s",
            Self::Microseconds => "us",
        })
    }
}

/// One row: `tcp/64/oneway`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) transport: Transport,
    pub(crate) kind: Kind,
    /// Octets of each message.
    pub(crate) size: usize,
}

impl Row {
    /// Every row, in the order in which they are measured.
    pub(crate) fn all() -> Vec<Self> {
        let mut rows = Vec::new();
        for transport in Transport::ALL {
            for kind in Kind::ALL {
                let sizes = SIZES.map(|size| Self {
                    transport,
                    kind,
                    size,
                });
                rows.extend(sizes.into_iter().filter(Self::exists));
            }
        }
        rows
    }

    /// Paced sends are of one size and leave the process.
    fn exists(&self) -> bool {
        self.kind != Kind::PacedOneway
            || (self.size == PACED_SIZE && self.transport != Transport::Inproc)
    }

    /// Whether a quick run has it.
    pub(crate) fn is_quick(&self) -> bool {
        QUICK_SIZES.contains(&self.size)
    }

    /// Whether its name is one of `patterns`, of which there may be none.
    pub(crate) fn is_chosen(&self, patterns: &[String]) -> bool {
        let name = self.to_string();
        patterns.is_empty() || patterns.iter().any(|pattern| fits(pattern, &name))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}/{}", self.transport, self.size, self.kind))
    }
}

impl FromStr for Row {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match Self::all().into_iter().find(|row| row.to_string() == text) {
            Some(row) => Ok(row),
            None => bail!("no row {text}"),
        }
    }
}

/// Whether `name` is `pattern`, in which `*` stands for any number of characters.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(tail) = name.strip_prefix(head) else {
        return false;
    };
    let starts = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
    starts.into_iter().any(|at| {
        let end = tail.get(at..);
        end.is_some_and(|end| fits(rest, end))
    })
}

/// Where the two ends run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Placement {
    /// Where the scheduler puts them.
    Free,
    /// Both on one processor.
    OneCpu,
    /// Each on a processor of its own.
    Split,
}

impl Placement {
    pub(crate) const ALL: [Self; 3] = [Self::Free, Self::OneCpu, Self::Split];

    /// The processors of the end that binds and of the one that connects, out of those we may use.
    /// Nothing means: any.
    pub(crate) fn processors(self, usable: &[usize]) -> Option<[Option<usize>; 2]> {
        match (self, usable) {
            (Self::Free, _) => Some([None, None]),
            (Self::OneCpu, [.., last]) => Some([Some(*last), Some(*last)]),
            (Self::Split, [first, .., last]) => Some([Some(*first), Some(*last)]),
            (Self::OneCpu, []) | (Self::Split, [] | [_]) => None,
        }
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Free => "free",
            Self::OneCpu => "one-cpu",
            Self::Split => "split",
        })
    }
}

impl FromStr for Placement {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|one| one.to_string() == text) {
            Some(placement) => Ok(placement),
            None => bail!("no placement {text}"),
        }
    }
}
