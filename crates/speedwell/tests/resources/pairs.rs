//! Very many sockets in one process that all wait: what they cost in descriptors, memory and time.

use std::time::{Duration, Instant};

use speedwell::Pair;
use speedwell_testkit::effort::usual_or;

use crate::process::{alone, descriptors, memory, processor_time};
use crate::watch::SOON;

/// Two sockets that are connected, inside the process.
fn pair(number: usize) -> (Pair, Pair) {
    let address = format!("inproc://resources/{number}");
    let (here, there) = (Pair::new().unwrap(), Pair::new().unwrap());
    here.bind(&address).unwrap();
    there.connect(&address).unwrap();
    (here, there)
}

/// A message each way.
fn talk((here, there): &(Pair, Pair)) {
    here.send_timeout("there", SOON).unwrap();
    assert_eq!(there.recv_timeout(SOON).unwrap().body(), b"there");
    there.send_timeout("and back", SOON).unwrap();
    assert_eq!(here.recv_timeout(SOON).unwrap().body(), b"and back");
}

// rfc: sp-waiting W-12
#[test]
fn a_crowd_of_inproc_pairs_needs_no_descriptors_and_idles_for_nothing() {
    let name = "pairs::a_crowd_of_inproc_pairs_needs_no_descriptors_and_idles_for_nothing";
    alone(name, crowd_of_pairs);
}

fn crowd_of_pairs() {
    const DESCRIPTORS_MAX: usize = 100;
    const IDLE: Duration = Duration::from_secs(1);
    // Nothing is to do; ten times what the scheduler's own book-keeping may show of that.
    const IDLE_MAX: Duration = Duration::from_millis(100);
    let count = usual_or(5_000, 100_000);
    let before = memory();
    let start = Instant::now();
    let pairs: Vec<_> = (0..count).map(pair).collect();
    println!("{count} pairs opened in {:?}", start.elapsed());
    for round in ["", ", again"] {
        let start = Instant::now();
        pairs.iter().for_each(talk);
        println!("a message each way{round} in {:?}", start.elapsed());
    }
    if let (Some(before), Some(after)) = (before, memory()) {
        let each = after.resident.saturating_sub(before.resident) / count;
        println!("{each} octets of memory each pair");
    }
    if let Some(open) = descriptors() {
        println!("{open} descriptors");
        assert!(open < DESCRIPTORS_MAX, "{open}");
    }
    if let Some(before) = processor_time() {
        std::thread::sleep(IDLE);
        let took = processor_time().unwrap() - before;
        println!("{took:?} of processor time in {IDLE:?} of idleness");
        assert!(took < IDLE_MAX, "{took:?}");
    }
    // The first, the last and one in the middle are as awake as ever.
    let awake = [pairs.first(), pairs.get(count / 2), pairs.last()];
    awake.into_iter().flatten().for_each(talk);
    let start = Instant::now();
    drop(pairs);
    println!("closed in {:?}", start.elapsed());
}
