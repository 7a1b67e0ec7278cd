//! Whether one of them answers as a naive set does, before it is measured. What panics, or ends the
//! process it is in, has answered wrongly.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use anyhow::Result;

use crate::key_sets::mix;
use crate::rivals::{self, Rival};
use crate::topics::{keys, topics};

/// Keys of a set that a check takes; it tells nothing of what only more of them bring about.
const KEYS: u64 = 5_000;
/// Keys of the check with nested ones: of up to so many letters, of two.
const NESTED: u64 = 2_000;
const NESTED_LEN: u64 = 10;

/// How somebody answers.
#[derive(Debug)]
pub(crate) enum Answers {
    Rightly,
    /// Rightly about the keys that are measured, of which none is a prefix of another.
    UnlessNested(String),
    Wrongly(String),
}

/// Checks `who` in a process of its own: some end the one they are in.
pub(crate) fn in_a_process(who: &str, set: char) -> Result<Answers> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--check", who, "--sets", &set.to_string()]);
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(match said.split_once(' ') {
        _ if !output.status.success() => Answers::Wrongly(output.status.to_string()),
        Some(("nested", why)) => Answers::UnlessNested(why.to_owned()),
        Some((_, why)) => Answers::Wrongly(why.to_owned()),
        None => Answers::Rightly,
    })
}

/// What the process says of one that is checked: nothing when it answers rightly.
pub(crate) fn say(who: &str, set: char) {
    if let Err(why) = of_set(who, set) {
        println!("wrong {why}");
    } else if let Err(why) = of_nested(who) {
        println!("nested with keys that are prefixes of others, {why}");
    }
}

/// The set written as plainly as can be.
#[derive(Default)]
struct Oracle(BTreeMap<Vec<u8>, u32>);

impl Oracle {
    fn insert(&mut self, key: &[u8]) {
        *self.0.entry(key.to_vec()).or_default() += 1;
    }

    fn remove(&mut self, key: &[u8]) {
        if let Some(count) = self.0.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(key);
            }
        }
    }

    fn matches(&self, topic: &[u8]) -> bool {
        (0..=topic.len()).any(|len| self.0.contains_key(&topic[..len]))
    }
}

/// Whether it answers about keys of `set`; why not, else.
fn of_set(name: &str, set: char) -> Result<(), String> {
    let (keys, more) = (keys(set, KEYS, 7), topics(set, 0, 2 * KEYS, KEYS, 7));
    caught(|| agree(&mut *rivals::new(name), &keys.all(), &more.all()))
}

/// Whether it answers where keys are prefixes of others.
fn of_nested(name: &str) -> Result<(), String> {
    let word = |n: u64| -> Vec<u8> {
        let letters = 0..mix(n) % (NESTED_LEN + 1);
        letters
            .map(|at| b'a' + (mix(n ^ 99) >> at & 1) as u8)
            .collect()
    };
    let words: Vec<_> = (0..NESTED).map(word).collect();
    let (keys, more) = words.split_at(words.len() / 4);
    let slices = |words: &'static [Vec<u8>]| words.iter().map(Vec::as_slice).collect::<Vec<_>>();
    let (keys, more) = (slices(keys.to_vec().leak()), slices(more.to_vec().leak()));
    caught(|| agree(&mut *rivals::new(name), &keys, &more))
}

/// Runs `work`; a panic is told as an error, and not printed.
fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = catch_unwind(AssertUnwindSafe(work));
    std::panic::set_hook(hook);
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("it panics: {}", text.unwrap_or_default()))
    })
}

/// Inserts, each key twice where its number is even, asks, and removes in another order.
fn agree(rival: &mut dyn Rival, keys: &[&[u8]], topics: &[&[u8]]) -> Result<(), String> {
    let mut oracle = Oracle::default();
    for (n, key) in keys.iter().enumerate() {
        for _ in 0..1 + (n + 1) % 2 {
            rival.insert(key);
            oracle.insert(key);
        }
    }
    compare(rival, &oracle, topics, "after inserting")?;
    for (n, key) in keys.iter().rev().enumerate() {
        if n % 3 > 0 {
            rival.remove(key);
            oracle.remove(key);
        }
    }
    compare(rival, &oracle, topics, "after removing some")?;
    for key in keys.iter().chain(keys) {
        rival.remove(key);
        oracle.remove(key);
    }
    compare(rival, &oracle, topics, "after removing all")
}

fn compare(rival: &dyn Rival, oracle: &Oracle, topics: &[&[u8]], when: &str) -> Result<(), String> {
    let wrong = |topic: &&&[u8]| rival.matches(topic) != oracle.matches(topic);
    match topics.iter().filter(wrong).count() {
        0 => Ok(()),
        wrong => Err(format!(
            "{wrong} of {} answers are wrong {when}",
            topics.len()
        )),
    }
}
