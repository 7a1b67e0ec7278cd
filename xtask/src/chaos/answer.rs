//! A line that our side says: a word, and fields `key=value`. Judges nothing.
//! See `xtask/peers/src/serve.rs`.

use anyhow::{Context, Result};

/// A line, taken apart where it is asked.
#[derive(Clone, Debug)]
pub(crate) struct Answer(String);

impl Answer {
    /// A line as it came.
    pub(crate) fn new(line: &str) -> Self {
        Self(line.trim_end().to_owned())
    }

    /// The first word.
    pub(crate) fn word(&self) -> &str {
        self.0.split_whitespace().next().unwrap_or_default()
    }

    /// The whole line.
    pub(crate) fn line(&self) -> &str {
        &self.0
    }

    /// The number of the field `key`.
    pub(crate) fn count(&self, key: &str) -> Result<u64> {
        let value = self
            .0
            .split_whitespace()
            .filter_map(|word| word.split_once('='))
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value);
        let value = value.with_context(|| format!("no `{key}` in `{}`", self.0))?;
        value.parse().with_context(|| format!("{key}={value}"))
    }

    /// The numbers of several fields together.
    pub(crate) fn sum(&self, keys: &[&str]) -> Result<u64> {
        keys.iter().map(|key| self.count(key)).sum()
    }
}
