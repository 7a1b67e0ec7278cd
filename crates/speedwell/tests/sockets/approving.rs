//! Peers that wait to be approved, over real connections: unread until the answer, and gone without
//! one.

use std::time::{Duration, Instant};

use speedwell::{
    AnySocket, DropCause, EndReason, Event, Events, Message, PipeChange, PipeRequest, Pull, Push,
    Refusal,
};

use crate::raw_peer::{PULL, PUSH, RawPeer, prefix};
use crate::watch::{SOON, timed, until};

/// Where each promise is tested.
fn addresses(name: &str) -> [String; 2] {
    ["tcp://127.0.0.1:0".to_owned(), format!("inproc://{name}")]
}

fn strict(socket: &AnySocket) -> Events {
    socket.require_approval(true);
    socket.events()
}

/// The next request; events before it are passed over.
fn asked(events: &Events) -> PipeRequest {
    loop {
        if let Event::Request(request) = events.next_timeout(SOON).unwrap() {
            return request;
        }
    }
}

/// What becomes of a pipe next.
fn becomes(events: &Events) -> PipeChange {
    loop {
        if let Event::Pipe(event) = events.next_timeout(SOON).unwrap() {
            return event.change;
        }
    }
}

// rfc: sp-monitor M-20 M-21
#[test]
fn who_is_accepted_talks_and_what_it_said_before_is_heard() {
    for address in addresses("accepted") {
        let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
        let events = strict(&pull);
        let endpoint = pull.bind(&address).unwrap();
        push.connect(endpoint.address()).unwrap();
        for number in 0..3_u8 {
            push.send_timeout([number], SOON).unwrap();
        }
        let request = asked(&events);
        assert_eq!(request.endpoint(), endpoint.id());
        let before = pull.snapshot();
        assert_eq!((before.in_progress, before.pipes.len()), (1, 0));
        let (pipe, peer) = (request.pipe(), request.peer().clone());
        assert!(request.accept());
        let mut last = Message::new();
        for number in 0..3_u8 {
            let message = pull.recv_timeout(SOON).unwrap();
            assert_eq!(
                (message.body(), message.origin()),
                (&[number][..], Some(pipe))
            );
            last = message;
        }
        let from = pull.peer(&last).unwrap();
        assert_eq!((from.info, from.endpoint), (peer, endpoint.id()));
        assert!(matches!(becomes(&events), PipeChange::Added));
        push.close();
        assert!(matches!(
            becomes(&events),
            PipeChange::Removed(EndReason::ClosedByPeer)
        ));
        assert_eq!(pull.peer(&last), None);
    }
}

// rfc: sp-monitor M-20
#[test]
fn who_waits_is_not_read() {
    let pull = Pull::new().unwrap();
    let events = strict(&pull);
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let mut peer = RawPeer::greets(endpoint.address(), PUSH);
    // Behind its greeting it says what would end a pipe at once.
    peer.says(&prefix(1 << 40));
    let request = asked(&events);
    assert!(!peer.is_dropped_within(Duration::from_millis(100)));
    assert_eq!(pull.stats().broken, 0);
    assert!(request.accept());
    peer.is_dropped();
    until("it is read now", || pull.stats().broken == 1);
}

// rfc: sp-monitor M-21 M-22
#[test]
fn fault_89_who_is_refused_or_dropped_goes_at_once_and_nobody_else() {
    let pull = Pull::new().unwrap();
    let events = strict(&pull);
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let mut good = RawPeer::greets(endpoint.address(), PUSH);
    assert!(asked(&events).accept());
    for count in 1..=4 {
        let mut bad = RawPeer::greets(endpoint.address(), PUSH);
        let request = asked(&events);
        if count % 2 == 0 {
            request.refuse();
        } else {
            drop(request);
        }
        println!("gone after {:?}", bad.is_dropped());
        assert_eq!(pull.stats().unapproved, count);
        assert!(good.sends(b"still here"));
        assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"still here");
    }
    assert_eq!((pull.stats().accepted, pull.pipes()), (1, 1));
}

// rfc: sp-monitor M-22
#[test]
fn fault_89_who_is_never_answered_goes_at_its_deadline_and_the_answer_is_late() {
    const DEADLINE: Duration = Duration::from_millis(300);
    for address in addresses("never answered") {
        let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
        let events = strict(&pull);
        pull.set_handshake_timeout(DEADLINE);
        let endpoint = pull.bind(&address).unwrap();
        let begun = Instant::now();
        push.connect(endpoint.address()).unwrap();
        let request = asked(&events);
        let refusal = becomes(&events);
        let took = begun.elapsed();
        assert!(matches!(refusal, PipeChange::Refused(Refusal::Unanswered)));
        println!("{address}: gone after {took:?} of {DEADLINE:?}");
        assert!(took >= DEADLINE && took < DEADLINE * 10);
        assert_eq!(pull.stats().unapproved, 1);
        assert!(!request.accept(), "too late");

        // The socket lives, and so does its dialer, which comes again.
        pull.set_handshake_timeout(SOON);
        while !asked(&events).accept() {}
        push.send_timeout("hello", SOON).unwrap();
        assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"hello");
    }
}

