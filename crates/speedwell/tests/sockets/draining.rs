//! Restarts that lose nothing: sockets are drained under load while others take their place, and
//! every message is accounted for. Obeys `rfc/sp-endpoint.md` section 13.

use std::collections::BTreeMap;
use std::net::Shutdown;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use speedwell::{DropCause, Error, ErrorKind, Pair, Pull, Push, Rep, RepContext, Req, SendError};

use speedwell_testkit::effort::usual_or;

use crate::raw_peer::{PULL, PUSH, RawPeer, prefix};
use crate::watch::{SOON, timed, until};

const RESTARTS: usize = 20;
const SHORT: Duration = Duration::from_millis(50);

/// How often each number came.
#[derive(Default)]
struct Counts(Mutex<BTreeMap<u64, u32>>);

impl Counts {
    fn count(&self, body: &[u8]) {
        let number = u64::from_be_bytes(*body.first_chunk().unwrap());
        *self.0.lock().unwrap().entry(number).or_default() += 1;
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Each below this came exactly once, and no other.
    fn are_each_once_below(&self, end: u64) {
        let counts = self.0.lock().unwrap();
        let twice = counts.iter().filter(|(_, count)| **count > 1).count();
        let missing = (0..end).filter(|number| !counts.contains_key(number));
        let missing: Vec<u64> = missing.collect();
        assert_eq!((missing, twice), (vec![], 0));
        assert_eq!(counts.len() as u64, end);
    }
}

/// A body with a number in front, of a size that varies.
fn body(number: u64) -> Vec<u8> {
    let mut body = number.to_be_bytes().to_vec();
    for _ in 0..number % 7 {
        body.extend([7; 900]);
    }
    body
}

/// Everything until the socket is drained.
fn take_all(pull: &Pull, counts: &Counts) -> Error {
    loop {
        match pull.recv() {
            Ok(message) => counts.count(message.body()),
            Err(error) => return error,
        }
    }
}

/// Consumers come and go under load, each with two threads, over one address that each takes from
/// the last. Everything that was sent is received once.
fn consumers_are_replaced(address: &str) {
    let (pushes, counts) = ([(); 2].map(|()| Push::new().unwrap()), Counts::default());
    let (sent, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    // Little, so that a message is mostly under way in part.
    let tight = || {
        let pull = Pull::new().unwrap();
        pull.set_recv_buffer(20_000).unwrap();
        pull
    };
    let first = tight();
    let endpoint = first.bind(address).unwrap();
    let address = endpoint.address().to_owned();
    for push in &pushes {
        push.set_reconnect(Duration::from_millis(1), Duration::from_millis(5));
        push.set_send_buffer(20_000).unwrap();
        push.connect(&address).unwrap();
    }
    thread::scope(|scope| {
        for push in &pushes {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    let number = sent.fetch_add(1, Ordering::SeqCst);
                    push.send_timeout(body(number), SOON).unwrap();
                }
            });
        }
        let mut pull = first;
        for round in 0..RESTARTS {
            thread::scope(|scope| {
                let takers = [(); 2].map(|()| scope.spawn(|| take_all(&pull, &counts)));
                let enough = counts.len() + 300;
                until("it works", || counts.len() > enough);
                let (report, took) = timed(|| pull.drain(SOON));
                assert!(
                    report.is_clean() && report.unread == 0,
                    "{round}: {report:?}"
                );
                assert!(took < SOON / 2, "{took:?}");
                assert_eq!(pull.pipes(), 0);
                for taker in takers {
                    assert_eq!(taker.join().unwrap().kind(), ErrorKind::Closed);
                }
            });
            pull = tight();
            pull.bind(&address).unwrap();
        }
        is_over.store(true, Ordering::SeqCst);
        thread::scope(|scope| {
            scope.spawn(|| take_all(&pull, &counts));
            let all = || counts.len() as u64 == sent.load(Ordering::SeqCst);
            until("everything has come", all);
            pull.drain(SOON);
        });
    });
    for push in &pushes {
        assert_eq!(push.stats().cut, 0);
        assert!(push.drain(SOON).is_clean());
    }
    println!("{} messages, {RESTARTS} restarts", counts.len());
    counts.are_each_once_below(sent.load(Ordering::SeqCst));
}

