//! Times that were taken, and the lines that say them. Takes none.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::input::Input;

/// More are not kept: a run ends with its last.
pub(crate) const SAMPLES_MAX: usize = 4_000_000;

/// Times in nanoseconds, in memory that is there before the first is taken.
pub(crate) struct Samples(Vec<u32>);

impl Samples {
    pub(crate) fn new() -> Self {
        let mut touched = vec![1; SAMPLES_MAX];
        touched.clear();
        Self(touched)
    }

    #[inline]
    pub(crate) fn add(&mut self, nanoseconds: u128) {
        self.0.push(u32::try_from(nanoseconds).unwrap_or(u32::MAX));
    }

    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= SAMPLES_MAX
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Median, minimum, 99th percentile, maximum and count, after `word`.
    pub(crate) fn line(mut self, word: &str) -> Result<String> {
        self.0.sort_unstable();
        let count = self.0.len();
        let at = |index: usize| self.0.get(index).copied().context("nothing was measured");
        let p99 = at(count.saturating_sub(1 + count / 100))?;
        let (median, last) = (at(count / 2)?, at(count.saturating_sub(1))?);
        Ok(format!("{word} {median} {} {p99} {last} {count}", at(0)?))
    }
}

/// Says that the warm-up is over.
pub(crate) fn say_start() -> Result<()> {
    println!("start");
    Ok(io::stdout().flush()?)
}

/// Says how much was done, and stays until whoever measures has asked for the rest.
pub(crate) fn say_end(messages: u64, took: Duration, input: Input) -> Result<()> {
    println!("end {messages} {}", took.as_nanos());
    io::stdout().flush()?;
    input.wait_for_end();
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_line_sums_up_what_was_taken() {
        let mut samples = Samples::new();
        for nanoseconds in (0..1000).rev() {
            samples.add(nanoseconds);
        }
        samples.add(u128::MAX);
        assert_eq!(samples.count(), 1001);
        assert_eq!(
            samples.line("rtt").unwrap(),
            format!("rtt 500 0 990 {} 1001", u32::MAX)
        );
    }

    #[test]
    fn nothing_taken_is_no_line() {
        assert!(Samples::new().line("lag").is_err());
    }
}
