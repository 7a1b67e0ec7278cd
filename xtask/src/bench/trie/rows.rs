//! What `benches/trie` says, line by line, gathered into one row for each set and structure.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The figures of one structure with one set: an element of the array of the JSON file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) set: String,
    pub(crate) n: u64,
    pub(crate) who: String,
    pub(crate) bytes_per_sub: Option<f64>,
    pub(crate) insert_ns: Option<f64>,
    pub(crate) hit_ns: Option<f64>,
    pub(crate) miss_ns: Option<f64>,
    pub(crate) remove_ns: Option<f64>,
}

/// Somebody who does not answer rightly about everything.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Unable {
    pub(crate) set: String,
    pub(crate) unable: String,
    pub(crate) why: String,
    /// Nothing of it was measured.
    pub(crate) left_out: bool,
}

/// How long single calls of ours took, in microseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Tail {
    pub(crate) slowest_us: f64,
    /// One of ten thousand took longer.
    pub(crate) p9999_us: f64,
}

/// The single calls of ours with one set.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Tails {
    pub(crate) set: String,
    pub(crate) n: u64,
    pub(crate) insert: Tail,
    pub(crate) remove: Tail,
}

/// One line.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Line {
    Row(Row),
    Unable(Unable),
    Tails(Tails),
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) rows: Vec<Row>,
    pub(crate) unable: Vec<Unable>,
    pub(crate) tails: Vec<Tails>,
}

impl Found {
    /// Adds a line; what two programs say of one row becomes one.
    pub(crate) fn take(&mut self, line: Line) {
        match line {
            Line::Unable(unable) if self.unable.contains(&unable) => {}
            Line::Unable(unable) => self.unable.push(unable),
            Line::Tails(tails) => self.tails.push(tails),
            Line::Row(row) => {
                let is_same = |own: &&mut Row| own.set == row.set && own.who == row.who;
                match self.rows.iter_mut().find(is_same) {
                    Some(own) => own.add(row),
                    None => self.rows.push(row),
                }
            }
        }
    }

    /// The row of `who` with a set.
    pub(crate) fn of(&self, set: &str, who: &str) -> Option<&Row> {
        self.rows
            .iter()
            .find(|row| row.set == set && row.who == who)
    }

    /// Whether `who` answers rightly about any keys.
    pub(crate) fn is_able(&self, set: &str, who: &str) -> bool {
        let is_same = |unable: &Unable| unable.set == set && unable.unable == who;
        !self.unable.iter().any(is_same)
    }
}

impl Row {
    fn add(&mut self, other: Self) {
        self.bytes_per_sub = self.bytes_per_sub.or(other.bytes_per_sub);
        self.insert_ns = self.insert_ns.or(other.insert_ns);
        self.hit_ns = self.hit_ns.or(other.hit_ns);
        self.miss_ns = self.miss_ns.or(other.miss_ns);
        self.remove_ns = self.remove_ns.or(other.remove_ns);
    }
}

impl fmt::Display for Found {
    /// A table, and below it single calls of ours, and who is missing or limited.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:4} {:>11} {:20} {:>9} {:>9} {:>9} {:>9} {:>9}",
            "set", "n", "who", "B/sub", "insert ns", "hit ns", "miss ns", "remove ns"
        )?;
        for row in &self.rows {
            write!(f, "{:4} {:>11} {:20}", row.set, row.n, row.who)?;
            let octets = [(row.bytes_per_sub, 2)];
            let times = [row.insert_ns, row.hit_ns, row.miss_ns, row.remove_ns];
            for (figure, places) in octets.into_iter().chain(times.map(|time| (time, 1))) {
                match figure {
                    Some(figure) => write!(f, " {figure:>9.places$}")?,
                    None => write!(f, " {:>9}", "-")?,
                }
            }
            writeln!(f)?;
        }
        for Tails {
            set,
            n,
            insert,
            remove,
        } in &self.tails
        {
            writeln!(
                f,
                "single calls with set {set} of {n}: insert {insert}, remove {remove}"
            )?;
        }
        for Unable {
            set,
            unable,
            why,
            left_out,
        } in &self.unable
        {
            let what = if *left_out { "not measured" } else { "limited" };
            writeln!(f, "{what}: {unable} with set {set}: {why}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            slowest_us,
            p9999_us,
        } = self;
        write!(
            f,
            "{slowest_us:.1} us at most, 99.99 % within {p9999_us:.1} us"
        )
    }
}
