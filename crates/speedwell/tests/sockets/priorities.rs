//! Levels of endpoints: who is served first, who next when it is gone, and who again when it is
//! back; and that they change on live endpoints. Obeys `rfc/sp-endpoint.md` E-70 and
//! `sp-pipeline.md`.

use speedwell::{Endpoint, ErrorKind, Priority, Pull, Push};

use crate::watch::{SOON, until};

fn level(level: u8) -> Priority {
    Priority::new(level).unwrap()
}

/// A consumer, and the producer's endpoint that leads to it, at a level for sending.
fn consumer(push: &Push, at: u8) -> (Pull, Endpoint) {
    let pull = Pull::new().unwrap();
    let bound = pull.bind("tcp://127.0.0.1:0").unwrap();
    let before = push.pipes();
    push.set_priorities(level(at), Priority::default());
    let endpoint = push.connect(bound.address()).unwrap();
    until("it is connected", || push.pipes() == before + 1);
    (pull, endpoint)
}

/// Sends `count` messages; all of them come to this consumer.
fn all_to(push: &Push, pull: &Pull, count: u32) {
    for number in 0..count {
        push.send_timeout(number.to_be_bytes(), SOON).unwrap();
    }
    for number in 0..count {
        let message = pull.recv_timeout(SOON).unwrap();
        assert_eq!(message.body(), number.to_be_bytes());
    }
    assert_eq!(pull.try_recv().unwrap_err().kind(), ErrorKind::WouldBlock);
}

// rfc: sp-endpoint E-70
#[test]
fn sixteen_levels_one_behind_the_other_and_back_again() {
    let push = Push::new().unwrap();
    let mut consumers: Vec<_> = (1..=16).rev().map(|at| (at, consumer(&push, at))).collect();
    let mut gone: Vec<(u8, String)> = Vec::new();
    while let Some((at, (pull, endpoint))) = consumers.pop() {
        assert_eq!(
            endpoint.priorities(),
            Some((level(at), Priority::default()))
        );
        all_to(&push, &pull, 1000);
        gone.push((at, endpoint.address().to_owned()));
        drop(pull);
        until("it is gone", || push.pipes() == consumers.len());
    }
    // The worst comes first, and each better one has everything as soon as it is there.
    let mut back = Vec::new();
    for (at, address) in gone.into_iter().rev() {
        let pull = Pull::new().unwrap();
        pull.bind(address).unwrap();
        let expected = usize::from(17 - at);
        until("it is back", || push.pipes() == expected);
        all_to(&push, &pull, 1000);
        back.push(pull);
    }
}

// rfc: sp-endpoint E-70
#[test]
fn a_level_is_changed_on_a_live_endpoint_from_the_next_message_on() {
    let push = Push::new().unwrap();
    let (here, to_here) = consumer(&push, 3);
    let (there, to_there) = consumer(&push, 4);
    all_to(&push, &here, 100);
    to_there.set_priorities(level(2), level(5)).unwrap();
    assert_eq!(to_there.priorities(), Some((level(2), level(5))));
    all_to(&push, &there, 100);
    to_here.set_priorities(Priority::HIGHEST, level(5)).unwrap();
    all_to(&push, &here, 100);
    // On one level they take turns.
    to_there
        .set_priorities(Priority::HIGHEST, level(5))
        .unwrap();
    for number in 0..100_u32 {
        push.send_timeout(number.to_be_bytes(), SOON).unwrap();
    }
    for _ in 0..50 {
        here.recv_timeout(SOON).unwrap();
        there.recv_timeout(SOON).unwrap();
    }
    to_here.close();
    assert_eq!(to_here.priorities(), None);
    let closed = to_here.set_priorities(level(1), level(1)).unwrap_err();
    assert_eq!(closed.kind(), ErrorKind::Closed);
}

// rfc: sp-endpoint E-70
#[test]
fn who_is_heard_first_is_changed_while_messages_wait() {
    let pull = Pull::new().unwrap();
    let producers: Vec<(Push, Endpoint)> = (1..=16_u8)
        .map(|at| {
            pull.set_priorities(Priority::default(), level(at));
            let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
            let push = Push::new().unwrap();
            push.connect(endpoint.address()).unwrap();
            (push, endpoint)
        })
        .collect();
    until("all are there", || pull.pipes() == 16);
    let everybody_sends = || {
        let before = pull.stats().messages_in;
        for (number, (push, _)) in (1..=16_u8).zip(&producers) {
            push.send_timeout([number], SOON).unwrap();
        }
        until("it is there", || pull.stats().messages_in == before + 16);
    };
    let hears = || -> Vec<u8> {
        let heard = (0..16).map(|_| pull.recv_timeout(SOON).unwrap().body()[0]);
        heard.collect()
    };
    everybody_sends();
    assert_eq!(hears(), Vec::from_iter(1..=16));
    everybody_sends();
    for (at, (_, endpoint)) in (1..=16_u8).rev().zip(&producers) {
        let changed = endpoint.set_priorities(Priority::default(), level(at));
        changed.unwrap();
    }
    assert_eq!(hears(), Vec::from_iter((1..=16).rev()));
}
