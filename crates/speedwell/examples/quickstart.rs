//! A tour in one process: a pipeline fanned out over tcp with a worker killed and replaced, and a
//! pair over inproc that connects before it is bound.

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use speedwell::{Pair, Pull, Push};

const JOBS: u64 = 200_000;
const SOON: Duration = Duration::from_secs(5);

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    pipeline()?;
    pair()?;
    println!("done");
    Ok(())
}

/// A worker takes jobs until none has come for a while, or `most` are done.
fn worker(
    address: &str,
    most: u64,
) -> Result<thread::JoinHandle<Result<u64, speedwell::Error>>, speedwell::Error> {
    let pull = Pull::new()?;
    pull.connect(address)?;
    Ok(thread::spawn(move || {
        let mut done = 0;
        while done < most && pull.recv_timeout(Duration::from_millis(500)).is_ok() {
            done += 1;
        }
        Ok(done)
    }))
}

fn pipeline() -> Result<(), Box<dyn Error + Send + Sync>> {
    println!("1. a pipeline over tcp: one source, three workers");
    let push = Push::new()?;
    let endpoint = push.bind("tcp://127.0.0.1:0")?;
    println!("   the source listens at {}", endpoint.address());
    let first = worker(endpoint.address(), u64::MAX)?;
    let second = worker(endpoint.address(), u64::MAX)?;
    let doomed = worker(endpoint.address(), 1000)?;
    let start = Instant::now();
    for job in 0..JOBS / 2 {
        push.send(job.to_be_bytes())?;
    }
    let early = doomed.join().map_err(|_| "the worker panicked")??;
    println!("   a worker died after {early} jobs; the source goes on with the others");
    let replacement = worker(endpoint.address(), u64::MAX)?;
    println!("   a new worker takes its place");
    for job in JOBS / 2..JOBS {
        push.send(job.to_be_bytes())?;
    }
    let took = start.elapsed();
    let mut done = early;
    for (name, thread) in [("first", first), ("second", second), ("new", replacement)] {
        let jobs = thread.join().map_err(|_| "a worker panicked")??;
        println!("   the {name} worker did {jobs} jobs");
        done += jobs;
    }
    println!(
        "   {JOBS} jobs sent in {took:?}, {done} done; what lay with the dead worker is lost,"
    );
    println!(
        "   {} came back from its connection and went to others",
        push.stats().returned
    );
    println!("   closing left {} jobs unsent", push.close().unsent);
    Ok(())
}

fn pair() -> Result<(), Box<dyn Error + Send + Sync>> {
    println!("2. a pair over inproc, connected before it is bound");
    let (left, right) = (Pair::new()?, Pair::new()?);
    left.connect("inproc://a pair of rooms")?;
    println!("   the left room knocks; nobody has bound the name yet");
    let early = left.try_send("too early").is_err();
    println!("   a send without waiting is refused: {early}");
    right.bind("inproc://a pair of rooms")?;
    left.send("knock")?;
    let heard = right.recv_timeout(SOON)?;
    println!(
        "   the right room hears: {}",
        String::from_utf8_lossy(heard.body())
    );
    let rounds = 20_000_u32;
    let start = Instant::now();
    let echo = thread::spawn(move || -> Result<(), Box<dyn Error + Send + Sync>> {
        for _ in 0..rounds {
            right.send(right.recv_timeout(SOON)?)?;
        }
        Ok(())
    });
    for _ in 0..rounds {
        left.send("ping")?;
        left.recv_timeout(SOON)?;
    }
    echo.join().map_err(|_| "the right room panicked")??;
    println!(
        "   {rounds} round trips, {:?} each",
        start.elapsed() / rounds
    );
    Ok(())
}
