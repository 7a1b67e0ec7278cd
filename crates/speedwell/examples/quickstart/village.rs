//! Everybody to everybody: BUS. Who is connected hears what the others say, and nobody himself.

use std::thread;

use speedwell::Bus;

use crate::{Outcome, SOON, text};

pub(crate) fn run() -> Outcome {
    let (anna, bert, carl) = (Bus::new()?, Bus::new()?, Bus::new()?);
    anna.bind("inproc://at anna's")?;
    bert.bind("inproc://at bert's")?;
    bert.connect("inproc://at anna's")?;
    carl.connect("inproc://at anna's")?;
    carl.connect("inproc://at bert's")?;
    while [&anna, &bert, &carl].iter().any(|bus| bus.pipes() < 2) {
        thread::yield_now();
    }
    anna.send("the bridge is closed")?;
    let (bert_hears, carl_hears) = (bert.recv_timeout(SOON)?, carl.recv_timeout(SOON)?);
    println!("   Bert hears: {}", text(&bert_hears));
    println!("   Carl hears: {}", text(&carl_hears));
    println!(
        "   Anna, who said it, hears it not: {}",
        anna.try_recv().is_err()
    );
    Ok(())
}
