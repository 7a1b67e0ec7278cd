//! Messages while one of the two sides is closed: each that was accepted is received or reported,
//! and exactly one of these.

use std::sync::Arc;
use std::task::Poll;

use speedwell_pipeline::{Pull, Push};
use speedwell_socket::{AnySocket, ErrorKind, Socket};

use crate::stage::{
    ADDRESS, EVER, Pace, Stage, at_any_pace, block_on, explore, in_no_time, is_closed, join_all,
    meanwhile, poll_once, schedules, thread, with,
};

const EACH: u64 = 4;

/// Turns in which the reactor has counted what was left in a pipe that has ended.
const COUNTING_TURNS: usize = 10_000;

/// A connected pair with room for few messages.
fn pair(stage: &Stage) -> (Arc<Socket<Push>>, Arc<Socket<Pull>>) {
    let (push, pull) = (stage.open(Push::new()), stage.open(Pull::new()));
    for socket in [&**push as &AnySocket, &**pull] {
        socket.set_send_buffer(20).unwrap();
        socket.set_recv_buffer(20).unwrap();
    }
    pull.bind(ADDRESS).unwrap();
    push.connect(ADDRESS).unwrap();
    // A message for one who has not come to the door yet left whole, and nobody knows its fate.
    while pull.wait_for_peers(1, EVER).is_err() {}
    (push, pull)
}

/// Sends until the socket is closed; how many were accepted.
fn send_all(push: &Socket<Push>) -> u64 {
    let mut accepted = 0;
    for _ in 0..EACH {
        match push.send("message") {
            Ok(()) => accepted += 1,
            Err(error) => {
                assert!(error.kind() == ErrorKind::Closed, "{error}");
                break;
            }
        }
    }
    accepted
}

/// The same, as futures of which every other one is dropped when it has to wait.
fn send_by_futures(push: &Socket<Push>) -> u64 {
    let mut accepted = 0;
    for _ in 0..EACH {
        match poll_once(push.send_async("message")) {
            Poll::Ready(Ok(())) => accepted += 1,
            Poll::Ready(Err(error)) => assert!(error.kind() == ErrorKind::Closed, "{error}"),
            Poll::Pending => thread::yield_now(),
        }
    }
    accepted
}

/// Receives until the socket is closed; how many there were.
fn recv_all(pull: &Socket<Pull>) -> u64 {
    let mut received = 0;
    loop {
        match pull.recv() {
            Ok(message) => assert_eq!(message.body(), b"message"),
            Err(error) => {
                assert!(is_closed(&error), "{error}");
                return received;
            }
        }
        received += 1;
    }
}

/// The same, between futures that are dropped.
fn recv_by_futures(pull: &Socket<Pull>) -> u64 {
    let mut received = 0;
    loop {
        let next = match poll_once(pull.recv_async()) {
            Poll::Ready(next) => next,
            Poll::Pending => block_on(pull.recv_async()),
        };
        match next {
            Ok(_) => received += 1,
            Err(error) => {
                assert!(is_closed(&error), "{error}");
                return received;
            }
        }
    }
}

/// What became of the messages of a model.
#[derive(Debug, Default)]
struct Fates {
    accepted: u64,
    received: u64,
    unsent: u64,
    dropped: u64,
}

/// Ends one of the two sides or both; how many messages the sending one reports.
type End = fn(&Arc<Socket<Push>>, &Arc<Socket<Pull>>) -> u64;

/// Two threads send, two receive, and `end` ends it; what became of the messages then.
fn exchange(end: End) -> Fates {
    let stage = Stage::new();
    let (push, pull) = pair(&stage);
    let senders = [with(&push, send_all), with(&push, send_by_futures)];
    let receivers = [with(&pull, recv_all), with(&pull, recv_by_futures)];
    meanwhile();
    let unsent = end(&push, &pull);
    let mut fates = Fates {
        accepted: join_all(senders).iter().sum(),
        received: join_all(receivers).iter().sum(),
        unsent,
        dropped: 0,
    };
    for _ in 0..COUNTING_TURNS {
        fates.dropped = pull.stats().dropped_in_all();
        if fates.accepted == fates.received + fates.unsent + fates.dropped {
            return fates;
        }
        thread::yield_now();
    }
    panic!("{fates:?}");
}

// rfc: sp-endpoint E-43 E-47 E-60
#[test]
fn fault_85_the_sender_is_closed_in_the_middle() {
    at_any_pace(|| {
        exchange(|push, pull| {
            let left = push.close();
            // What left is received, unless the time for that is over.
            pull.drain(EVER);
            left.unsent
        });
    });
}

// rfc: sp-endpoint E-43 E-47 E-48 E-60
#[test]
fn fault_85_the_receiver_is_closed_in_the_middle() {
    at_any_pace(|| {
        exchange(|push, pull| {
            pull.close();
            push.close().unsent
        });
    });
}

// rfc: sp-endpoint E-43 E-47 E-48 E-60
#[test]
fn fault_85_both_are_closed_at_the_same_time() {
    at_any_pace(|| {
        exchange(|push, pull| {
            let closer = with(push, |push| push.close().unsent);
            pull.close();
            closer.join().unwrap()
        });
    });
}

// rfc: sp-endpoint E-90 E-92 E-93
#[test]
fn fault_85_the_receiver_is_drained_in_the_middle_and_nothing_is_dropped() {
    explore(schedules(), Pace::Patient, || {
        let fates = exchange(|push, pull| {
            pull.drain(EVER);
            push.close().unsent
        });
        assert_eq!(fates.dropped, 0, "{fates:?}");
    });
}

// rfc: sp-endpoint E-90 E-92 E-93
#[test]
fn fault_85_both_are_drained_at_the_same_time() {
    at_any_pace(|| {
        exchange(|push, pull| {
            let drainer = with(push, |push| push.drain(EVER).unsent);
            pull.drain(EVER);
            drainer.join().unwrap()
        });
    });
}

// rfc: sp-waiting W-32
#[test]
fn fault_86_a_future_that_is_dropped_leaves_the_message_to_a_thread() {
    in_no_time(|| {
        let stage = Stage::new();
        let (push, pull) = pair(&stage);
        let receiver = with(&pull, |pull| {
            for _ in 0..EACH {
                pull.recv().unwrap();
            }
        });
        let canceller = thread::spawn({
            let (push, pull) = (push.clone(), pull.clone());
            move || {
                for _ in 0..EACH {
                    if poll_once(pull.recv_async()).is_ready() {
                        // It was quicker; then the thread is owed another.
                        push.send("message").unwrap();
                    }
                }
            }
        });
        for _ in 0..EACH {
            push.send("message").unwrap();
        }
        canceller.join().unwrap();
        receiver.join().unwrap();
    });
}
