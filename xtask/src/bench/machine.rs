//! The machine that measures: what it is and which processors may be used. Changes nothing on it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use super::result::About;

/// What is known of the machine and the source.
pub(crate) fn describe(root: &Path) -> About {
    About {
        date: said(root, "date", &["-u", "+%Y-%m-%d %H:%M"]),
        commit: said(root, "git", &["describe", "--always", "--dirty"]),
        processor: processor(&read("/proc/cpuinfo")),
        processors: thread::available_parallelism().map_or(0, usize::from),
        kernel: said(root, "uname", &["-sr"]),
        compilers: vec![
            said(root, "rustc", &["--version"]),
            first_line(&said(root, "cc", &["--version"])),
        ],
        ..About::default()
    }
}

/// How many processes want to run, averaged over a minute.
pub(crate) fn load() -> String {
    let text = read("/proc/loadavg");
    text.split(' ').next().unwrap_or("?").to_owned()
}

/// The processors that we may use.
pub(crate) fn usable() -> Vec<usize> {
    let status = read("/proc/self/status");
    let mut lines = status.lines();
    let list = lines.find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    numbers(list.unwrap_or("").trim())
}

/// The numbers of a list such as `0-2,5`.
pub(crate) fn numbers(list: &str) -> Vec<usize> {
    let mut numbers = Vec::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.parse(), last.parse::<usize>()) {
            numbers.extend(first..=last);
        }
    }
    numbers
}

/// The model in what the system says about its processors.
pub(crate) fn processor(text: &str) -> String {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let model = lines.find(|(key, _)| key.trim() == "model name");
    model
        .map_or("unknown", |(_, model)| model.trim())
        .to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// What a program says; `unknown` where there is none.
fn said(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output();
    match output {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => "unknown".to_owned(),
    }
}