// rfc: sp-monitor M-22, sp-endpoint E-31
#[test]
fn fault_89_the_answer_comes_after_the_peer_is_gone() {
    let pull = Pull::new().unwrap();
    let events = strict(&pull);
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let mut peer = RawPeer::greets(endpoint.address(), PUSH);
    assert!(peer.sends(b"my last"));
    let request = asked(&events);
    drop(peer);
    assert!(request.accept(), "nobody has read that it is gone");
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"my last");
    assert!(matches!(becomes(&events), PipeChange::Added));
    assert!(matches!(becomes(&events), PipeChange::Removed(_)));
    let mut next = RawPeer::greets(endpoint.address(), PUSH);
    assert!(asked(&events).accept() && next.sends(b"the next"));
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"the next");
}

// rfc: sp-monitor M-22
#[test]
fn fault_89_the_answer_comes_after_the_socket_is_gone() {
    for address in addresses("socket gone") {
        let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
        let events = strict(&pull);
        let endpoint = pull.bind(&address).unwrap();
        let peers = [(); 2].map(|()| {
            push.connect(endpoint.address()).unwrap();
            asked(&events)
        });
        let (report, took) = timed(|| pull.close());
        assert!(report.is_clean());
        println!("{address}: closed in {took:?}");
        assert!(took < SOON / 2, "it waits for no answer");
        drop(pull);
        let [one, two] = peers;
        assert!(!one.accept());
        two.refuse();
        assert_eq!(push.stats().dropped_in_all(), 0);
    }
}

// rfc: sp-monitor M-23, sp-endpoint E-06
#[test]
fn fault_80_who_waits_for_an_answer_counts_as_half_open() {
    let pull = Pull::new().unwrap();
    let events = strict(&pull);
    pull.set_limits(100, 2);
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let _peers = [(); 2].map(|()| RawPeer::greets(endpoint.address(), PUSH));
    let requests = [(); 2].map(|()| asked(&events));
    RawPeer::connects(endpoint.address()).is_dropped();
    assert_eq!(pull.stats().over_limit, 1);
    let [one, _other] = requests;
    assert!(one.accept());
    let _third = RawPeer::greets(endpoint.address(), PUSH);
    assert!(asked(&events).accept());
    assert_eq!(pull.pipes(), 2);
}

// rfc: sp-monitor M-21
#[test]
fn while_nobody_takes_events_nobody_is_let_in_and_then_they_ask() {
    let pull = Pull::new().unwrap();
    pull.require_approval(true);
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let mut peer = RawPeer::greets(endpoint.address(), PUSH);
    assert!(peer.sends(b"hello"));
    until("it is counted", || pull.snapshot().in_progress == 1);
    let events = pull.events();
    assert!(asked(&events).accept());
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"hello");
}

// rfc: sp-monitor M-22, sp-endpoint E-04 E-22
#[test]
fn a_dialer_asks_too_and_comes_again_when_it_was_refused() {
    let pull = Pull::new().unwrap();
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let push = Push::new().unwrap();
    let events = strict(&push);
    push.connect(endpoint.address()).unwrap();
    let request = asked(&events);
    assert_eq!(
        request.peer().address.as_ref().unwrap().as_str(),
        endpoint.address()
    );
    assert!(push.try_send("no pipe yet").is_err());
    request.refuse();
    assert!(matches!(
        becomes(&events),
        PipeChange::Refused(Refusal::Denied)
    ));
    assert!(asked(&events).accept());
    push.send_timeout("now", SOON).unwrap();
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"now");
    assert_eq!((push.stats().unapproved, push.stats().connected), (1, 1));
}

// rfc: sp-inproc I-23, sp-monitor M-22
#[test]
fn what_was_sent_to_who_is_refused_within_the_process_goes_to_another() {
    let (push, strange, good) = (
        Push::new().unwrap(),
        Pull::new().unwrap(),
        Pull::new().unwrap(),
    );
    let events = strict(&strange);
    strange.bind("inproc://refuses").unwrap();
    push.connect("inproc://refuses").unwrap();
    let request = asked(&events);
    for number in 0..10_u8 {
        push.send_timeout([number], SOON).unwrap();
    }
    good.bind("inproc://takes").unwrap();
    push.connect("inproc://takes").unwrap();
    until("both are there", || push.pipes() == 2);
    request.refuse();
    let mut heard: Vec<_> = (0..10)
        .map(|_| good.recv_timeout(SOON).unwrap().body()[0])
        .collect();
    heard.sort_unstable();
    assert_eq!(heard, (0..10).collect::<Vec<_>>());
    assert_eq!(push.stats().dropped(DropCause::PipeLost), 0);
}

// rfc: sp-monitor M-21
#[test]
fn answers_from_many_threads_are_all_carried_out() {
    const PEERS: usize = 200;
    let push = Push::new().unwrap();
    let events = strict(&push);
    push.set_limits(1_000, 1_000);
    let endpoint = push.bind("tcp://127.0.0.1:0").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let events = events.clone();
            scope.spawn(move || {
                for _ in 0..PEERS / 4 {
                    let request = asked(&events);
                    if request.pipe().word().is_multiple_of(2) {
                        assert!(request.accept());
                    }
                }
            });
        }
        for _ in 0..PEERS / 2 {
            // One after the other, so that no backlog of the system fills up.
            let peers = [(); 2].map(|()| RawPeer::greets(endpoint.address(), PULL));
            scope.spawn(move || peers.map(|mut peer| peer.is_dropped()));
        }
        until("all are answered", || {
            let stats = push.stats();
            stats.accepted + stats.unapproved == PEERS as u64
        });
        println!("let in: {}", push.stats().accepted);
        push.close();
    });
}
