//! One exchange: both programs are started, watched until the messages are across, and ended.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use tempfile::TempDir;

use super::cases::{Binder, Carrier, Case};
use super::process::{Event, Process};
use super::watch::Watch;
use super::{payload, peers};

/// How long an exchange may take.
pub(super) const LIMIT: Duration = Duration::from_secs(10);
/// How many ports found free are tried, as somebody else may take one first.
pub(super) const PORTS_MAX: usize = 5;

/// Where exchanges happen: our program, and a folder for bodies and complaints.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(super) ours: PathBuf,
    folder: TempDir,
    /// Where their program looks for libraries first.
    libraries: Option<PathBuf>,
}

/// How an exchange ended that did not fail.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// Every message arrived.
    Complete,
    /// The port found free was taken before they could bind it.
    PortTaken,
}

impl Bench {
    /// A bench for our program at `ours`.
    pub(crate) fn new(ours: PathBuf) -> Result<Self> {
        Ok(Self {
            ours,
            folder: tempfile::tempdir()?,
            libraries: None,
        })
    }

    /// Has their program look for libraries in a folder first.
    #[cfg(unix)]
    pub(crate) fn with_libraries(mut self, folder: PathBuf) -> Self {
        self.libraries = Some(folder);
        self
    }

    /// Runs one exchange; an error says what did not arrive, and what the programs said.
    pub(crate) fn run(&self, case: &Case<'_>) -> Result<()> {
        let deadline = Instant::now() + LIMIT;
        let body = payload::body(case.column.octets);
        fs::write(self.file("body"), &body)?;
        for _ in 0..PORTS_MAX {
            if self.attempt(case, &body, deadline)? == End::Complete {
                return Ok(());
            }
        }
        bail!("each of {PORTS_MAX} free ports was taken")
    }

    /// One exchange at one address.
    fn attempt(&self, case: &Case<'_>, body: &[u8], deadline: Instant) -> Result<End> {
        let (sender, events) = mpsc::channel();
        let start_ours = |address: &str| {
            let command = peers::ours(case, &self.ours, address, LIMIT.as_millis());
            Process::ours(command, self.file("ours"), sender.clone())
        };
        let start_theirs = |address: &str| {
            let mut command = peers::theirs(case, address, &self.file("body"));
            if let Some(folder) = &self.libraries {
                command.env("LD_LIBRARY_PATH", folder);
            }
            Process::theirs(command, self.file("theirs"), sender.clone())
        };
        let (mut ours, theirs);
        match case.row.binder {
            Binder::Us => {
                ours = start_ours(&self.anywhere(case.row.carrier))?;
                let address = bound(&events, deadline).with_context(|| ours.complaint())?;
                theirs = start_theirs(&address)?;
            }
            Binder::Them => {
                let address = self.free_address(case.row.carrier)?;
                theirs = start_theirs(&address)?;
                ours = start_ours(&address)?;
            }
        }
        let complete = Watch::new(case, body).until_complete(&events, deadline);
        let ends_well = |()| match case.we_stay() {
            true => Ok(()),
            false => ours.succeeds_before(deadline),
        };
        match complete.and_then(ends_well) {
            Ok(()) => Ok(End::Complete),
            Err(_) if is_port_conflict(&theirs.complaint()) => Ok(End::PortTaken),
            Err(error) => {
                let (we, they) = (ours.complaint(), theirs.complaint());
                Err(anyhow!("{error:#} (we said `{we}`, they said `{they}`)"))
            }
        }
    }

    /// An address that we can bind, of which we say what became of it.
    pub(super) fn anywhere(&self, carrier: Carrier) -> String {
        match carrier {
            Carrier::Tcp => "tcp://127.0.0.1:0".to_owned(),
            Carrier::Ipc => format!("ipc://{}", self.file("socket").display()),
            Carrier::Abstract => format!("abstract://{}", self.file("socket").display()),
        }
    }

    /// An address that nobody has now.
    pub(super) fn free_address(&self, carrier: Carrier) -> Result<String> {
        match carrier {
            Carrier::Tcp => Ok(format!("tcp://127.0.0.1:{}", free_port()?)),
            Carrier::Ipc | Carrier::Abstract => Ok(self.anywhere(carrier)),
        }
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The address in our first line.
pub(super) fn bound(events: &Receiver<Event>, deadline: Instant) -> Result<String> {
    let left = deadline.saturating_duration_since(Instant::now());
    match events.recv_timeout(left) {
        Ok(Event::OurLine(line)) => match line.strip_prefix("bound ") {
            Some(address) => Ok(address.to_owned()),
            None => bail!("our first line is `{line}`"),
        },
        Ok(_) => bail!("we ended without an address"),
        Err(_) => bail!("we bound nothing until the deadline"),
    }
}

/// Whether a program complains that its port is taken.
pub(crate) fn is_port_conflict(complaint: &str) -> bool {
    let complaint = complaint.to_lowercase();
    complaint.contains("address in use") || complaint.contains("address already in use")
}

/// A port nobody holds now. Somebody may a moment later, so the caller is ready to try again.
pub(super) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}
