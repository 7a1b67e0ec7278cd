//! How long single calls of ours take: the slowest, and the one that one in ten thousand exceeds.
//! Judges nothing.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;
use speedwell_trie::SubscriptionTrie;

use crate::rivals::Rival;
use crate::row::say;
use crate::topics::keys;

/// How often the same calls are made: what hit a call in one round only was the machine.
const ROUNDS: u64 = 3;
/// Steps into which each doubling of a time is divided.
const STEPS: u64 = 16;

/// Times of calls, by their lengths.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    counts: Vec<u64>,
    slowest: Duration,
}

/// What is said of them, in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Tail {
    slowest_us: f64,
    /// One of ten thousand takes longer.
    p9999_us: f64,
}

/// The line about one set.
#[derive(Debug, Serialize)]
struct Tails {
    set: String,
    n: u64,
    insert: Tail,
    remove: Tail,
}

impl Calls {
    pub(crate) fn note(&mut self, took: Duration) {
        let nanoseconds = took.as_nanos().max(1) as f64;
        let step = (nanoseconds.log2() * STEPS as f64) as usize;
        if step >= self.counts.len() {
            self.counts.resize(step + 1, 0);
        }
        self.counts[step] += 1;
        self.slowest = self.slowest.max(took);
    }

    pub(crate) fn tail(&self) -> Tail {
        let beyond = self.counts.iter().sum::<u64>() / 10_000;
        let mut slower = 0;
        let step = self.counts.iter().rposition(|count| {
            slower += count;
            slower > beyond
        });
        let end = (step.unwrap_or(0) + 1) as f64 / STEPS as f64;
        let tenths = |nanoseconds: f64| (nanoseconds / 100.0).round() / 10.0;
        Tail {
            slowest_us: tenths(self.slowest.as_nanos() as f64),
            p9999_us: tenths(end.exp2()),
        }
    }
}

/// Makes the calls of a set, all of them in each round, and counts the least time of each.
pub(crate) fn measure(set: char, n: u64, seed: u64) -> Result<()> {
    let texts = [keys(set, n, seed), keys(set, n, seed + 1)];
    let [first, second] = texts.each_ref().map(|texts| texts.all());
    let mut least = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let mut trie = SubscriptionTrie::new();
        each(&first, &mut least[0], |key| Rival::insert(&mut trie, key));
        each(&second, &mut least[1], |key| Rival::remove(&mut trie, key));
    }
    let [insert, remove] = least.map(|least| {
        let mut calls = Calls::default();
        least.into_iter().for_each(|took| calls.note(took));
        calls.tail()
    });
    let set = set.to_string();
    say(&Tails {
        set,
        n,
        insert,
        remove,
    })
}

fn each(keys: &[&[u8]], least: &mut Vec<Duration>, mut call: impl FnMut(&[u8])) {
    least.resize(keys.len(), Duration::MAX);
    for (key, least) in keys.iter().zip(least) {
        let clock = Instant::now();
        call(key);
        *least = clock.elapsed().min(*least);
    }
}
