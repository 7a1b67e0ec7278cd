//! The figures of a case, each beside its bound. Measures nothing.

use std::fmt;
use std::time::Duration;

use anyhow::Result;

use super::patience::until;

/// What a figure has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    None,
    AtMost(f64),
    AtLeast(f64),
    Exactly(f64),
}

/// One figure.
#[derive(Clone, Debug)]
struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
    bound: Bound,
}

impl Figure {
    fn holds(&self) -> bool {
        match self.bound {
            Bound::None => true,
            Bound::AtMost(bound) => self.value <= bound,
            Bound::AtLeast(bound) => self.value >= bound,
            Bound::Exactly(bound) => (self.value - bound).abs() < 0.5,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value: f64| {
            let whole = value.abs() >= 100.0 || value.fract() == 0.0;
            format!("{value:.*} {}", usize::from(!whole), self.unit)
        };
        let value = number(self.value);
        write!(f, "{:<52} {value:>14}", self.what)?;
        match self.bound {
            Bound::None => {}
            Bound::AtMost(bound) => write!(f, "  at most {}", number(bound))?,
            Bound::AtLeast(bound) => write!(f, "  at least {}", number(bound))?,
            Bound::Exactly(bound) => write!(f, "  exactly {}", number(bound))?,
        }
        f.write_str(if self.holds() { "" } else { "  FAILED" })
    }
}

/// The figures of one case.
#[derive(Debug, Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
    remarks: Vec<String>,
}

impl Report {
    fn add(&mut self, what: &str, value: f64, unit: &'static str, bound: Bound) {
        self.figures.push(Figure {
            what: what.to_owned(),
            value,
            unit,
            bound,
        });
    }

    /// A figure without a bound.
    pub(crate) fn note(&mut self, what: &str, value: f64, unit: &'static str) {
        self.add(what, value, unit, Bound::None);
    }

    /// Something to be said that is no figure.
    pub(crate) fn remark(&mut self, remark: String) {
        self.remarks.push(remark);
    }

    /// A figure that has an upper bound.
    pub(crate) fn at_most(&mut self, what: &str, value: f64, bound: f64, unit: &'static str) {
        self.add(what, value, unit, Bound::AtMost(bound));
    }

    /// A figure that has a lower bound.
    pub(crate) fn at_least(&mut self, what: &str, value: f64, bound: f64, unit: &'static str) {
        self.add(what, value, unit, Bound::AtLeast(bound));
    }

    /// A time in milliseconds, with an upper bound.
    pub(crate) fn within(&mut self, what: &str, took: Duration, bound: Duration) {
        self.at_most(what, ms(took), ms(bound), "ms");
    }

    /// A count that is known beforehand.
    pub(crate) fn exactly(&mut self, what: &str, value: u64, expected: u64) {
        self.add(what, wide(value), "", Bound::Exactly(wide(expected)));
    }

    /// Octets that each of some has cost, in KiB.
    pub(crate) fn each(&mut self, what: &str, (before, after): (u64, u64), of: u64, bound: f64) {
        let kib = wide(after.saturating_sub(before)) / 1024.0 / wide(of);
        self.at_most(what, kib, bound, "KiB");
    }

    /// Waits until a count is down at what it was, at most for `limit`.
    pub(crate) fn settles(
        &mut self,
        what: &str,
        base: u64,
        limit: Duration,
        mut read: impl FnMut() -> Result<u64>,
    ) -> Result<()> {
        // When it does not settle, the figure says so.
        let _in_vain = until(what, limit, || Ok(read()? <= base));
        self.at_most(what, wide(read()?), wide(base), "");
        Ok(())
    }

    /// Whether every figure is within its bound.
    pub(crate) fn holds(&self) -> bool {
        self.figures.iter().all(Figure::holds)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for remark in &self.remarks {
            writeln!(f, "        {remark}")?;
        }
        for figure in &self.figures {
            writeln!(f, "        {}", figure.to_string().trim_end())?;
        }
        Ok(())
    }
}

/// A time in milliseconds.
pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A count as a figure; exact up to 2^53.
#[allow(clippy::cast_precision_loss, reason = "no count here is near 2^53")]
pub(crate) fn wide(count: u64) -> f64 {
    count as f64
}
