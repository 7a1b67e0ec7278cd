//! Events over real connections: what a watcher hears, and that nobody waits for it.

use std::time::Duration;

use speedwell::{
    EVENTS_MAX, EndReason, EndpointChange, ErrorKind, Event, Events, Pair, PipeChange, PipeEvent,
    Pull, Push, Refusal, TransportErrorKind,
};

use crate::raw_peer::{PULL, PUSH, RawPeer};
use crate::watch::{SOON, until};

/// The next event, in a few words.
fn hears(events: &Events) -> String {
    match events.next_timeout(SOON).unwrap() {
        Event::Endpoint(event) => match event.change {
            EndpointChange::Listening => "listening".to_owned(),
            EndpointChange::DialFailed(error) => format!("dial failed: {:?}", error.kind()),
            EndpointChange::BacksOff(_) => "backs off".to_owned(),
            EndpointChange::OverLimit => "over limit".to_owned(),
            EndpointChange::Closed => "closed".to_owned(),
            other => format!("{other:?}"),
        },
        Event::Pipe(event) => words(&event.change),
        Event::Missed(count) => format!("missed {count}"),
        other => format!("{other:?}"),
    }
}

fn words(change: &PipeChange) -> String {
    match change {
        PipeChange::Offered => "offered".to_owned(),
        PipeChange::Added => "added".to_owned(),
        PipeChange::Refused(Refusal::Handshake(error)) => {
            format!("no greeting: {:?}", error.kind())
        }
        PipeChange::Refused(refusal) => format!("refused: {refusal:?}"),
        PipeChange::Removed(EndReason::Broken(error)) => format!("broken: {:?}", error.kind()),
        PipeChange::Removed(reason) => format!("removed: {reason:?}"),
        other => format!("{other:?}"),
    }
}

/// The next event is of a pipe.
fn of_pipe(events: &Events) -> PipeEvent {
    match events.next_timeout(SOON).unwrap() {
        Event::Pipe(event) => event,
        other => panic!("{other:?}"),
    }
}

// rfc: sp-monitor M-10
#[test]
fn a_listener_tells_who_comes_and_goes() {
    let pull = Pull::new().unwrap();
    let events = pull.events();
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    assert_eq!(hears(&events), "listening");
    let push = Push::new().unwrap();
    push.connect(endpoint.address()).unwrap();
    push.send_timeout("hello", SOON).unwrap();
    let origin = pull.recv_timeout(SOON).unwrap().origin();
    push.close();
    let mut peers = Vec::new();
    for expected in ["offered", "added", "removed: ClosedByPeer"] {
        let event = of_pipe(&events);
        assert_eq!(words(&event.change), expected);
        assert_eq!((Some(event.pipe), event.endpoint), (origin, endpoint.id()));
        peers.push(event.peer.unwrap());
    }
    let from = peers[0].address.as_ref().unwrap().as_str();
    assert!(from.starts_with("tcp://127.0.0.1:"), "{from}");
    assert!(peers.iter().all(|peer| *peer == peers[0]));
    endpoint.close();
    assert_eq!(hears(&events), "closed");
    assert_eq!(events.try_next().unwrap_err().kind(), ErrorKind::WouldBlock);
}

// rfc: sp-monitor M-10
#[test]
fn a_dialer_tells_why_it_goes_on_trying() {
    let push = Push::new().unwrap();
    let events = push.events();
    let endpoint = push.connect("tcp://127.0.0.1:1").unwrap();
    let Event::Endpoint(event) = events.next_timeout(SOON).unwrap() else {
        panic!("an endpoint tells");
    };
    assert_eq!(event.endpoint, endpoint.id());
    let EndpointChange::DialFailed(error) = event.change else {
        panic!("{event:?}");
    };
    assert_eq!(error.kind(), TransportErrorKind::Refused);
    for expected in ["backs off", "dial failed: Refused", "backs off"] {
        assert_eq!(hears(&events), expected);
    }
}

