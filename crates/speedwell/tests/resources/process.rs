//! What this process has taken from the system: descriptors, memory and time. On a system that does
//! not tell, it says so.

use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use speedwell_testkit::effort::usual_or;

/// Octets of a page in `/proc/self/statm`, as Linux has them nearly everywhere.
const PAGE: usize = 4096;

/// Descriptors that the tests leave to everything else.
const SPARE: usize = 200;

/// Set in a process that has one measurement to make.
const IS_ALONE: &str = "SPEEDWELL_MEASURES";

/// Runs `measure` in a process where nothing else has happened: this program again, with the one
/// test that calls this. What it prints is printed.
pub(crate) fn alone(test: &str, measure: impl FnOnce()) {
    if env::var_os(IS_ALONE).is_some() {
        return measure();
    }
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(IS_ALONE, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    // Its result is counted here, and not a second time by whoever reads this.
    for line in printed
        .lines()
        .filter(|line| !line.starts_with("test result"))
    {
        println!("{line}");
    }
    println!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        output.status.success() && printed.contains("1 passed"),
        "{test}"
    );
}

/// Open descriptors, when the system tells.
pub(crate) fn descriptors() -> Option<usize> {
    match fs::read_dir("/proc/self/fd") {
        // The listing has one open for itself.
        Ok(entries) => Some(entries.count().saturating_sub(1)),
        Err(error) => not_measured("descriptors", &error),
    }
}

/// Octets of memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Asked for, touched or not: a buffer that is only reserved shows here alone.
    pub(crate) reserved: usize,
    /// In use.
    pub(crate) resident: usize,
}

impl Memory {
    /// What each of so many has cost since `before`: the larger of the two figures.
    pub(crate) fn each_since(self, before: Self, count: usize) -> usize {
        let reserved = self.reserved.saturating_sub(before.reserved);
        let resident = self.resident.saturating_sub(before.resident);
        println!("{reserved} octets reserved, {resident} of them in use, for {count}");
        reserved.max(resident) / count
    }
}

/// What the process has, when the system tells.
pub(crate) fn memory() -> Option<Memory> {
    let statm = match fs::read_to_string("/proc/self/statm") {
        Ok(statm) => statm,
        Err(error) => return not_measured("memory", &error),
    };
    let mut pages = statm
        .split_whitespace()
        .map(|it| it.parse::<usize>().unwrap());
    Some(Memory {
        reserved: pages.next().unwrap() * PAGE,
        resident: pages.next().unwrap() * PAGE,
    })
}

/// Time on a processor of all threads so far, when the system tells.
pub(crate) fn processor_time() -> Option<Duration> {
    let threads = match fs::read_dir("/proc/self/task") {
        Ok(threads) => threads,
        Err(error) => return not_measured("processor time", &error),
    };
    let of_one = |thread: fs::DirEntry| {
        // The first figure counts in nanoseconds; `stat` counts in hundredths of a second.
        let figures = fs::read_to_string(thread.path().join("schedstat")).unwrap();
        let on_processor = figures.split_whitespace().next().unwrap();
        Duration::from_nanos(on_processor.parse().unwrap())
    };
    Some(threads.map(|thread| of_one(thread.unwrap())).sum())
}

/// How many peers to have: `usually`, or `long` in a long run; fewer, and said so, when the limit
/// of descriptors is too low, of which each peer takes two here.
pub(crate) fn crowd(usually: usize, long: usize) -> usize {
    let wanted = usual_or(usually, long);
    let possible = descriptors_max().saturating_sub(SPARE) / 2;
    if possible < wanted {
        println!("NOT TESTED with {wanted} peers: descriptors for {possible} only");
    }
    wanted.min(possible)
}

fn descriptors_max() -> usize {
    // Elsewhere the usual limit is at least this.
    const USUAL: usize = 256;
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    match line.and_then(|line| line.split_whitespace().next()) {
        Some("unlimited") => usize::MAX,
        Some(soft) => soft.parse().unwrap(),
        None => USUAL,
    }
}

fn not_measured<T>(what: &str, error: &std::io::Error) -> Option<T> {
    println!("NOT MEASURED: {what}: this system does not tell: {error}");
    None
}
