//! Measures the set beside a trie of heap nodes, in one run in which they take turns:
//! `measure [SETS] [KEYS] [ROUNDS]`, as in `measure abcd 1000000 5`. One line of JSON for each.
//!
//! With `alone` behind these it measures the set only, inserts the keys as they are made, and
//! keeps none of them: that is how 150,000,000 keys are measured. With `mixed` it does that too, in
//! an order that looks random.

#![allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "a measurement that panics has said what is wrong"
)]

mod heap_nodes;
mod key_sets;

use std::hint::black_box;
use std::time::{Duration, Instant};

use heap_nodes::Tree;
use key_sets::{key, mix};
use speedwell_trie::{Removal, SubscriptionTrie};

type Failure = Box<dyn std::error::Error>;

/// Topics of one measurement.
const TOPICS: u64 = 200_000;
/// Steps of this many visit every number below a count that it does not divide.
const MIXING_PRIME: u64 = 2_654_435_761;
/// Keys inserted or removed before it is the other's turn.
const PART: usize = 50_000;
/// Octets behind the key in a topic.
const BEHIND: usize = 16;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let sets = arguments.next().unwrap_or_else(|| "abcd".to_owned());
    let keys = arguments
        .next()
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let rounds = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let alone_step = match arguments.next().as_deref() {
        Some("alone") => Some(1),
        Some("mixed") => Some(MIXING_PRIME),
        _ => None,
    };
    for set in sets.chars() {
        match alone_step {
            Some(step) => alone(set, keys, step),
            None => beside(set, keys, rounds),
        }
    }
    Ok(())
}

/// Keys one after the other in one piece of memory.
#[derive(Default)]
struct Texts {
    octets: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, pieces: &[&[u8]]) {
        for piece in pieces {
            self.octets.extend_from_slice(piece);
        }
        self.ends.push(self.octets.len());
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, &end)| &self.octets[start..end])
    }
}

/// A number for each of `0..count`, another for each: an order that looks random.
fn order(count: u64, seed: u64) -> Vec<u64> {
    let mut order: Vec<u64> = (0..count).collect();
    order.sort_by_key(|&i| mix(i ^ seed));
    order
}

/// Topics that match, or do not, by whether the keys are of the set.
fn topics(set: char, first: u64, keys: u64) -> Texts {
    let mut topics = Texts::default();
    for n in 0..TOPICS {
        let behind = [mix(n), mix(n ^ 0x5eed)].map(u64::to_be_bytes).concat();
        let own = key(set, first + mix(n ^ 0x70_9135) % keys);
        topics.push(&[&own, &behind[..BEHIND]]);
    }
    topics
}

/// Nanoseconds for each, the least of several rounds of two that take turns.
#[derive(Clone, Copy, Debug)]
struct Times([f64; 2]);

impl Times {
    const fn new() -> Self {
        Self([f64::INFINITY; 2])
    }

