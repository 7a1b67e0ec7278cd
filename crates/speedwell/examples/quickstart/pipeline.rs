//! Work handed out to whoever is there: PUSH and PULL. One of the workers dies on the way.

use std::thread;
use std::time::{Duration, Instant};

use speedwell::{Pull, Push};

use crate::Outcome;

const JOBS: u64 = 200_000;

pub(crate) fn run() -> Outcome {
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
    while push.pipes() < 3 {
        thread::yield_now();
    }
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
