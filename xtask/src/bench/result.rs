//! What a run of the bench found: entries of the JSON file, and what they were measured on.
//! Measures and judges nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::exchange::Sample;
use super::row::{Placement, Row};
use super::who::Who;

/// One figure: an element of the array of the JSON file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) row: String,
    pub(crate) placement: String,
    pub(crate) who: String,
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) unit: String,
    pub(crate) cpu_ns: Option<f64>,
    pub(crate) allocs: Option<f64>,
}

impl Entry {
    /// What the rounds say together; `None` when there were none.
    pub(crate) fn of(row: &Row, placement: Placement, who: Who, rounds: &[Sample]) -> Option<Self> {
        let values: Vec<f64> = rounds.iter().map(|sample| sample.value).collect();
        let used: Vec<f64> = rounds.iter().map(|sample| sample.used).collect();
        Some(Self {
            row: row.to_string(),
            placement: placement.to_string(),
            who: who.to_string(),
            median: rounded(median(&values)?),
            min: rounded(values.iter().copied().reduce(f64::min)?),
            max: rounded(values.iter().copied().reduce(f64::max)?),
            unit: row.kind.unit().to_string(),
            cpu_ns: median(&used).map(rounded),
            allocs: None,
        })
    }
}

/// The middle one, or the mean of the two in the middle.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

/// To three places: no figure is more exact.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// What the figures were measured on, and what is not among them. Stands beside the JSON file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct About {
    /// In UTC.
    pub(crate) date: String,
    pub(crate) commit: String,
    pub(crate) processor: String,
    pub(crate) processors: usize,
    pub(crate) kernel: String,
    pub(crate) compilers: Vec<String>,
    /// What each that was measured says it is.
    pub(crate) versions: BTreeMap<String, String>,
    pub(crate) quick: bool,
    pub(crate) rounds: usize,
    pub(crate) warm_ms: u64,
    pub(crate) run_ms: u64,
    /// Processes that wanted to run, averaged over a minute.
    pub(crate) load_before: String,
    pub(crate) load_after: String,
    /// What is not there to be measured.
    pub(crate) lacks: Vec<Note>,
    /// What should have been measured and was not.
    pub(crate) failures: Vec<Note>,
}

/// Why a figure is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) row: String,
    pub(crate) placement: String,
    pub(crate) who: String,
    pub(crate) why: String,
}

/// A line for each reason, with the rows that it keeps away.
pub(crate) fn by_reason(notes: &[Note]) -> Vec<String> {
    let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for Note { row, who, why, .. } in notes {
        let rows = reasons.entry((who, why)).or_default();
        if !rows.contains(&row.as_str()) {
            rows.push(row);
        }
    }
    let line = |((who, why), rows): ((&str, &str), Vec<&str>)| {
        format!("{who}: {why}: {}", rows.join(", "))
    };
    reasons.into_iter().map(line).collect()
}

/// A run of the bench.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Run {
    pub(crate) about: About,
    pub(crate) entries: Vec<Entry>,
}

impl Run {
    /// Writes the entries to `file`, and what is to be known about them beside it.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let mut text = String::from("[\n");
        for (at, entry) in self.entries.iter().enumerate() {
            let comma = if at + 1 < self.entries.len() { "," } else { "" };
            text += &format!("  {}{comma}\n", serde_json::to_string(entry)?);
        }
        text += "]\n";
        fs::write(file, text).with_context(|| file.display().to_string())?;
        let beside = beside(file);
        let about = serde_json::to_string_pretty(&self.about)? + "\n";
        fs::write(&beside, about).with_context(|| beside.display().to_string())
    }

    /// Reads both.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text =
            |path: &Path| fs::read_to_string(path).with_context(|| path.display().to_string());
        let beside = beside(file);
        Ok(Self {
            entries: serde_json::from_str(&text(file)?)
                .with_context(|| file.display().to_string())?,
            about: serde_json::from_str(&text(&beside)?)
                .with_context(|| beside.display().to_string())?,
        })
    }

    /// The entry of a row, if it was measured.
    pub(crate) fn find(&self, row: &Row, placement: Placement, who: Who) -> Option<&Entry> {
        let (row, placement, who) = (row.to_string(), placement.to_string(), who.to_string());
        self.entries
            .iter()
            .find(|entry| entry.row == row && entry.placement == placement && entry.who == who)
    }
}

/// `run.json` has `run.about.json` beside it.
fn beside(file: &Path) -> PathBuf {
    file.with_extension("about.json")
}