    fn add(&mut self, who: usize, took: Duration, count: u64) {
        self.0[who] = self.0[who].min(took.as_secs_f64() * 1e9 / count as f64);
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn lookup(texts: &Texts, matches: impl Fn(&[u8]) -> bool) -> u64 {
    texts
        .iter()
        .map(|topic| u64::from(matches(black_box(topic))))
        .sum()
}

/// The two that are compared, and how long each took for what.
struct Beside {
    ours: SubscriptionTrie,
    theirs: Tree,
    insert: Times,
    hit: Times,
    miss: Times,
    remove: Times,
}

impl Beside {
    /// In turns, a part each, so that what disturbs one disturbs the other.
    fn insert(&mut self, keys: &Texts) {
        let (mut took, all): (_, Vec<&[u8]>) = ([Duration::ZERO; 2], keys.iter().collect());
        for part in all.chunks(PART) {
            took[0] += timed(|| {
                for key in part {
                    black_box(self.ours.insert(key)).ok();
                }
            });
            took[1] += timed(|| part.iter().for_each(|key| self.theirs.insert(key)));
        }
        self.insert.add(0, took[0], all.len() as u64);
        self.insert.add(1, took[1], all.len() as u64);
    }

    fn remove(&mut self, keys: &Texts) {
        let (mut took, all): (_, Vec<&[u8]>) = ([Duration::ZERO; 2], keys.iter().collect());
        for part in all.chunks(PART) {
            took[0] += timed(|| {
                for key in part {
                    assert_eq!(self.ours.remove(key), Removal::Gone);
                }
            });
            took[1] += timed(|| {
                for key in part {
                    black_box(self.theirs.remove(key));
                }
            });
        }
        self.remove.add(0, took[0], all.len() as u64);
        self.remove.add(1, took[1], all.len() as u64);
    }

    fn look(&mut self, hits: &Texts, misses: &Texts) {
        let Self {
            ours,
            theirs,
            hit,
            miss,
            ..
        } = self;
        for (topics, times, all) in [(hits, hit, TOPICS), (misses, miss, 0)] {
            let mut found = [0; 2];
            times.add(
                0,
                timed(|| found[0] = lookup(topics, |t| ours.matches(t))),
                TOPICS,
            );
            times.add(
                1,
                timed(|| found[1] = lookup(topics, |t| theirs.matches(t))),
                TOPICS,
            );
            assert_eq!(found, [all; 2], "both find what is there, and nothing else");
        }
    }
}

fn beside(set: char, count: u64, rounds: u32) {
    let mut keys = [Texts::default(), Texts::default()];
    for (texts, seed) in keys.iter_mut().zip([1, 2]) {
        for i in order(count, seed) {
            texts.push(&[&key(set, i)]);
        }
    }
    let (hits, misses) = (topics(set, 0, count), topics(set, count, count));
    let [insert, hit, miss, remove] = [Times::new(); 4];
    let (ours, theirs) = (SubscriptionTrie::new(), Tree::default());
    let mut beside = Beside {
        ours,
        theirs,
        insert,
        hit,
        miss,
        remove,
    };
    let mut octets = 0;
    for _ in 0..rounds {
        beside.theirs = Tree::default();
        beside.insert(&keys[0]);
        octets = beside.ours.memory().heap;
        for _ in 0..3 {
            beside.look(&hits, &misses);
        }
        beside.remove(&keys[1]);
        assert_eq!(beside.ours.memory().heap, 0, "all is given back");
    }
    beside.print(set, count, octets as f64 / count as f64);
}

impl Beside {
    fn print(&self, set: char, count: u64, octets: f64) {
        let Self {
            insert,
            hit,
            miss,
            remove,
            ..
        } = self;
        for (who, name) in ["speedwell-trie", "heap-nodes"].iter().enumerate() {
            let octets = if who == 0 {
                format!("{octets:.2}")
            } else {
                "null".to_owned()
            };
            println!(
                "{{\"set\":\"{set}\",\"n\":{count},\"who\":\"{name}\",\"bytes_per_sub\":{octets},\
                 \"insert_ns\":{:.0},\"hit_ns\":{:.0},\"miss_ns\":{:.0},\"remove_ns\":{:.0}}}",
                insert.0[who], hit.0[who], miss.0[who], remove.0[who]
            );
        }
        let ratios = [insert, hit, miss, remove].map(|times| times.0[0] / times.0[1]);
        eprintln!("{set}: insert, hit, miss, remove against heap nodes: {ratios:.2?}");
    }
}

/// Octets of memory that are resident.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

fn alone(set: char, count: u64, step: u64) {
    let mut trie = SubscriptionTrie::new();
    let (before, start, mut worst) = (resident(), Instant::now(), Duration::ZERO);
    for i in 0..count {
        let own = key(set, i * step % count);
        let took = timed(|| black_box(trie.insert(&own)).map_or((), |_| ()));
        worst = worst.max(took);
        if i % 10_000_000 == 9_999_999 {
            eprintln!(
                "{set}: {} keys after {:.0} s",
                i + 1,
                start.elapsed().as_secs_f64()
            );
        }
    }
    let insert = start.elapsed().as_secs_f64() * 1e9 / count as f64;
    let rss = resident().saturating_sub(before);
    let (hits, misses) = (topics(set, 0, count), topics(set, count, count));
    let (mut hit, mut miss) = (Times::new(), Times::new());
    let mut found = [0; 2];
    hit.add(
        0,
        timed(|| found[0] = lookup(&hits, |topic| trie.matches(topic))),
        TOPICS,
    );
    miss.add(
        0,
        timed(|| found[1] = lookup(&misses, |topic| trie.matches(topic))),
        TOPICS,
    );
    assert_eq!(
        found,
        [TOPICS, 0],
        "what is there is found, and nothing else"
    );
    println!(
        "{{\"set\":\"{set}\",\"n\":{count},\"who\":\"speedwell-trie\",\"heap\":{},\"rss\":{rss},\
         \"bytes_per_sub\":{:.2},\"insert_with_key_ns\":{insert:.0},\"worst_insert_us\":{},\
         \"hit_ns\":{:.0},\"miss_ns\":{:.0}}}",
        trie.memory().heap,
        trie.memory().heap as f64 / count as f64,
        worst.as_micros(),
        hit.0[0],
        miss.0[0]
    );
}
