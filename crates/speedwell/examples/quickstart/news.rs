//! News for whoever wants it: PUB and SUB. Each reader gets what begins with one of its topics.

use std::thread;
use std::time::Instant;

use speedwell::{DropCause, Overflow, Pub, Sub};

use crate::{Outcome, SOON, text};

const FLASHES: u32 = 100_000;

pub(crate) fn run() -> Outcome {
    let publisher = Pub::new()?;
    let endpoint = publisher.bind("tcp://127.0.0.1:0")?;
    let (sport, all) = (Sub::new()?, Sub::new()?);
    sport.subscribe("sport.")?;
    all.subscribe("")?;
    for reader in [&sport, &all] {
        reader.connect(endpoint.address())?;
    }
    // Who comes later misses what was sent before.
    while publisher.pipes() < 2 {
        thread::yield_now();
    }
    for news in ["weather.rain", "sport.chess", "sport.go"] {
        publisher.send(news)?;
    }
    let heard = [sport.recv_timeout(SOON)?, sport.recv_timeout(SOON)?];
    println!(
        "   who reads sport hears {} and {}",
        text(&heard[0]),
        text(&heard[1])
    );
    for _ in 0..3 {
        all.recv_timeout(SOON)?;
    }
    println!("   who reads everything heard of the weather, too");

    // A reader that is too slow misses something, unless the publisher is told to wait for it.
    publisher.set_overflow(Overflow::Block)?;
    let start = Instant::now();
    thread::scope(|scope| -> Outcome {
        scope.spawn(|| (0..FLASHES).try_for_each(|flash| publisher.send(flash.to_be_bytes())));
        for flash in 0..FLASHES {
            assert_eq!(all.recv_timeout(SOON)?.body(), flash.to_be_bytes());
        }
        Ok(())
    })?;
    println!("   {FLASHES} flashes in order, in {:?}", start.elapsed());
    let unread = sport.stats().dropped(DropCause::Unsubscribed);
    println!("   the reader of sport let {unread} others pass by");
    Ok(())
}
