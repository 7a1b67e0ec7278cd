//! What is measured, as `../c/bench.c` does it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use bytes::Bytes;
use zeromq::{SocketRecv, SocketSend};

use crate::input::Input;
use crate::samples::{Samples, say_end, say_start};
use crate::task::Task;

const PACE: Duration = Duration::from_micros(10);

/// Messages per second, at the receiver.
pub(crate) async fn count(mut pull: impl SocketRecv, task: &Task, input: Input) -> Result<()> {
    pull.recv().await?;
    let warm_until = Instant::now() + task.warm;
    while Instant::now() < warm_until {
        for _ in 0..16 {
            pull.recv().await?;
        }
    }
    say_start()?;
    let begun = Instant::now();
    let mut messages = 0_u64;
    let took = loop {
        for _ in 0..16 {
            pull.recv().await?;
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
pub(crate) async fn flood(mut push: impl SocketSend, task: &Task) -> Result<()> {
    let body = Bytes::from(vec![b'x'; task.size]);
    loop {
        push.send(body.clone().into()).await?;
    }
}

/// Sends everything back.
pub(crate) async fn echo(mut socket: impl SocketRecv + SocketSend) -> Result<()> {
    loop {
        let message = socket.recv().await?;
        socket.send(message).await?;
    }
}

/// The time of a message there and one back.
pub(crate) async fn round_trips<S>(mut socket: S, task: &Task, input: Input) -> Result<()>
where
    S: SocketRecv + SocketSend,
{
    let body = Bytes::from(vec![b'x'; task.size]);
    let mut samples = Samples::new();
    let mut ask = async || -> Result<()> {
        socket.send(body.clone().into()).await?;
        socket.recv().await?;
        Ok(())
    };
    ask().await?;
    let warm_until = Instant::now() + task.warm;
    while Instant::now() < warm_until {
        ask().await?;
    }
    say_start()?;
    let begun = Instant::now();
    let mut after = begun;
    while after - begun < task.run && !samples.is_full() {
        let before = after;
        ask().await?;
        after = Instant::now();
        samples.add((after - before).as_nanos());
    }
    say_end(2 * samples.count(), after - begun, input)?;
    println!("{}", samples.line("rtt")?);
    Ok(())
}

/// Sends the time every 10 us. While it waits for the next, other tasks of its thread may run.
pub(crate) async fn stamp(mut push: impl SocketSend, task: &Task) -> Result<()> {
    let mut body = vec![b'x'; task.size.max(8)];
    let mut next = Instant::now();
    loop {
        let mut now = Instant::now();
        while now < next {
            tokio::task::yield_now().await;
            now = Instant::now();
        }
        if let Some(place) = body.first_chunk_mut() {
            *place = wall_clock()?.to_ne_bytes();
        }
        push.send(Bytes::copy_from_slice(&body).into()).await?;
        next = (next + PACE).max(now);
    }
}

/// How old the times are when they arrive.
pub(crate) async fn lag(mut pull: impl SocketRecv, task: &Task, input: Input) -> Result<()> {
    let mut samples = Samples::new();
    pull.recv().await?;
    let warm_until = Instant::now() + task.warm;
    while Instant::now() < warm_until {
        pull.recv().await?;
    }
    say_start()?;
    let begun = Instant::now();
    while begun.elapsed() < task.run && !samples.is_full() {
        let message = pull.recv().await?;
        let arrived = wall_clock()?;
        let time = message.get(0).and_then(|body| body.first_chunk());
        let sent = u64::from_ne_bytes(*time.context("a time")?);
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