// rfc: sp-endpoint E-49 E-90 E-92 E-93
#[test]
fn consumers_are_replaced_under_load_and_nothing_is_lost() {
    consumers_are_replaced("tcp://127.0.0.1:0");
}

// rfc: sp-endpoint E-92
#[test]
fn consumers_in_this_process_are_replaced_too() {
    consumers_are_replaced("inproc://drained");
}

// rfc: sp-endpoint E-90 E-92
#[test]
fn producers_are_replaced_and_each_has_delivered_when_it_is_gone() {
    const EACH: u64 = 500;
    for address in ["tcp://127.0.0.1:0", "inproc://replaced"] {
        let (pull, counts) = (Pull::new().unwrap(), Counts::default());
        pull.set_recv_buffer(10_000).unwrap();
        let endpoint = pull.bind(address).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| take_all(&pull, &counts));
            for restart in 0..RESTARTS as u64 {
                let push = Push::new().unwrap();
                push.connect(endpoint.address()).unwrap();
                for number in restart * EACH..(restart + 1) * EACH {
                    push.send_timeout(body(number), SOON).unwrap();
                }
                let report = push.drain(SOON);
                assert!(report.is_clean() && report.unconfirmed == 0, "{report:?}");
                let refused: SendError = push.send("too late").unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::Closed);
            }
            let all = RESTARTS as u64 * EACH;
            until("all have come", || counts.len() as u64 == all);
            pull.close();
        });
        counts.are_each_once_below(RESTARTS as u64 * EACH);
    }
}

/// Answers until its socket is drained, and counts what it has done.
fn serve(context: &RepContext, done: &Counts) {
    while let Ok(question) = context.recv() {
        // The same when it is asked again, which it must not be.
        done.count(question.body());
        thread::yield_now();
        context.send(question).unwrap();
    }
}

// rfc: sp-endpoint E-91, sp-reqrep R-12
#[test]
fn servers_are_replaced_and_each_question_is_answered_once() {
    const CLIENTS: u64 = 4;
    let (done, asked) = (Counts::default(), AtomicU64::new(0));
    let is_over = AtomicBool::new(false);
    let req = Req::new().unwrap();
    req.set_reconnect(Duration::from_millis(1), Duration::from_millis(5));
    let mut unread = 0;
    thread::scope(|scope| {
        let start = |address: &str| {
            let rep = Rep::new().unwrap();
            let endpoint = rep.bind(address).unwrap();
            for _ in 0..3 {
                let (context, done) = (rep.context().unwrap(), &done);
                scope.spawn(move || serve(&context, done));
            }
            (rep, endpoint.address().to_owned())
        };
        let mut running = [(); 2].map(|()| start("tcp://127.0.0.1:0"));
        for (_, address) in &running {
            req.connect(address).unwrap();
        }
        for _ in 0..CLIENTS {
            let context = req.context().unwrap();
            let (asked, is_over) = (&asked, &is_over);
            scope.spawn(move || {
                while !is_over.load(Ordering::SeqCst) {
                    let question = asked.fetch_add(1, Ordering::SeqCst).to_be_bytes();
                    context.send(question).unwrap();
                    assert_eq!(context.recv_timeout(SOON).unwrap().body(), question);
                }
            });
        }
        for restart in 0..RESTARTS {
            let enough = done.len() + 100;
            until("they work", || done.len() > enough);
            let (rep, address) = &running[restart % 2];
            let report = rep.drain(SOON);
            assert!(report.is_clean(), "{report:?}");
            unread += report.unread;
            running[restart % 2] = start(address);
        }
        is_over.store(true, Ordering::SeqCst);
        let all = || done.len() as u64 == asked.load(Ordering::SeqCst);
        until("all questions are answered", all);
        assert!(req.drain(SOON).is_clean());
        for (rep, _) in &running {
            assert!(rep.drain(SOON).is_clean());
        }
    });
    println!("{} questions, {unread} asked again elsewhere", done.len());
    done.are_each_once_below(asked.load(Ordering::SeqCst));
}

