//! One socket, many threads: each message is received exactly once.

use std::collections::HashMap;
use std::sync::Mutex;
use std::thread;

use speedwell::{AnySocket, Pair, Pull, Push};

use crate::watch::SOON;

const SENDERS: u32 = 4;
const RECEIVERS: u32 = 4;
const EACH: u32 = 5000;

/// A message with its sender and its place in the row.
fn stamped(sender: u32, number: u32) -> [u8; 8] {
    (u64::from(sender) << 32 | u64::from(number)).to_be_bytes()
}

/// Small buffers, so that everybody waits for everybody.
fn tighten(socket: &AnySocket) {
    socket.set_send_buffer(2000).unwrap();
    socket.set_recv_buffer(2000).unwrap();
}

/// What arrived: how often each stamp.
#[derive(Default)]
struct Arrived(Mutex<HashMap<[u8; 8], u32>>);

impl Arrived {
    fn count(&self, body: &[u8]) {
        let stamp = body.try_into().unwrap();
        *self.0.lock().unwrap().entry(stamp).or_default() += 1;
    }

    fn assert_each_exactly_once(self) {
        let arrived = self.0.into_inner().unwrap();
        assert_eq!(arrived.len(), (SENDERS * EACH) as usize);
        for sender in 0..SENDERS {
            for number in 0..EACH {
                assert_eq!(arrived.get(&stamped(sender, number)), Some(&1));
            }
        }
    }
}

#[test]
fn many_threads_share_both_ends_of_a_pipeline() {
    for address in ["tcp://127.0.0.1:0", "inproc://sharing"] {
        let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
        tighten(&push);
        tighten(&pull);
        let endpoint = pull.bind(address).unwrap();
        push.connect(endpoint.address()).unwrap();
        let arrived = Arrived::default();
        thread::scope(|scope| {
            for sender in 0..SENDERS {
                let push = &push;
                scope.spawn(move || {
                    for number in 0..EACH {
                        push.send_timeout(stamped(sender, number), SOON).unwrap();
                    }
                });
            }
            for _ in 0..RECEIVERS {
                scope.spawn(|| {
                    for _ in 0..SENDERS * EACH / RECEIVERS {
                        arrived.count(pull.recv_timeout(SOON).unwrap().body());
                    }
                });
            }
        });
        arrived.assert_each_exactly_once();
        assert!(pull.try_recv().is_err());
    }
}

#[test]
fn many_threads_share_a_pair_both_ways() {
    for address in ["tcp://127.0.0.1:0", "inproc://sharing both ways"] {
        let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
        tighten(&left);
        tighten(&right);
        let endpoint = left.bind(address).unwrap();
        right.connect(endpoint.address()).unwrap();
        let (at_left, at_right) = (Arrived::default(), Arrived::default());
        thread::scope(|scope| {
            for (pair, arrived) in [(&left, &at_left), (&right, &at_right)] {
                for sender in 0..SENDERS {
                    scope.spawn(move || {
                        for number in 0..EACH {
                            pair.send_timeout(stamped(sender, number), SOON).unwrap();
                        }
                    });
                    scope.spawn(move || {
                        for _ in 0..EACH {
                            arrived.count(pair.recv_timeout(SOON).unwrap().body());
                        }
                    });
                }
            }
        });
        at_left.assert_each_exactly_once();
        at_right.assert_each_exactly_once();
    }
}

#[test]
fn several_sockets_share_the_work() {
    let push = Push::new().unwrap();
    let endpoint = push.bind("tcp://127.0.0.1:0").unwrap();
    tighten(&push);
    let pulls: Vec<_> = (0..RECEIVERS)
        .map(|_| {
            let pull = Pull::new().unwrap();
            tighten(&pull);
            pull.connect(endpoint.address()).unwrap();
            pull
        })
        .collect();
    crate::watch::until("all are there", || push.pipes() == pulls.len());
    let arrived = Arrived::default();
    let counts: Vec<usize> = thread::scope(|scope| {
        let receivers: Vec<_> = pulls
            .iter()
            .map(|pull| {
                scope.spawn(|| {
                    let mut count = 0;
                    // Ends when the PUSH is closed and everything has come.
                    while let Ok(message) = pull.recv() {
                        if message.body().is_empty() {
                            break;
                        }
                        arrived.count(message.body());
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        for sender in 0..SENDERS {
            for number in 0..EACH {
                push.send_timeout(stamped(sender, number), SOON).unwrap();
            }
        }
        crate::watch::until("everything has come", || {
            arrived.0.lock().unwrap().len() == (SENDERS * EACH) as usize
        });
        for pull in &pulls {
            pull.close();
        }
        receivers.into_iter().map(|it| it.join().unwrap()).collect()
    });
    println!("shares: {counts:?}");
    arrived.assert_each_exactly_once();
    assert!(counts.iter().all(|count| *count > 0), "everybody had some");
}
