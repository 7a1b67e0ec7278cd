//! Subscribing to very many topics on a socket that is receiving meanwhile: nobody waits for it. It
//! has a process of its own, so that no other test delays what it measures. See
//! `rfc/sp-pubsub.md` section 4.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "sockets/watch.rs"]
mod watch;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use speedwell::{ErrorKind, Pub, Sub};
use speedwell_testkit::effort::usual_or;

use watch::{SOON, timed, until};

/// Ten times what is promised, for machines that are busy.
const STALL_MAX: Duration = Duration::from_millis(50);
/// How often it is tried: what is slow in one attempt only is the machine.
const ATTEMPTS: usize = 20;
/// Between two messages.
const PACE: Duration = Duration::from_micros(200);

/// What took longest.
#[derive(Clone, Copy, Debug, Default)]
struct Longest {
    /// From sending a message to receiving it.
    delivery: Duration,
    /// One call.
    subscribe: Duration,
}

/// Sends what time it is, at a pace and as long as it is told to, then the last word.
fn tell_the_time(publisher: &Pub, start: Instant, is_over: &AtomicBool) {
    while !is_over.load(Relaxed) {
        let now = u64::try_from(start.elapsed().as_nanos()).unwrap();
        publisher
            .send([b"time", &now.to_be_bytes()[..]].concat())
            .unwrap();
        publisher.send("news that nobody wants").unwrap();
        thread::sleep(PACE);
    }
    publisher.send("time").unwrap();
}

/// Receives what time it was until the last word; the longest that one of them was under way.
fn longest_delivery(sub: &Sub, start: Instant) -> Duration {
    let mut longest = Duration::ZERO;
    loop {
        let message = sub.recv_timeout(SOON).unwrap();
        let time = message.body().strip_prefix(b"time");
        let Some(sent) = time.and_then(|time| time.try_into().ok()) else {
            return longest;
        };
        let sent = Duration::from_nanos(u64::from_be_bytes(sent));
        let under_way = start.elapsed() - sent;
        longest = longest.max(under_way);
    }
}

fn attempt(count: u32) -> Longest {
    let (publisher, sub) = (Pub::new().unwrap(), Sub::new().unwrap());
    sub.subscribe("time").unwrap();
    let endpoint = publisher.bind("tcp://127.0.0.1:0").unwrap();
    sub.connect(endpoint.address()).unwrap();
    until("connected", || publisher.pipes() == 1 && sub.pipes() == 1);
    let (start, is_over) = (Instant::now(), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| tell_the_time(&publisher, start, &is_over));
        let receiver = scope.spawn(|| longest_delivery(&sub, start));
        let topic = |n: u32| format!("market/{:08x}/{n}/quote", n.wrapping_mul(2_654_435_761));
        let calls = (0..count).map(|n| timed(|| sub.subscribe(topic(n)).unwrap()).1);
        let subscribe = calls.max().unwrap();
        is_over.store(true, Relaxed);
        assert_eq!(
            sub.unsubscribe("market/").unwrap_err().kind(),
            ErrorKind::NotSubscribed
        );
        let delivery = receiver.join().unwrap();
        Longest {
            delivery,
            subscribe,
        }
    })
}

// rfc: sp-pubsub B-40
#[test]
fn subscribing_to_very_many_topics_delays_no_message() {
    let count = usual_or(100_000, 1_000_000);
    let is_quick = (0..ATTEMPTS).any(|_| {
        let longest = attempt(count);
        println!("{count} topics: {longest:?}, {STALL_MAX:?} allowed");
        longest.delivery.max(longest.subscribe) <= STALL_MAX
    });
    assert!(is_quick, "in none of {ATTEMPTS} attempts");
}
