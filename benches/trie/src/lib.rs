//! `speedwell-trie` beside the structures people would otherwise take, in turn in one run, so that
//! what the machine does meanwhile meets all alike. Prints a line of JSON for each figure and
//! judges none: that is `xtask/src/bench/trie`. See `rfc/sp-trie.md`, T-13.
#![forbid(unsafe_code)]

mod alone;
mod batch;
mod calls;
mod check;
mod heap_nodes;
#[path = "../../../crates/trie/tests/memory/key_sets.rs"]
mod key_sets;
mod rivals;
mod row;
mod topics;
mod turn;

use anyhow::{Result, bail};
use clap::Parser;

/// What to measure.
#[derive(Debug, Parser)]
struct Options {
    /// The sets of keys, of `a`, `b`, `c` and `d`.
    #[arg(long, default_value = "a,b,c,d", value_delimiter = ',')]
    sets: Vec<char>,
    /// How many keys.
    #[arg(long, default_value_t = 1_000_000)]
    n: u64,
    /// Decides in which order keys come and which topics are asked.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Whom to measure; all of them unless said. We are always among them.
    #[arg(long, value_delimiter = ',')]
    who: Vec<String>,
    /// Measure the trie only, and keep no key: for 150,000,000 of them.
    #[arg(long)]
    alone: bool,
    /// Say only whether this one answers rightly about the keys of the first set.
    #[arg(long, hide = true)]
    check: Option<String>,
    /// Be this one, and work when told to.
    #[arg(long, hide = true)]
    turn: Option<String>,
    /// With `--alone`: insert in an order that looks random, not as keys are made.
    #[arg(long, requires = "alone")]
    mixed: bool,
}

/// Does it. With `live`, octets are counted and no time is taken.
///
/// # Errors
///
/// When an argument makes no sense, or the output is gone.
pub fn run(live: Option<fn() -> u64>) -> Result<()> {
    let options = Options::parse();
    if let Some(set) = options.sets.iter().find(|set| !('a'..='d').contains(set)) {
        bail!("no set of keys {set:?}: a, b, c or d");
    }
    if options.n == 0 {
        bail!("--n 0 measures nothing");
    }
    if let Some(name) = options
        .who
        .iter()
        .find(|name| !rivals::NAMES.contains(&name.as_str()))
    {
        bail!("nobody is called {name:?}: {}", rivals::NAMES.join(", "));
    }
    if let (Some(who), [set, ..]) = (&options.check, &options.sets[..]) {
        check::say(who, *set);
        return Ok(());
    }
    if let (Some(who), [set, ..]) = (&options.turn, &options.sets[..]) {
        return turn::obey(who, *set, &options, live);
    }
    for &set in &options.sets {
        if options.alone {
            alone::measure(set, options.n, options.mixed, live)?;
        } else {
            batch::measure(set, &options, live.is_some())?;
            if live.is_none() {
                calls::measure(set, options.n, options.seed)?;
            }
        }
    }
    if live.is_none() && !options.alone {
        batch::few()?;
    }
    Ok(())
}
