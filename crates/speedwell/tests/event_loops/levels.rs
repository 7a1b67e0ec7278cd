//! What a descriptor shows: the level, and nothing but the level.

use std::os::fd::AsRawFd;
use std::time::Duration;

use speedwell::{ErrorKind, Level, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor};

use crate::stage::{SOON, address, readable, readable_within, until};

// rfc: sp-waiting W-10
#[test]
fn two_messages_come_and_one_after_the_other_is_taken() {
    for address in ["tcp://127.0.0.1:0".to_owned(), address("two messages")] {
        let pull = Pull::new().unwrap();
        let bound = pull.bind(&address).unwrap();
        let push = Push::new().unwrap();
        push.connect(bound.address()).unwrap();
        let ready = pull.recv_fd().unwrap();
        assert!(!readable(&ready));
        push.send("one").unwrap();
        push.send("two").unwrap();
        assert!(readable_within(&ready, SOON) && readable(&ready));
        assert_eq!(pull.try_recv().unwrap().body(), b"one");
        assert!(readable_within(&ready, SOON), "one is left");
        assert_eq!(pull.try_recv().unwrap().body(), b"two");
        assert!(!readable(&ready), "none is left");
        assert_eq!(pull.try_recv().unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

// rfc: sp-waiting W-10
#[test]
fn it_shows_also_what_was_there_before_it_was_asked_for() {
    let address = address("before");
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    pull.bind(&address).unwrap();
    push.connect(&address).unwrap();
    push.send("early").unwrap();
    until("it is there", || pull.stats().traffic.messages_in == 1);
    assert!(readable(&pull.recv_fd().unwrap()));
}

// rfc: sp-waiting W-10
#[test]
fn a_full_socket_is_not_ready_to_send_until_its_peer_takes_something() {
    let address = address("full");
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    push.set_send_buffer(1).unwrap();
    pull.set_recv_buffer(1).unwrap();
    let ready = push.send_fd().unwrap();
    assert!(!readable(&ready), "there is no peer");
    pull.bind(&address).unwrap();
    push.connect(&address).unwrap();
    assert!(readable_within(&ready, SOON));
    let mut sent = 0;
    // What is on its way between the two sides may still make room: it is full for good when
    // nothing has done so for a moment.
    while readable_within(&ready, A_MOMENT) {
        sent += u32::from(push.try_send([7; 100]).is_ok());
        until("it shows what is so", || {
            readable(&ready) == push_is_open(&push)
        });
    }
    let refused = push.try_send([7; 100]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WouldBlock, "it is not readable");
    for _ in 0..sent {
        pull.recv_timeout(SOON).unwrap();
    }
    assert!(readable_within(&ready, SOON));
    push.try_send("again").unwrap();
}

/// Whether `poll` of the library finds it ready.
/// Far longer than a message is on its way.
const A_MOMENT: Duration = Duration::from_millis(100);

fn push_is_open(push: &Push) -> bool {
    let mut items = [speedwell::PollItem::send(push)];
    speedwell::poll(&mut items, Some(Duration::ZERO)).unwrap() == 1
}

// rfc: sp-waiting W-10
#[test]
fn what_fails_at_once_does_not_wait() {
    let req = Req::new().unwrap();
    let ready = req.recv_fd().unwrap();
    assert!(readable(&ready), "nothing was asked");
    assert_eq!(req.try_recv().unwrap_err().kind(), ErrorKind::State);
    req.send("anybody?").unwrap();
    assert!(!readable(&ready));
    let address = address("fails at once");
    let rep = Rep::new().unwrap();
    rep.bind(&address).unwrap();
    req.connect(&address).unwrap();
    rep.recv_timeout(SOON).unwrap();
    rep.send("me").unwrap();
    assert!(readable_within(&ready, SOON));
    assert_eq!(req.try_recv().unwrap().body(), b"me");
}

// rfc: sp-waiting W-10
#[test]
fn the_end_of_a_survey_makes_it_ready_in_time() {
    let address = address("survey");
    let (surveyor, respondent) = (Surveyor::new().unwrap(), Respondent::new().unwrap());
    surveyor.bind(&address).unwrap();
    respondent.connect(&address).unwrap();
    surveyor.wait_for_peers(1, SOON).unwrap();
    let time = Duration::from_millis(200);
    surveyor.set_deadline(time).unwrap();
    let ready = surveyor.recv_fd().unwrap();
    let start = std::time::Instant::now();
    surveyor.send("who is there?").unwrap();
    assert!(!readable(&ready), "nobody has answered");
    assert!(readable_within(&ready, SOON));
    println!("a survey of {time:?} was over after {:?}", start.elapsed());
    assert!(start.elapsed() >= time);
    let error = surveyor.try_recv().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

// rfc: sp-waiting W-10
#[test]
fn a_message_that_nobody_wants_is_not_shown() {
    let address = address("unwanted");
    let (publisher, sub) = (Pub::new().unwrap(), Sub::new().unwrap());
    sub.subscribe("wanted").unwrap();
    sub.bind(&address).unwrap();
    publisher.connect(&address).unwrap();
    publisher.wait_for_peers(1, SOON).unwrap();
    let ready = sub.recv_fd().unwrap();
    publisher.send("unwanted").unwrap();
    publisher.send("wanted").unwrap();
    assert!(readable_within(&ready, SOON));
    assert_eq!(sub.try_recv().unwrap().body(), b"wanted");
    assert!(!readable(&ready));
    // What was kept is no longer wanted.
    publisher.send("wanted too").unwrap();
    assert!(readable_within(&ready, SOON));
    sub.unsubscribe("wanted").unwrap();
    let is_there = sub.try_recv().is_ok();
    assert!(!readable(&ready), "there was one: {is_there}");
}

// rfc: sp-waiting W-12
#[test]
fn it_is_the_same_each_time_and_outlives_the_socket() {
    let pair = Pair::new().unwrap();
    let (recv, send) = (pair.recv_fd().unwrap(), pair.send_fd().unwrap());
    assert_eq!(recv.as_raw_fd(), pair.recv_fd().unwrap().as_raw_fd());
    assert_ne!(recv.as_raw_fd(), send.as_raw_fd());
    assert!(!readable(&recv) && !readable(&send));
    pair.close();
    assert!(readable(&recv) && readable(&send), "a call fails at once");
    drop(pair);
    assert!(readable(&recv) && readable(&send));
}

// rfc: sp-waiting W-11
#[test]
fn a_direction_that_does_not_exist_has_none() {
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    let kind = |asked: Result<_, speedwell::Error>| asked.err().map(|error| error.kind());
    assert_eq!(
        kind(push.messages().recv_fd()),
        Some(ErrorKind::Unsupported)
    );
    assert_eq!(
        kind(pull.messages().send_fd()),
        Some(ErrorKind::Unsupported)
    );
    assert_eq!(kind(push.messages().send_fd()), None);
    assert_eq!(kind(pull.messages().recv_fd()), None);
    assert_eq!(kind(Req::new().unwrap().messages().recv_fd()), None);
    assert_eq!(kind(Rep::new().unwrap().messages().send_fd()), None);
}

// rfc: sp-waiting W-14
#[test]
fn a_call_out_of_order_is_shown_to_who_asks_for_calls_and_not_to_who_asks_for_exchanges() {
    let address = address("exchanges");
    let (req, rep) = (Req::new().unwrap(), Rep::new().unwrap());
    rep.bind(&address).unwrap();
    req.connect(&address).unwrap();
    let answer = req.messages().recv_fd_at(Level::InExchange).unwrap();
    let owed = rep.messages().send_fd_at(Level::InExchange).unwrap();
    let (any_recv, any_send) = (req.recv_fd().unwrap(), rep.send_fd().unwrap());
    assert!(!readable(&answer) && !readable(&owed), "nobody asked");
    assert!(
        readable(&any_recv) && readable(&any_send),
        "they would fail"
    );
    req.send("?").unwrap();
    assert!(
        !readable(&answer) && !readable(&any_recv),
        "nobody answered"
    );
    rep.recv().unwrap();
    assert!(readable(&owed) && readable(&any_send));
    rep.send("!").unwrap();
    assert!(!readable(&owed) && readable(&any_send));
    assert!(readable_within(&answer, SOON) && readable_within(&any_recv, SOON));
    req.recv().unwrap();
    assert!(!readable(&answer) && readable(&any_recv));
    let again = req.messages().recv_fd_at(Level::InExchange).unwrap();
    assert_eq!(answer.as_raw_fd(), again.as_raw_fd());
    req.close();
    assert!(readable(&answer), "a call fails at once, and always will");
}