// rfc: sp-monitor M-10
#[test]
fn whoever_does_not_become_a_pipe_is_told_with_the_reason() {
    let pair = Pair::new().unwrap();
    let events = pair.events();
    let endpoint = pair.bind("tcp://127.0.0.1:0").unwrap();
    assert_eq!(hears(&events), "listening");
    let mut junk = RawPeer::connects(endpoint.address());
    junk.says(b"GET / HTTP/1.1\r\n");
    assert_eq!(hears(&events), "no greeting: BadPeer");
    let mut wrong = RawPeer::greets(endpoint.address(), PUSH);
    wrong.is_dropped();
    assert_eq!(hears(&events), "refused: WrongProtocol(ProtocolId(0x0050))");
    let first = Pair::new().unwrap();
    first.connect(endpoint.address()).unwrap();
    assert_eq!([hears(&events), hears(&events)], ["offered", "added"]);
    let second = Pair::new().unwrap();
    second.connect(endpoint.address()).unwrap();
    assert_eq!(hears(&events), "offered");
    assert_eq!(hears(&events), "refused: Rejected(Occupied)");
}

// rfc: sp-monitor M-11
#[test]
fn events_that_nobody_takes_hold_nothing_up() {
    let pull = Pull::new().unwrap();
    pull.set_limits(1, 1);
    let events = pull.events();
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let push = Push::new().unwrap();
    push.connect(endpoint.address()).unwrap();
    until("the one is there", || pull.pipes() == 1);
    let flood = EVENTS_MAX as u64 + 100;
    for _ in 0..flood {
        RawPeer::connects(endpoint.address()).is_dropped();
    }
    until("all are refused", || pull.stats().over_limit == flood);
    push.send_timeout("still here", SOON).unwrap();
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"still here");
    let (mut refused, mut others) = (0, Vec::new());
    while let Ok(event) = events.try_next() {
        match event {
            Event::Endpoint(event) if matches!(event.change, EndpointChange::OverLimit) => {
                refused += 1;
            }
            other => others.push(other),
        }
    }
    assert_eq!(
        refused,
        EVENTS_MAX - 3,
        "listening, offered and added came before"
    );
    let Some(Event::Missed(missed)) = others.last() else {
        panic!("{others:?}");
    };
    assert_eq!(*missed, flood - refused as u64);
    RawPeer::connects(endpoint.address()).is_dropped();
    assert_eq!(hears(&events), "over limit", "it goes on");
}

// rfc: sp-monitor M-12
#[test]
fn whoever_waits_is_woken_by_an_event_and_by_the_end() {
    let pull = Pull::new().unwrap();
    let events = pull.events();
    assert_eq!(events.try_next().unwrap_err().kind(), ErrorKind::WouldBlock);
    let late = events.next_timeout(Duration::from_millis(20)).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::TimedOut);
    std::thread::scope(|scope| {
        let watchers = [(); 3].map(|()| {
            let events = events.clone();
            scope.spawn(move || {
                let mut heard = 0;
                loop {
                    match events.next() {
                        Ok(_) => heard += 1,
                        Err(error) => return (heard, error.kind()),
                    }
                }
            })
        });
        let endpoints: Vec<_> = (0..50)
            .map(|number| pull.bind(format!("inproc://events {number}")).unwrap())
            .collect();
        endpoints.iter().for_each(speedwell::Endpoint::close);
        pull.close();
        let ends = watchers.map(|watcher| watcher.join().unwrap());
        assert!(ends.iter().all(|(_, kind)| *kind == ErrorKind::Closed));
        let heard: usize = ends.iter().map(|(heard, _)| heard).sum();
        assert_eq!(heard, 100, "each event comes to one of them");
        println!("{ends:?}");
    });
}

// rfc: sp-monitor M-12
#[test]
fn the_last_events_can_be_taken_when_the_socket_is_gone() {
    let pull = Pull::new().unwrap();
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let events = pull.events();
    let _peer = RawPeer::greets(endpoint.address(), PUSH);
    assert_eq!([hears(&events), hears(&events)], ["offered", "added"]);
    drop(pull);
    assert_eq!(
        [hears(&events), hears(&events)],
        ["closed", "removed: Local"]
    );
    assert_eq!(events.next().unwrap_err().kind(), ErrorKind::Closed);
}

// rfc: sp-monitor M-10
#[test]
fn with_the_last_handle_events_are_forgotten() {
    let push = Push::new().unwrap();
    let (one, other) = (push.events(), push.events());
    drop(one);
    let endpoint = push.bind("tcp://127.0.0.1:0").unwrap();
    assert_eq!(hears(&other), "listening");
    let _peer = RawPeer::greets(endpoint.address(), PULL);
    until("it is there", || push.pipes() == 1);
    drop(other);
    let fresh = push.events();
    assert_eq!(fresh.try_next().unwrap_err().kind(), ErrorKind::WouldBlock);
    endpoint.close();
    assert_eq!(hears(&fresh), "closed");
}
