//! Whenever nothing moves, a descriptor shows what a call would do: after every batch of calls by
//! several threads, on both sides.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use speedwell::{ErrorKind, Pull, Push};
use speedwell_testkit::{effort::usual_or, random::Random};

use crate::stage::{SOON, address, readable};

const THREADS: usize = 3;
const CALLS: usize = 50;

/// Waits until the level is what a call would find, and stays so: the reactor may still be at work.
fn settles(what: &str, mut agrees: impl FnMut() -> bool) {
    let start = Instant::now();
    while !agrees() {
        assert!(start.elapsed() < SOON, "{what}");
        std::thread::sleep(Duration::from_micros(50));
    }
}

// rfc: sp-waiting W-10
#[test]
fn levels_agree_with_calls_at_every_quiescent_point() {
    let operations = usual_or(20_000, 1_000_000);
    let rounds = operations / (2 * THREADS * CALLS);
    let address = address("quiescent");
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    push.set_send_buffer(500).unwrap();
    pull.set_recv_buffer(500).unwrap();
    pull.bind(&address).unwrap();
    push.connect(&address).unwrap();
    push.wait_for_peers(1, SOON).unwrap();
    let (to_send, to_recv) = (push.send_fd().unwrap(), pull.recv_fd().unwrap());
    let (sent, received) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let barrier = Barrier::new(2 * THREADS + 1);
    std::thread::scope(|scope| {
        for seed in 0..2 * THREADS {
            let (push, pull, barrier, sent, received) = (&push, &pull, &barrier, &sent, &received);
            scope.spawn(move || {
                let mut random = Random::new(u64::try_from(seed).unwrap());
                for _ in 0..rounds {
                    barrier.wait();
                    for _ in 0..random.below(u64::try_from(2 * CALLS).unwrap()) {
                        let (count, done) = if seed % 2 == 0 {
                            (sent, push.try_send([7; 100]).map_err(|error| error.kind()))
                        } else {
                            let taken = pull.try_recv().map(|_| ());
                            (received, taken.map_err(|error| error.kind()))
                        };
                        match done {
                            Ok(()) => _ = count.fetch_add(1, Ordering::SeqCst),
                            Err(kind) => assert_eq!(kind, ErrorKind::WouldBlock),
                        }
                    }
                    barrier.wait();
                    barrier.wait();
                }
            });
        }
        for round in 0..rounds {
            barrier.wait();
            barrier.wait();
            // Nobody calls. What is under way comes to rest, and then both agree.
            let under_way = sent.load(Ordering::SeqCst) - received.load(Ordering::SeqCst);
            settles("messages wait and nobody is told", || {
                readable(&to_recv) == (under_way > 0)
            });
            if round % 2 == 0 && under_way > 0 {
                pull.try_recv().unwrap();
                received.fetch_add(1, Ordering::SeqCst);
            }
            settles("a call and the descriptor disagree", || {
                let shown = readable(&to_send);
                let sends = push.try_send([7; 100]).is_ok();
                sent.fetch_add(usize::from(sends), Ordering::SeqCst);
                shown == sends
            });
            barrier.wait();
        }
    });
    println!("{rounds} quiescent points, {} messages", sent.into_inner());
}

// rfc: sp-endpoint E-60 E-47
#[test]
fn fault_85_sixteen_threads_send_and_the_socket_is_closed_in_the_middle() {
    const SENDERS: usize = 16;
    let each: usize = usual_or(2_000, 100_000);
    for scheme in ["tcp://127.0.0.1:0", "inproc://event loops/sixteen"] {
        let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
        let bound = pull.bind(scheme).unwrap();
        push.connect(bound.address()).unwrap();
        push.wait_for_peers(1, SOON).unwrap();
        push.set_linger(SOON);
        let accepted = AtomicUsize::new(0);
        let (left, received) = std::thread::scope(|scope| {
            let receiver = scope.spawn(|| {
                let mut received = 0_usize;
                while pull.recv_timeout(Duration::from_secs(2)).is_ok() {
                    received += 1;
                }
                received
            });
            for _ in 0..SENDERS {
                scope.spawn(|| {
                    for _ in 0..each {
                        match push.send("x") {
                            Ok(()) => accepted.fetch_add(1, Ordering::SeqCst),
                            Err(error) => return assert_eq!(error.kind(), ErrorKind::Closed),
                        };
                    }
                });
            }
            while accepted.load(Ordering::SeqCst) < SENDERS * each / 2 {
                std::thread::yield_now();
            }
            let left = push.close();
            (left, receiver.join().unwrap())
        });
        let accepted = accepted.into_inner();
        let left = usize::try_from(left.unsent).unwrap();
        println!("{scheme}: {accepted} accepted, {received} received, {left} left");
        assert_eq!(accepted, received + left);
    }
}
