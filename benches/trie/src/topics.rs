//! Keys in an order that looks random, and topics that match or do not. Measures nothing.

use crate::key_sets::{key, mix};

/// Octets behind the key in a topic: 16.
const BEHIND: [u64; 2] = [0, 0x5eed];

/// Texts one after the other in one piece of memory.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    octets: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    pub(crate) fn push(&mut self, pieces: &[&[u8]]) {
        for piece in pieces {
            self.octets.extend_from_slice(piece);
        }
        self.ends.push(self.octets.len());
    }

    pub(crate) fn all(&self) -> Vec<&[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let pairs = starts.zip(&self.ends);
        pairs
            .map(|(start, &end)| &self.octets[start..end])
            .collect()
    }
}

/// The first `count` keys of a set, in an order that looks random and is another for each seed.
pub(crate) fn keys(set: char, count: u64, seed: u64) -> Texts {
    let mut order: Vec<u64> = (0..count).collect();
    order.sort_by_key(|&i| mix(i ^ mix(seed)));
    let mut texts = Texts::default();
    for i in order {
        texts.push(&[&key(set, i)]);
    }
    texts
}

/// `count` topics: each a key of `first..first + keys`, and 16 random octets behind it.
pub(crate) fn topics(set: char, first: u64, keys: u64, count: u64, seed: u64) -> Texts {
    let mut texts = Texts::default();
    for n in 0..count {
        let n = n ^ mix(seed);
        let behind = BEHIND.map(|salt| mix(n ^ salt).to_be_bytes()).concat();
        texts.push(&[&key(set, first + mix(n ^ 0x70_9135) % keys), &behind]);
    }
    texts
}
