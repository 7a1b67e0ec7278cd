//! What the system says of a process: memory, processor time, descriptors. And what it
//! is told to do to one: signals and limits. Linux's `/proc` only.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::param::clock_ticks_per_second;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};

/// One process.
#[derive(Debug)]
pub(crate) struct Gauge {
    pid: Pid,
    folder: PathBuf,
}

impl Gauge {
    /// The process with this number.
    pub(crate) fn new(pid: u32) -> Result<Self> {
        let raw = i32::try_from(pid).ok().and_then(Pid::from_raw);
        Ok(Self {
            pid: raw.with_context(|| format!("process {pid}"))?,
            folder: PathBuf::from(format!("/proc/{pid}")),
        })
    }

    /// Processor time of all its threads, those that ended among them.
    pub(crate) fn processor_time(&self) -> Result<Duration> {
        let ticks = ticks_of(&self.read("stat")?)?;
        let ms = ticks.saturating_mul(1000) / clock_ticks_per_second().max(1);
        Ok(Duration::from_millis(ms))
    }

    /// Memory of its own, in octets. Counted page by page: the quick counters of the system are
    /// off by some dozens of pages for each processor.
    pub(crate) fn memory(&self) -> Result<u64> {
        Ok(own_kib_of(&self.read("smaps_rollup")?)?.saturating_mul(1024))
    }

    /// Open descriptors.
    pub(crate) fn descriptors(&self) -> Result<u64> {
        Ok(u64::try_from(self.descriptor_numbers()?.len())?)
    }

    fn descriptor_numbers(&self) -> Result<BTreeSet<u64>> {
        let path = self.folder.join("fd");
        let entries = fs::read_dir(&path).with_context(|| path.display().to_string())?;
        entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().parse()?))
            .collect()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(self.pid, signal)?)
    }

    /// Lets it open so many further descriptors.
    pub(crate) fn leave_descriptors(&self, free: u64) -> Result<()> {
        self.limit_descriptors(limit_leaving(free, &self.descriptor_numbers()?))
    }

    /// Lets it open descriptors below this number only.
    pub(crate) fn limit_descriptors(&self, below: u64) -> Result<()> {
        let maximum = getrlimit(Resource::Nofile).maximum;
        let current = Some(below);
        prlimit(
            Some(self.pid),
            Resource::Nofile,
            Rlimit { current, maximum },
        )?;
        Ok(())
    }

    fn read(&self, name: &str) -> Result<String> {
        let path = self.folder.join(name);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    }
}

/// The limit below which so many numbers are `free` that are not `taken`. Those taken may have
/// gaps.
pub(crate) fn limit_leaving(free: u64, taken: &BTreeSet<u64>) -> u64 {
    let mut left = (0..).filter(|number| !taken.contains(number));
    match free
        .checked_sub(1)
        .and_then(|last| usize::try_from(last).ok())
    {
        Some(last) => left.nth(last).map_or(u64::MAX, |number| number + 1),
        None => 0,
    }
}

/// User and system time in `/proc/PID/stat`, in ticks.
pub(crate) fn ticks_of(stat: &str) -> Result<u64> {
    // The name of the program comes second, in brackets, and may have blanks in it.
    let (_, fields) = stat.rsplit_once(") ").context("stat")?;
    let mut times = fields.split_whitespace().skip(11);
    match (times.next(), times.next()) {
        (Some(user), Some(system)) => Ok(user.parse::<u64>()?.saturating_add(system.parse()?)),
        _ => bail!("stat has too few fields"),
    }
}

/// Memory that is no file's in `/proc/PID/smaps_rollup`, in KiB.
pub(crate) fn own_kib_of(rollup: &str) -> Result<u64> {
    let line = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Anonymous:"))
        .context("smaps_rollup has no line of anonymous memory")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

/// Raises our own limit of descriptors, which our children inherit, as far as it goes; says how
/// far that is.
pub(crate) fn raise_descriptors() -> Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum;
    let maximum = limit.maximum;
    prlimit(None, Resource::Nofile, Rlimit { current, maximum })?;
    Ok(current.unwrap_or(u64::MAX))
}

/// How many processes want a processor, for each processor: more than 1 is a loaded machine.
pub(crate) fn load() -> Result<f64> {
    let line = fs::read_to_string("/proc/loadavg")?;
    let load: f64 = line.split_whitespace().next().unwrap_or_default().parse()?;
    let processors = std::thread::available_parallelism()?.get();
    Ok(load / f64::from(u32::try_from(processors)?))
}
