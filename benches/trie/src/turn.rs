//! One of them in a process of its own, which works when it is its turn: no heap is charged with
//! what another has left in it, and who dies dies alone. It obeys a line on its standard input and
//! answers with one.
//!
//! | Line | Does | Answers |
//! |---|---|---|
//! | `insert FIRST END`, `remove FIRST END` | that with these keys | nanoseconds, octets in use |
//! | `hit SEED`, `miss SEED` | asks about other topics | nanoseconds, how many matched |

use std::io::{BufRead, Write};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::Options;
use crate::rivals;
use crate::topics::{keys, topics};

/// Topics of one turn.
pub(crate) const TOPICS: u64 = 200_000;

/// Obeys until the input ends.
pub(crate) fn obey(
    who: &str,
    set: char,
    options: &Options,
    live: Option<fn() -> u64>,
) -> Result<()> {
    let (n, seed) = (options.n, options.seed);
    let octets = || live.map_or(0, |live| live());
    let texts = [keys(set, n, seed), keys(set, n, seed + 1)];
    let [first, second] = texts.each_ref().map(|texts| texts.all());
    let mut rival = rivals::new(who);
    let mut out = std::io::stdout().lock();
    let before = octets();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split(' ');
        let word = words.next().unwrap_or_default();
        let numbers: Vec<u64> = words.map(str::parse).collect::<Result<_, _>>()?;
        let (took, found) = match (word, &numbers[..]) {
            ("insert" | "remove", &[start, end]) => {
                let range = usize::try_from(start)?..usize::try_from(end)?;
                let clock = Instant::now();
                if word == "insert" {
                    rival.insert_all(first.get(range).context("no such keys")?);
                } else {
                    rival.remove_all(second.get(range).context("no such keys")?);
                }
                (clock.elapsed(), octets().saturating_sub(before))
            }
            ("hit" | "miss", &[seed]) => {
                let start = if word == "hit" { 0 } else { n };
                let texts = topics(set, start, n, TOPICS, seed);
                let topics = texts.all();
                let clock = Instant::now();
                let found = rival.matching(&topics);
                (clock.elapsed(), found)
            }
            _ => bail!("what is {line:?}?"),
        };
        writeln!(out, "{} {found}", took.as_nanos())?;
        out.flush()?;
    }
    // The process ends: nobody waits until every node is freed.
    std::mem::forget(rival);
    Ok(())
}
