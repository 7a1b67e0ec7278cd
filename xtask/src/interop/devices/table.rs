//! The rows and columns: whose device, over what, what passes, with which TTL or of which size.

use std::fmt;
use std::path::Path;

use super::foreign::Library;
use crate::interop::cases::Program;

/// One column.
#[derive(Debug)]
pub(crate) struct Column {
    /// What stands above it.
    pub(crate) title: &'static str,
    /// A TTL, or octets.
    pub(crate) value: usize,
    /// Whether a quick run has it.
    pub(crate) quick: bool,
}

/// How many words the foreign device lets through: where something might be off by one.
#[rustfmt::skip]
pub(crate) const TTLS: &[Column] = &[
    Column { title: "ttl 1",   value: 1,   quick: false },
    Column { title: "ttl 7",   value: 7,   quick: false },
    Column { title: "ttl 8",   value: 8,   quick: true },
    Column { title: "ttl 9",   value: 9,   quick: false },
    Column { title: "ttl 15",  value: 15,  quick: true },
    Column { title: "ttl 16",  value: 16,  quick: false },
    Column { title: "ttl 255", value: 255, quick: false },
];

/// Octets of question and answer.
#[rustfmt::skip]
pub(crate) const SIZES: &[Column] = &[
    Column { title: "1 B",      value: 1,                  quick: true },
    Column { title: "64 KiB",   value: 64 * 1024,          quick: true },
    Column { title: "1 MiB-64", value: 1024 * 1024 - 64,   quick: false },
];

/// The carriers of both tables.
pub(crate) const SCHEMES: &[&str] = if cfg!(unix) {
    &["tcp", "ipc"]
} else {
    &["tcp"]
};

/// Our ends around a device of theirs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around {
    /// Whose device.
    pub(crate) library: Library,
    scheme: &'static str,
    /// What passes, as both programs call it.
    pub(crate) kind: &'static str,
    /// The role of our program.
    role: &'static str,
}

/// The most of our devices in a row before theirs.
const ROW_MAX: usize = 16;

impl Around {
    /// Whether our ends can do it: one cannot be a device nearer than the nearest, and a row of
    /// hundreds of devices is many threads for what a trace shows as well.
    pub(crate) fn is_possible(&self, ttl: usize) -> bool {
        self.role == "traces" || (2..=ROW_MAX.min(self.library.ttl_max())).contains(&ttl)
    }

    /// The words for our program.
    pub(crate) fn ours(&self, ttl: usize, folder: &Path) -> Vec<String> {
        let [front, back] = sides(self.scheme, folder);
        let ttl = ttl.to_string();
        let words = [
            self.role, self.kind, "--front", &front, "--back", &back, "--ttl", &ttl,
        ];
        words.map(str::to_owned).to_vec()
    }
}

impl fmt::Display for Around {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (library, scheme) = (self.library, self.scheme);
        let what = match (self.kind, self.role) {
            (_, "row") => "REQ, our devices .. ours, REP",
            ("request", _) => "raw REQ .. raw REP",
            _ => "raw SURVEYOR .. RESPONDENT",
        };
        write!(f, "{library:<8} {scheme:<8} {what}")
    }
}

/// The rows of one library.
pub(crate) fn around(library: Library) -> impl Iterator<Item = Around> {
    let roles = [
        ("request", "traces"),
        ("survey", "traces"),
        ("request", "row"),
    ];
    SCHEMES.iter().flat_map(move |scheme| {
        roles.into_iter().map(move |(kind, role)| Around {
            library,
            scheme,
            kind,
            role,
        })
    })
}

/// Their ends around our device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Between {
    /// Who asks.
    pub(crate) asks: Program,
    /// Who answers.
    pub(crate) answers: Program,
    /// What carries it.
    pub(crate) scheme: &'static str,
}

impl Between {
    /// The words for our program.
    pub(crate) fn ours(&self, folder: &Path) -> Vec<String> {
        let [front, back] = sides(self.scheme, folder);
        let words = ["device", "request", "--front", &front, "--back", &back];
        words.map(str::to_owned).to_vec()
    }
}

impl fmt::Display for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (asks, answers) = (self.asks.name(), self.answers.name());
        write!(f, "{asks:<8} {:<8} REQ .. REP of {answers}", self.scheme)
    }
}

/// Every pair of the programs that are here.
pub(crate) fn between(programs: &[Program]) -> impl Iterator<Item = Between> {
    SCHEMES.iter().flat_map(move |scheme| {
        programs.iter().flat_map(move |&asks| {
            programs.iter().map(move |&answers| Between {
                asks,
                answers,
                scheme,
            })
        })
    })
}

/// Two addresses that we can bind, of which we say what became of them.
fn sides(scheme: &str, folder: &Path) -> [String; 2] {
    ["front", "back"].map(|side| match scheme {
        "ipc" => format!("ipc://{}", folder.join(side).display()),
        _ => "tcp://127.0.0.1:0".to_owned(),
    })
}
