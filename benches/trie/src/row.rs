//! What is said of one of them: a line of JSON each, on the standard output.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;

/// The figures of one of them; `None` for what was not measured.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Row {
    pub(crate) set: String,
    pub(crate) n: u64,
    pub(crate) who: &'static str,
    pub(crate) bytes_per_sub: Option<f64>,
    pub(crate) insert_ns: Option<f64>,
    pub(crate) hit_ns: Option<f64>,
    pub(crate) miss_ns: Option<f64>,
    pub(crate) remove_ns: Option<f64>,
}

/// Somebody who cannot answer: nothing of them is measured where `left_out`.
#[derive(Debug, Serialize)]
pub(crate) struct Unable {
    pub(crate) set: String,
    pub(crate) unable: &'static str,
    pub(crate) why: String,
    pub(crate) left_out: bool,
}

/// Prints one.
pub(crate) fn say(line: &impl Serialize) -> Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, line)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// To two places: no figure is more exact.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
