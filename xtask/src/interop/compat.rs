//! Debian's own `nanocat` on our library: found under nanomsg's name, and then a peer of `nngcat`
//! in every pattern, in both directions and with either side bound. See `rfc/sp-capi.md` section 9.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::exchange::{free_port, is_port_conflict};
use super::process::{Event, Process};
use super::{Tally, has_word};
use crate::capi;

/// How long an exchange may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How many ports found free are tried.
const PORTS_MAX: usize = 5;
/// What is said, and what is answered.
const SAID: &str = "said-by-one";
const ANSWERED: &str = "answered-by-other";

/// The folder with our library under nanomsg's names, where programs are told to look first.
#[derive(Debug)]
pub(crate) struct Compat {
    folder: TempDir,
}

/// Who sends or asks, and who receives or answers: options of nanocat and of nngcat.
const PATTERNS: [(&str, &str, &str, bool); 6] = [
    ("PAIR", "--pair", "--pair", false),
    ("PUSH to PULL", "--push", "--pull", false),
    ("PUB to SUB", "--pub", "--sub", false),
    ("BUS", "--bus", "--bus", false),
    ("REQ and REP", "--req", "--rep", true),
    (
        "SURVEYOR and RESPONDENT",
        "--surveyor",
        "--respondent",
        true,
    ),
];

/// One exchange of `nanocat` and `nngcat`.
#[derive(Debug)]
struct Row {
    pattern: &'static str,
    first: &'static str,
    second: &'static str,
    asks: bool,
    nanocat_is_first: bool,
    nanocat_binds: bool,
    is_ipc: bool,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let which = if self.nanocat_is_first {
            "first"
        } else {
            "second"
        };
        let binder = if self.nanocat_binds {
            "it binds"
        } else {
            "nngcat binds"
        };
        let carrier = if self.is_ipc { "ipc" } else { "tcp" };
        write!(
            f,
            "compat {carrier} {}, nanocat {which}, {binder}",
            self.pattern
        )
    }
}

fn rows() -> impl Iterator<Item = Row> {
    let all = PATTERNS
        .iter()
        .flat_map(|pattern| (0..8).map(move |bits| (pattern, bits)));
    all.map(|((pattern, first, second, asks), bits)| Row {
        pattern,
        first,
        second,
        asks: *asks,
        nanocat_is_first: bits & 1 == 0,
        nanocat_binds: bits & 2 == 0,
        is_ipc: bits & 4 != 0,
    })
}

impl Compat {
    /// Installs our library, and sees to it that `nanocat` finds it.
    // rfc: sp-capi A-70
    pub(crate) fn new(root: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        capi::install(root, folder.path(), true)?;
        let compat = Self { folder };
        let nanocat = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .map(|folder| folder.join("nanocat"))
            .find(|program| program.is_file())
            .context("nanocat is not installed (Debian: nanomsg-utils)")?;
        let mut ldd = Command::new("ldd");
        let found = ldd
            .arg(nanocat)
            .env("LD_LIBRARY_PATH", compat.libraries())
            .output()?;
        let found = String::from_utf8_lossy(&found.stdout).into_owned();
        let ours = compat.libraries().join("libnanomsg.so");
        if !found.contains(&ours.display().to_string()) {
            bail!("nanocat would not run on our library:\n{found}");
        }
        Ok(compat)
    }

    /// Where the libraries are.
    pub(crate) fn libraries(&self) -> PathBuf {
        self.folder.path().join("lib")
    }

    /// Lets `nanocat` and `nngcat` talk, in the rows that have a word.
    pub(crate) fn run(&self, only: Option<&str>, tally: &mut Tally) {
        for row in rows().filter(|row| has_word(row, only)) {
            tally.single(&row, || self.exchange(&row));
        }
    }

    fn exchange(&self, row: &Row) -> Result<()> {
        for _ in 0..PORTS_MAX {
            let address = if row.is_ipc {
                format!("ipc://{}", self.folder.path().join("socket").display())
            } else {
                format!("tcp://127.0.0.1:{}", free_port()?)
            };
            if self.attempt(row, &address)? {
                return Ok(());
            }
        }
        bail!("each of {PORTS_MAX} free ports was taken")
    }

    /// One exchange at an address; false when somebody else has it.
    fn attempt(&self, row: &Row, address: &str) -> Result<bool> {
        let deadline = Instant::now() + LIMIT;
        let (to_first, at_first) = mpsc::channel();
        let (to_second, at_second) = mpsc::channel();
        let start_second = || {
            let command = self.command(row, false, address);
            Process::theirs(
                command,
                self.folder.path().join("second"),
                to_second.clone(),
            )
        };
        let start_first = || {
            let command = self.command(row, true, address);
            Process::theirs(command, self.folder.path().join("first"), to_first.clone())
        };
        let (first, second);
        if row.nanocat_binds == row.nanocat_is_first {
            first = start_first()?;
            second = start_second()?;
        } else {
            second = start_second()?;
            first = start_first()?;
        }
        let heard = hears(&at_second, SAID, deadline);
        let answered = match heard {
            Ok(()) if row.asks => hears(&at_first, ANSWERED, deadline),
            heard => heard,
        };
        let complaint = format!("{} {}", first.complaint(), second.complaint());
        match answered {
            Ok(()) => Ok(true),
            Err(_) if is_port_conflict(&complaint) => Ok(false),
            Err(error) => Err(error.context(complaint)),
        }
    }

    /// The program of one side.
    fn command(&self, row: &Row, is_first: bool, address: &str) -> Command {
        let is_nanocat = is_first == row.nanocat_is_first;
        let mut command = if is_nanocat {
            let mut nanocat = Command::new("nanocat");
            nanocat.env("LD_LIBRARY_PATH", self.libraries());
            nanocat
        } else {
            Command::new("nngcat")
        };
        let role = if is_first { row.first } else { row.second };
        let has_versions = !matches!(role, "--push" | "--pull" | "--bus");
        if !is_nanocat && has_versions {
            command.arg(format!("{role}0"));
        } else {
            command.arg(role);
        }
        let binds = is_nanocat == row.nanocat_binds;
        command.args([if binds { "--bind" } else { "--connect" }, address]);
        if !is_nanocat && !binds {
            command.arg("--async");
        }
        if is_first {
            // What is sent before the other is there may be lost. nngcat counts whole seconds.
            let pause_s = if is_nanocat { "0.1" } else { "1" };
            command.args(["-D", SAID, "-i", pause_s]);
        } else if row.asks {
            command.args(["-D", ANSWERED]);
        }
        if !is_first || row.asks {
            command.arg("--ascii");
        }
        command
    }
}

/// Waits until a program prints a word.
fn hears(output: &Receiver<Event>, word: &str, deadline: Instant) -> Result<()> {
    let mut said = Vec::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match output.recv_timeout(left) {
            Ok(Event::TheirOctets(octets)) => said.extend(octets),
            Ok(_) => bail!("it ended without `{word}`"),
            Err(_) => bail!("it did not print `{word}` in {} s", LIMIT.as_secs()),
        }
        if String::from_utf8_lossy(&said).contains(word) {
            return Ok(());
        }
    }
}
