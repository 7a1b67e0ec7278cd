//! The same promises with a thread on each side, parked whenever it may: a lost wake-up hangs.
//! See `rfc/sp-inproc.md` sections 3, 4, 6 and 7.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use speedwell_transport::Message;

use crate::driver::{Dice, Joining, Pipe, World, number, numbered};

/// Pushes, and then waits until there is room.
fn sends_when_open(pipe: &mut Pipe, message: Message) {
    if !pipe.sends(message) {
        while !pipe.tx().flow().is_open() {
            pipe.bell.wait();
        }
    }
}

/// Calls `each` for every message until it says stop or the peer has closed.
fn receives_while(pipe: &mut Pipe, mut each: impl FnMut(Message) -> bool) {
    loop {
        let (mut inbox, state) = pipe.reads(64, 64 * 1024);
        while let Some(message) = inbox.pop() {
            if !each(message) {
                return;
            }
        }
        if state.end.is_some() {
            return;
        }
        if !state.more {
            pipe.bell.wait();
        }
    }
}

// rfc: sp-inproc I-19 I-22 I-16
#[test]
fn a_million_messages_bounded_and_in_order() {
    const MESSAGES: u64 = 1_000_000;
    const LIMIT: u64 = 16 * 1024;
    const COST: u64 = 16;
    let (mut left, mut right) = World::new().pipe(Some(16 * 1024));
    let received = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for this in 0..MESSAGES {
                let underway = this - received.load(Ordering::SeqCst);
                // An inbox may be underway on the receiver's side, and one message is above.
                assert!(underway * COST <= LIMIT + COST + 64 * COST);
                sends_when_open(&mut left, numbered(this));
            }
            left.tx = None;
        });
        scope.spawn(|| {
            let mut expected = 0;
            receives_while(&mut right, |message| {
                assert_eq!(number(&message), expected);
                expected += 1;
                received.store(expected, Ordering::SeqCst);
                true
            });
            assert_eq!(expected, MESSAGES);
        });
    });
}

// rfc: sp-inproc I-22
#[test]
fn no_wake_up_is_lost_in_turns() {
    const ROUNDS: u64 = 50_000;
    let (mut left, mut right) = World::new().pipe(Some(1));
    thread::scope(|scope| {
        scope.spawn(|| {
            for this in 0..ROUNDS {
                left.sends(numbered(this));
                receives_while(&mut left, |answer| {
                    assert_eq!(number(&answer), this);
                    false
                });
            }
            left.tx = None;
        });
        scope.spawn(|| {
            let mut tx = right.tx.take().unwrap();
            receives_while(&mut right, |question| {
                let _ = tx.push(question);
                if let Some(peer) = tx.take_ring() {
                    peer.ring();
                }
                true
            });
        });
    });
}

/// Between two bursts the sender sends nothing that would take along what it keeps back: only its
/// bell can have it handed over.
// rfc: sp-inproc I-22 I-29
#[test]
fn no_end_of_a_burst_is_overlooked() {
    const BURSTS: u64 = 5_000;
    let (mut left, mut right) = World::new().pipe(None);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut dice = Dice(15_485_863);
            for burst in 0..BURSTS {
                let length = dice.below(if burst % 2 == 0 { 1_000 } else { 8 });
                for left_over in (0..=length).rev() {
                    sends_when_open(&mut left, numbered(left_over));
                }
                while left.reads(1, usize::MAX).0.is_empty() {
                    left.bell.wait();
                    left.visits();
                }
            }
            left.tx = None;
        });
        scope.spawn(|| {
            let mut tx = right.tx.take().unwrap();
            receives_while(&mut right, |message| {
                if number(&message) == 0 {
                    let _ = tx.push(message);
                    tx.take_ring().into_iter().for_each(|peer| peer.ring());
                }
                true
            });
        });
    });
}

/// Runs both on a thread of their own, from the same instant.
fn race<L: Send, R: Send>(
    left: impl FnOnce() -> L + Send,
    right: impl FnOnce() -> R + Send,
) -> (L, R) {
    let start = Barrier::new(2);
    thread::scope(|scope| {
        let left = scope.spawn(|| {
            start.wait();
            left()
        });
        start.wait();
        let right = right();
        (left.join().unwrap(), right)
    })
}

