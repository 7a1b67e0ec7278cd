//! What is measured, as `benches/peers/c/bench.c` does it.

use std::hint::spin_loop;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::Task;
use crate::link::Link;

const SAMPLES_MAX: usize = 4_000_000;
const PACE: Duration = Duration::from_micros(10);

/// Messages per second, at the receiver.
pub(crate) fn count(link: &Link, task: &Task) -> Result<()> {
    link.recv()?;
    let warm_until = Instant::now() + task.warm;
    while Instant::now() < warm_until {
        for _ in 0..16 {
            link.recv()?;
        }
    }
    println!("start");
    let begun = Instant::now();
    let mut messages = 0_u64;
    let took = loop {
        for _ in 0..16 {
            link.recv()?;
        }
        messages += 16;
        let took = begun.elapsed();
        if took >= task.run {
            break took;
        }
    };
    println!("end {messages} {}", took.as_nanos());
    Ok(())
}

pub(crate) fn flood(link: &Link, task: &Task) -> Result<()> {
    let body = vec![b'x'; task.size];
    loop {
        link.send(&body)?;
    }
}

pub(crate) fn echo(link: &Link) -> Result<()> {
    loop {
        let message = link.recv()?;
        link.send(message.body())?;
    }
}

pub(crate) fn round_trips(link: &Link, task: &Task) -> Result<()> {
    let body = vec![b'x'; task.size];
    let mut samples = Vec::with_capacity(SAMPLES_MAX);
    link.send(&body)?;
    link.recv()?;
    let warm_until = Instant::now() + task.warm;
    let until = warm_until + task.run;
    let mut before = Instant::now();
    loop {
        link.send(&body)?;
        link.recv()?;
        let after = Instant::now();
        if after >= warm_until && samples.len() < SAMPLES_MAX {
            samples.push(nanoseconds(after - before));
        }
        if after >= until {
            return report("rtt", samples);
        }
        before = after;
    }
}

/// Sends the time every 10 us.
pub(crate) fn stamp(link: &Link, task: &Task) -> Result<()> {
    let mut body = vec![b'x'; task.size.max(8)];
    let mut next = Instant::now();
    loop {
        let mut now = Instant::now();
        while now < next {
            spin_loop();
            now = Instant::now();
        }
        if let Some(place) = body.first_chunk_mut() {
            *place = wall_clock()?.to_ne_bytes();
        }
        link.send(&body)?;
        next = (next + PACE).max(now);
    }
}

pub(crate) fn lag(link: &Link, task: &Task) -> Result<()> {
    link.recv()?;
    let warm_until = Instant::now() + task.warm;
    let until = warm_until + task.run;
    let mut samples = Vec::with_capacity(SAMPLES_MAX);
    loop {
        let message = link.recv()?;
        let arrived = wall_clock()?;
        let sent = u64::from_ne_bytes(*message.body().first_chunk().context("a time")?);
        let now = Instant::now();
        if now >= warm_until && samples.len() < SAMPLES_MAX {
            samples.push(u32::try_from(arrived.saturating_sub(sent)).unwrap_or(u32::MAX));
        }
        if now >= until {
            return report("lag", samples);
        }
    }
}

/// A clock that two processes share.
fn wall_clock() -> Result<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(u64::try_from(since.as_nanos())?)
}

fn nanoseconds(span: Duration) -> u32 {
    u32::try_from(span.as_nanos()).unwrap_or(u32::MAX)
}

/// Prints median, minimum, 99th percentile, maximum and count.
fn report(word: &str, mut samples: Vec<u32>) -> Result<()> {
    samples.sort_unstable();
    let count = samples.len();
    let at = |index: usize| samples.get(index).copied().context("nothing was measured");
    let p99 = at(count.saturating_sub(1 + count / 100))?;
    let (median, last) = (at(count / 2)?, at(count.saturating_sub(1))?);
    println!("{word} {median} {} {p99} {last} {count}", at(0)?);
    Ok(())
}
