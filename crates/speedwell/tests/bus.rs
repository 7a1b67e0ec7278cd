//! A bus over tcp and inproc: everybody hears everybody, nobody hears himself, and a device passes
//! on what it hears. Obeys `rfc/sp-bus.md`.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use speedwell::{Bus, ErrorKind, RawBus};

const SOON: Duration = Duration::from_secs(10);

/// Where a test takes place; the names of inproc are the whole process's.
fn places(name: &str) -> [String; 2] {
    ["tcp://127.0.0.1:0".to_owned(), format!("inproc://{name}")]
}

/// Waits for so many peers.
fn meet(pipes: impl Fn() -> usize, count: usize) {
    let begin = Instant::now();
    while pipes() < count {
        assert!(begin.elapsed() < SOON, "{} of {count} peers", pipes());
        thread::yield_now();
    }
}

#[test]
fn everybody_hears_the_one_in_the_middle_and_nobody_himself() {
    // rfc: sp-bus B-02, B-03, B-05, B-08
    for place in places("a bus") {
        let middle = Bus::new().unwrap();
        let endpoint = middle.bind(&place).unwrap();
        let others: Vec<Bus> = (0..3).map(|_| Bus::new().unwrap()).collect();
        for other in &others {
            other.connect(endpoint.address()).unwrap();
            meet(|| other.pipes(), 1);
        }
        meet(|| middle.pipes(), 3);
        middle.send("to all").unwrap();
        for (n, other) in others.iter().enumerate() {
            assert_eq!(other.recv_timeout(SOON).unwrap().body(), b"to all");
            other.send(format!("from {n}")).unwrap();
        }
        let heard = (0..3).map(|_| middle.recv_timeout(SOON).unwrap().body().to_vec());
        let heard: BTreeSet<Vec<u8>> = heard.collect();
        assert_eq!(heard.len(), 3, "{place}");
        // The next message comes behind whatever came back by mistake.
        middle.send("the next").unwrap();
        for other in &others {
            assert_eq!(other.recv_timeout(SOON).unwrap().body(), b"the next");
        }
        assert_eq!(middle.try_recv().unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

#[test]
fn a_device_passes_a_message_on_to_all_but_its_source() {
    // rfc: sp-bus B-11, B-12
    for place in places("a raw bus") {
        let device = RawBus::new().unwrap();
        let endpoint = device.bind(&place).unwrap();
        let (source, other) = (Bus::new().unwrap(), Bus::new().unwrap());
        for bus in [&source, &other] {
            bus.connect(endpoint.address()).unwrap();
            meet(|| bus.pipes(), 1);
        }
        meet(|| device.pipes(), 2);
        source.send("news").unwrap();
        let news = device.recv_timeout(SOON).unwrap();
        assert_eq!((news.header().len(), news.body()), (4, &b"news"[..]));
        device.send(news).unwrap();
        device.send("to all").unwrap();
        assert_eq!(other.recv_timeout(SOON).unwrap().body(), b"news");
        assert_eq!(other.recv_timeout(SOON).unwrap().body(), b"to all");
        assert_eq!(
            source.recv_timeout(SOON).unwrap().body(),
            b"to all",
            "{place}"
        );
    }
}