// rfc: sp-endpoint E-91
#[test]
fn an_answer_that_is_owed_is_still_given_and_one_that_is_awaited_heard() {
    let (req, rep) = (Req::new().unwrap(), Rep::new().unwrap());
    req.connect(rep.bind("tcp://127.0.0.1:0").unwrap().address())
        .unwrap();
    let (asks, idle) = (req.context().unwrap(), req.context().unwrap());
    asks.send("?").unwrap();
    let (owes, listens) = (rep.context().unwrap(), rep.context().unwrap());
    assert_eq!(owes.recv_timeout(SOON).unwrap().body(), b"?");
    thread::scope(|scope| {
        let listening = scope.spawn(|| listens.recv());
        let draining = [
            scope.spawn(|| rep.drain(SOON)),
            scope.spawn(|| req.drain(SOON)),
        ];
        let heard = listening.join().unwrap().unwrap_err();
        assert_eq!(heard.kind(), ErrorKind::Closed, "nothing is begun");
        until("both drain", || {
            rep.context().is_err() && req.context().is_err()
        });
        for late in [rep.bind("inproc://late"), req.bind("inproc://later")] {
            assert_eq!(late.unwrap_err().kind(), ErrorKind::Closed);
        }
        assert_eq!(idle.send("??").unwrap_err().kind(), ErrorKind::Closed);
        assert_eq!(idle.recv().unwrap_err().kind(), ErrorKind::Closed);
        assert_eq!(owes.recv().unwrap_err().kind(), ErrorKind::Closed);
        assert!(draining.iter().all(|it| !it.is_finished()));
        owes.send("!").unwrap();
        assert_eq!(asks.recv_timeout(SOON).unwrap().body(), b"!");
        for report in draining {
            assert!(report.join().unwrap().is_clean());
        }
    });
}

// rfc: sp-endpoint E-92
#[test]
fn a_pair_that_drains_hears_what_was_under_way_to_it() {
    for address in ["tcp://127.0.0.1:0", "inproc://a pair drains"] {
        let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
        right
            .connect(left.bind(address).unwrap().address())
            .unwrap();
        let (mut to_left, mut to_right) = (0, 0);
        left.wait_for_peers(1, SOON).unwrap();
        right.wait_for_peers(1, SOON).unwrap();
        while to_left < 500 && right.try_send([1; 100]).is_ok() {
            to_left += 1;
        }
        while to_right < 500 && left.try_send([2; 100]).is_ok() {
            to_right += 1;
        }
        thread::scope(|scope| {
            let draining = scope.spawn(|| left.drain(SOON));
            let (right, to_right) = (&right, to_right);
            scope.spawn(move || {
                for _ in 0..to_right {
                    assert_eq!(right.recv_timeout(SOON).unwrap().body(), [2; 100]);
                }
            });
            let mut heard = 0;
            while left.recv().is_ok() {
                heard += 1;
            }
            let report = draining.join().unwrap();
            assert!(report.is_clean() && report.unread == 0, "{report:?}");
            until("the rest is back", || {
                heard + right.stats().returned == to_left
            });
            println!("{address}: {heard} of {to_left} heard, the rest given back");
        });
    }
}

