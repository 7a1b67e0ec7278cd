//! What is measured, as `peers/c/bench.c` does it.

use std::hint::spin_loop;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::input::Input;
use crate::link::Link;
use crate::samples::{Samples, say_end, say_start};
use crate::task::Task;

const PACE: Duration = Duration::from_micros(10);

/// Messages per second, at the receiver.
pub(crate) fn count(link: &Link, task: &Task, input: Input) -> Result<()> {
    link.recv()?;
    let warm_until = Instant::now() + task.warm;
    while Instant::now() < warm_until {
        for _ in 0..16 {
            link.recv()?;
        }
    }
    say_start()?;
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
    say_end(messages, took, input)
}

/// Sends for ever.
pub(crate) fn flood(link: &Link, task: &Task) -> Result<()> {
    let body = vec![b'x'; task.size];
    loop {
        link.send(&body)?;
    }
}

/// Sends everything back.
pub(crate) fn echo(link: &Link) -> Result<()> {
    loop {
        let message = link.recv()?;
        link.send(message.body())?;
    }
}

/// The time of a message there and one back.
pub(crate) fn round_trips(link: &Link, task: &Task, input: Input) -> Result<()> {
    let body = vec![b'x'; task.size];
    let mut samples = Samples::new();
    let ask = || -> Result<()> {
        link.send(&body)?;
        link.recv()?;
        Ok(())
    };
    ask()?;
    let warm_until = Instant::now() + task.warm;
    while Instant::now() < warm_until {
        ask()?;
    }
    say_start()?;
    let begun = Instant::now();
    let mut after = begun;
    while after - begun < task.run && !samples.is_full() {
        let before = after;
        ask()?;
        after = Instant::now();
        samples.add((after - before).as_nanos());
    }
    say_end(2 * samples.count(), after - begun, input)?;
    println!("{}", samples.line("rtt")?);
    Ok(())
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

/// How old the times are when they arrive.
pub(crate) fn lag(link: &Link, task: &Task, input: Input) -> Result<()> {
    let mut samples = Samples::new();
    link.recv()?;
    let warm_until = Instant::now() + task.warm;
    while Instant::now() < warm_until {
        link.recv()?;
    }
    say_start()?;
    let begun = Instant::now();
    while begun.elapsed() < task.run && !samples.is_full() {
        let message = link.recv()?;
        let arrived = wall_clock()?;
        let sent = u64::from_ne_bytes(*message.body().first_chunk().context("a time")?);
        samples.add(u128::from(arrived.saturating_sub(sent)));
    }
    say_end(samples.count(), begun.elapsed(), input)?;
    println!("{}", samples.line("lag")?);
    Ok(())
}

/// A clock that two processes share.
fn wall_clock() -> Result<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(u64::try_from(since.as_nanos())?)
}