// rfc: sp-inproc I-25 I-27
#[test]
fn a_receiver_that_goes_while_messages_come() {
    for round in 1..=1_000 {
        let (mut left, mut right) = World::new().pipe(Some(1_000));
        let readings = Dice(round * 7_919).below(20);
        let ((pushed, unsent), delivered) = race(
            || {
                let mut pushed = 0;
                while left.tx().is_alive() {
                    // The bell of the end wakes too, so this cannot hang.
                    if left.tx().flow().is_open() {
                        left.sends(numbered(pushed));
                        pushed += 1;
                    } else {
                        left.bell.wait();
                    }
                }
                (pushed, left.takes_unsent())
            },
            || {
                let mut delivered = Vec::new();
                for _ in 0..readings {
                    let (mut inbox, _) = right.reads(3, usize::MAX);
                    delivered.extend(std::iter::from_fn(|| inbox.pop()));
                }
                right.rx = None;
                delivered
            },
        );
        let fates = delivered.iter().chain(&unsent).map(number);
        assert!(fates.eq(0..pushed), "round {round}");
    }
}

// rfc: sp-inproc I-26 I-27
#[test]
fn a_sender_that_takes_back_while_the_receiver_reads() {
    for round in 1..=1_000 {
        let (mut left, mut right) = World::new().pipe(None);
        let pushed = Dice(round * 104_729).below(500);
        let (unsent, delivered) = race(
            || {
                for this in 0..pushed {
                    left.sends(numbered(this));
                }
                let unsent = left.takes_unsent();
                left.tx = None;
                unsent
            },
            || {
                let mut delivered = Vec::new();
                receives_while(&mut right, |message| {
                    delivered.push(message);
                    true
                });
                delivered
            },
        );
        let fates = delivered.iter().chain(&unsent).map(number);
        assert!(fates.eq(0..pushed), "round {round}");
    }
}

// rfc: sp-inproc I-24
#[test]
fn a_sender_that_goes_has_all_delivered() {
    for round in 1..=1_000 {
        let (mut left, mut right) = World::new().pipe(None);
        let pushed = Dice(round * 31).below(200);
        let ((), delivered) = race(
            || {
                for this in 0..pushed {
                    left.sends(numbered(this));
                }
                drop(left);
            },
            || {
                let mut delivered = Vec::new();
                receives_while(&mut right, |message| {
                    delivered.push(number(&message));
                    true
                });
                delivered
            },
        );
        assert!(delivered.into_iter().eq(0..pushed), "round {round}");
    }
}

fn shakes_hands(mut joining: Joining) -> Pipe {
    while joining.poll().unwrap().is_none() {
        joining.bell.wait();
    }
    joining.split()
}

// rfc: sp-inproc I-05 I-06 I-11 I-22
#[test]
fn a_dial_and_a_bind_at_the_same_time_meet() {
    let world = World::new();
    for round in 0..1_000 {
        let ((), received) = race(
            || {
                let mut dials = world.dials("inproc://desk");
                let dialed = loop {
                    match dials.poll() {
                        Some(dialed) => break dialed,
                        None => dials.bell.wait(),
                    }
                };
                shakes_hands(dialed).sends(numbered(round));
            },
            || {
                let mut listens = world.listens("inproc://desk").unwrap();
                let accepted = loop {
                    match listens.poll() {
                        Some(accepted) => break accepted,
                        None => listens.bell.wait(),
                    }
                };
                let mut received = None;
                receives_while(&mut shakes_hands(accepted), |message| {
                    received = Some(number(&message));
                    true
                });
                received
            },
        );
        assert_eq!(received, Some(round));
    }
}

// rfc: sp-inproc I-08 I-13 I-22
#[test]
fn a_handshake_and_the_end_of_the_listener_at_the_same_time() {
    let world = World::new();
    for _ in 0..1_000 {
        let listens = world.listens("inproc://desk").unwrap();
        let mut dialed = world.dials("inproc://desk").poll().unwrap();
        race(
            move || drop(listens),
            move || {
                while dialed.poll().is_ok() {
                    dialed.bell.wait();
                }
            },
        );
    }
}
