//! Two that talk to each other and to nobody else: PAIR, within one process.

use std::thread;
use std::time::Instant;

use speedwell::Pair;

use crate::{Outcome, SOON, text};

pub(crate) fn run() -> Outcome {
    let (left, right) = (Pair::new()?, Pair::new()?);
    left.connect("inproc://a pair of rooms")?;
    println!("   the left room knocks; nobody has bound the name yet");
    let early = left.try_send("too early").is_err();
    println!("   a send without waiting is refused: {early}");
    right.bind("inproc://a pair of rooms")?;
    left.send("knock")?;
    println!(
        "   the right room hears: {}",
        text(&right.recv_timeout(SOON)?)
    );
    let rounds = 5_000_u32;
    let start = Instant::now();
    let echo = thread::spawn(move || -> Outcome {
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
