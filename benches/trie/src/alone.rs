//! The trie by itself, whose keys are made and forgotten: how 150,000,000 of them are measured.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, ensure};
use serde::Serialize;
use speedwell_trie::{Removal, SubscriptionTrie};

use crate::calls::{Calls, Tail};
use crate::key_sets::key;
use crate::rivals::Rival;
use crate::topics::topics;

/// Steps of this many visit every number below a count that it does not divide.
const MIXING_PRIME: u64 = 2_654_435_761;
/// Topics of one measurement.
const TOPICS: u64 = 200_000;
/// How often it says where it is.
const PROGRESS: u64 = 10_000_000;

/// What was found.
#[derive(Debug, Serialize)]
struct Alone {
    alone: char,
    n: u64,
    heap: u64,
    rss: u64,
    bytes_per_sub: f64,
    /// Keys are made meanwhile.
    insert_with_key_ns: f64,
    /// Of one call, whatever else the machine did meanwhile.
    insert: Tail,
    hit_ns: f64,
    miss_ns: f64,
    /// Of as many as there are topics, and of those calls alone.
    remove: Tail,
}

/// Measures it.
pub(crate) fn measure(set: char, n: u64, mixed: bool, live: Option<fn() -> u64>) -> Result<()> {
    let counted = || live.map_or(0, |live| live());
    let step = if mixed { MIXING_PRIME } else { 1 };
    let (mut trie, octets, before) = (SubscriptionTrie::new(), counted(), resident());
    let (start, mut inserts) = (Instant::now(), Calls::default());
    for i in 0..n {
        let own = key(set, i * step % n);
        let call = Instant::now();
        black_box(trie.insert(&own))?;
        inserts.note(call.elapsed());
        if (i + 1) % PROGRESS == 0 {
            let seconds = start.elapsed().as_secs();
            eprintln!("trie-bench: set {set}: {} keys after {seconds} s", i + 1);
        }
    }
    let insert = start.elapsed();
    let rss = resident().saturating_sub(before);
    let octets = counted() - octets;
    let heap = if live.is_some() {
        octets
    } else {
        trie.memory().heap as u64
    };
    let look = |first, expected| -> Result<f64> {
        let texts = topics(set, first, n, TOPICS, 1);
        let all = texts.all();
        let start = Instant::now();
        ensure!(
            trie.matching(&all) == expected,
            "what is there is found, and nothing else"
        );
        Ok((start.elapsed().as_secs_f64() * 1e9 / TOPICS as f64).round())
    };
    crate::row::say(&Alone {
        alone: set,
        n,
        heap,
        rss,
        bytes_per_sub: (heap as f64 / n as f64 * 100.0).round() / 100.0,
        insert_with_key_ns: (insert.as_secs_f64() * 1e9 / n as f64).round(),
        insert: inserts.tail(),
        hit_ns: look(0, TOPICS)?,
        miss_ns: look(n, 0)?,
        remove: remove_some(&mut trie, set, n)?,
    })
}

/// Removes keys from all over the set.
fn remove_some(trie: &mut SubscriptionTrie, set: char, n: u64) -> Result<Tail> {
    let mut removals = Calls::default();
    for i in (0..n).step_by(usize::try_from(n.div_ceil(TOPICS))?) {
        let own = key(set, i);
        let call = Instant::now();
        let removal = black_box(trie.remove(&own));
        removals.note(call.elapsed());
        ensure!(removal == Removal::Gone, "what was inserted is removed");
    }
    Ok(removals.tail())
}

/// Octets of memory that are resident.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