// rfc: sp-endpoint E-90 E-94
#[test]
fn draining_ends_at_its_time_and_says_what_was_left() {
    let pull = Pull::new().unwrap();
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let mut stranger = RawPeer::greets(endpoint.address(), PUSH);
    let message = [&prefix(6)[..], b"unread"].concat();
    stranger.says(&message.repeat(3));
    until("they are there", || pull.stats().messages_in == 3);
    pull.recv_timeout(SOON).unwrap();
    let (report, took) = timed(|| pull.drain(SHORT));
    println!("drained in {took:?} of {SHORT:?}: {report:?}");
    assert!(took >= SHORT && took < 20 * SHORT, "{took:?}");
    assert_eq!((report.unread, report.is_clean()), (2, true));
    assert_eq!(pull.stats().dropped(DropCause::Closed), 2);
    assert_eq!(pull.recv().unwrap_err().kind(), ErrorKind::Closed);

    let push = Push::new().unwrap();
    push.set_send_buffer(20_000).unwrap();
    let endpoint = push.bind("tcp://127.0.0.1:0").unwrap();
    let _deaf = RawPeer::greets_with_recv_buffer(endpoint.address(), PULL, 20_000);
    push.wait_for_peers(1, SOON).unwrap();
    while push.send_timeout([7; 1000], SHORT).is_ok() {}
    let (report, took) = timed(|| push.drain(SHORT));
    println!("drained in {took:?} of {SHORT:?}: {report:?}");
    assert!(took >= SHORT && took < 20 * SHORT, "{took:?}");
    assert_eq!(report.unconfirmed, 1);
    // With nobody there, there is nothing to wait for; and with no time, nothing is waited for.
    let (report, took) = timed(|| Push::new().unwrap().drain(SOON));
    assert!(report.is_clean() && took < SOON / 4, "{took:?}");
    let (_, took) = timed(|| Pull::new().unwrap().drain(Duration::ZERO));
    assert!(took < SOON / 4, "{took:?}");
}

// rfc: sp-endpoint E-49
#[test]
fn a_message_that_was_begun_is_written_to_its_end_for_a_peer_that_still_reads() {
    let large = vec![7; 8_000_000];
    let push = Push::new().unwrap();
    push.set_send_buffer(4_000).unwrap();
    push.set_linger(SOON);
    let endpoint = push.bind("tcp://127.0.0.1:0").unwrap();
    let mut leaves = RawPeer::greets_with_recv_buffer(endpoint.address(), PULL, 4_000);
    push.wait_for_peers(1, SOON).unwrap();
    push.send_timeout(&large, SOON).unwrap();
    push.send_timeout("behind it", SOON / 100).unwrap_err();
    leaves.ends(Shutdown::Write);
    assert_eq!(leaves.receives().unwrap(), large);
    assert!(leaves.receives().is_none());
    until("it is gone", || push.pipes() == 0);
    assert_eq!((push.stats().cut, push.stats().returned), (0, 0));

    // One that does not read any more is waited for no longer than the linger time.
    push.set_linger(SHORT);
    let deaf = RawPeer::greets_with_recv_buffer(endpoint.address(), PULL, 4_000);
    push.wait_for_peers(1, SOON).unwrap();
    push.send_timeout(&large, SOON).unwrap();
    thread::sleep(SHORT);
    deaf.ends(Shutdown::Write);
    let ((), took) = timed(|| until("it is given up", || push.pipes() == 0));
    println!("given up after {took:?} of {SHORT:?}");
    assert!(took < 20 * SHORT, "{took:?}");
    assert_eq!(push.stats().cut, 1);
}

/// Both ends of a queue go, the one that sends first: everything was received.
// rfc: sp-endpoint E-92
#[test]
fn a_queue_of_which_both_ends_are_drained_is_worked_off() {
    const EACH: u64 = 1_000;
    for address in ["tcp://127.0.0.1:0", "inproc://worked off"] {
        for round in 0..usual_or(40, 400) {
            let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
            let counts = Counts::default();
            let endpoint = pull.bind(address).unwrap();
            push.connect(endpoint.address()).unwrap();
            thread::scope(|scope| {
                scope.spawn(|| take_all(&pull, &counts));
                for number in 0..EACH {
                    push.send_timeout(body(number), SOON).unwrap();
                }
                let left = push.drain(SOON);
                assert!(left.is_clean(), "{address} {round}: {left:?}");
                let unread = pull.drain(SOON);
                assert!(
                    unread.is_clean() && unread.unread == 0,
                    "{address} {round}: {unread:?}"
                );
            });
            counts.are_each_once_below(EACH);
        }
    }
}
