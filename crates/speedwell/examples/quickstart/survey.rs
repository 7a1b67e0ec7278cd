//! A question to everybody: SURVEYOR and RESPONDENT. Who answers in time is heard.

use std::thread;
use std::time::{Duration, Instant};

use speedwell::{ErrorKind, Respondent, Surveyor};

use crate::{Outcome, SOON, text};

/// How long answers are heard.
const DEADLINE: Duration = Duration::from_millis(300);

pub(crate) fn run() -> Outcome {
    let surveyor = Surveyor::new()?;
    surveyor.set_deadline(DEADLINE)?;
    let endpoint = surveyor.bind("tcp://127.0.0.1:0")?;
    let stalls = ["the baker", "the farmer", "the dreamer"];
    for name in stalls {
        let stall = Respondent::new()?;
        stall.connect(endpoint.address())?;
        thread::spawn(move || answer(&stall, name));
    }
    while surveyor.pipes() < stalls.len() {
        thread::yield_now();
    }
    let start = Instant::now();
    surveyor.send("who sells apples?")?;
    println!("   three are asked who sells apples, and have {DEADLINE:?}");
    loop {
        match surveyor.recv() {
            Ok(answer) => println!("   {} after {:?}", text(&answer), start.elapsed()),
            Err(over) if over.kind() == ErrorKind::TimedOut => break,
            Err(error) => return Err(error.into()),
        }
    }
    println!(
        "   over after {:?}; who still thinks is not waited for",
        start.elapsed()
    );
    Ok(())
}

/// One stall on the market. The dreamer never gets round to it.
fn answer(stall: &Respondent, name: &str) -> Outcome {
    stall.recv_timeout(SOON)?;
    if name != "the dreamer" {
        stall.send(format!("{name} says: I do"))?;
    }
    // It stays until the market is over.
    thread::sleep(2 * DEADLINE);
    Ok(())
}
