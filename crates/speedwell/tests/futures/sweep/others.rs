//! Futures that carry no message: events, requests for approval, peers, readiness, and the end.
//! Each is dropped after each number of polls, and the next in the line has what it had not taken.
//! Of what is only told, everybody is told.

use std::future::Future;
use std::task::Poll;
use std::time::Duration;

use speedwell::{
    CloseReport, Error, ErrorKind, Event, Events, Messages, Pair, Pull, Push, Surveyor,
};

use super::lane::until;
use super::{Case, Others};
use crate::by_hand::{Counted, SOON, block_on, poll};
use crate::ending::{receive_all, stuffed, unfinished};

/// Who is called when it happens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    One,
    All,
}

/// Polls one so often, with what it waits for before one of the polls, and drops it; then another
/// one, which stood where `others` says, has what is left. What each of them had, in order.
fn play<T>(
    told: Told,
    Case { polls, at, others }: Case,
    [mut swept, mut other]: [impl Future<Output = T> + Unpin; 2],
    happen: impl FnOnce(),
) -> Vec<T> {
    let (called, other_called) = (Counted::new(), Counted::new());
    let (mut had, mut happen) = (Vec::new(), Some(happen));
    let (mut swept_waits, mut other_waits) = (false, others == Others::Before);
    if other_waits {
        assert!(poll(&mut other, &other_called).is_pending());
    }
    for step in 0..=polls {
        if step == at {
            happen.take().into_iter().for_each(|happen| happen());
            if others == Others::Before {
                other_called.await_count(1);
            } else if swept_waits {
                called.await_count(1);
            }
        }
        if step == polls || !had.is_empty() {
            continue;
        }
        match poll(&mut swept, &called) {
            Poll::Ready(done) => had.push(done),
            Poll::Pending => swept_waits = true,
        }
        if step == 0 && others == Others::Behind && had.is_empty() {
            match poll(&mut other, &other_called) {
                // It came just then, where nobody who waited could tell when it was there.
                Poll::Ready(done) => had.push(done),
                Poll::Pending => other_waits = true,
            }
        }
    }
    let was_called = called.count() > 0;
    drop(swept);
    if was_called && other_waits && had.is_empty() && told == Told::One {
        // Who dropped it has told the next, and nobody had to wait for that.
        assert!(other_called.count() > 0, "the call is lost");
    }
    happen.take().into_iter().for_each(|happen| happen());
    if other_waits && had.is_empty() {
        other_called.await_count(1);
    }
    if let Poll::Ready(done) = poll(&mut other, &other_called) {
        had.push(done);
    }
    had
}

/// Every event that is there.
fn rest(events: &Events) -> impl Iterator<Item = Event> {
    std::iter::from_fn(|| events.try_next().ok())
}

// rfc: sp-waiting W-31 W-32
#[test]
fn fault_86_events() {
    let pull = Pull::new().unwrap();
    let events = pull.events();
    let name = |event: &Event| match event {
        Event::Endpoint(event) => format!("{:?}", event.change),
        event => format!("{event:?}"),
    };
    for case in Case::all() {
        let mut bound = None;
        // One event, so that it calls one.
        let bind = || bound = Some(pull.bind("inproc://sweep/events").unwrap());
        let had = play(Told::One, case, [(); 2].map(|()| events.next_async()), bind);
        let had: Result<Vec<Event>, Error> = had.into_iter().collect();
        let mut had = had.unwrap();
        had.extend(rest(&events));
        bound.unwrap().close();
        had.extend(rest(&events));
        let names: Vec<String> = had.iter().map(name).collect();
        assert_eq!(names, ["Listening", "Closed"], "{case:?}");
    }
}

// rfc: sp-waiting W-31 W-32, sp-monitor M-21
#[test]
fn fault_86_requests_for_approval() {
    for case in Case::all() {
        let pull = Pull::new().unwrap();
        pull.require_approval(true);
        let bound = pull.bind("inproc://sweep/approval").unwrap();
        let events = pull.events();
        let push = Push::new().unwrap();
        let connect = || _ = push.connect(bound.address()).unwrap();
        let futures = [(); 2].map(|()| events.next_async());
        let mut had = play(Told::One, case, futures, connect);
        let mut accepted = 0;
        // Where nobody waited the request may be on its way.
        until("the request comes", || {
            had.extend(rest(&events).map(Ok));
            for event in had.drain(..) {
                if let Event::Request(request) = event.unwrap() {
                    accepted += u32::from(request.accept());
                }
            }
            accepted == 1
        });
        push.send_timeout("let in", SOON).unwrap();
        assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"let in");
    }
}

/// Nothing is taken, so the second has it too, whatever became of the first; and so has the first
/// if it was polled when it was there. Who waits behind one that was not polled is asleep still.
fn both_have_it(had: &[Result<(), Error>], Case { polls, at, others }: Case) {
    assert!(had.iter().all(Result::is_ok));
    let counts = if at >= polls {
        1..=1
    } else if others == Others::Before {
        1..=2
    } else {
        2..=2
    };
    assert!(
        counts.contains(&had.len()),
        "{polls} {at} {others:?}: {had:?}"
    );
}

// rfc: sp-waiting W-30 W-32
#[test]
fn fault_86_waiting_for_peers_and_for_what_is_there() {
    for case in Case::all() {
        let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
        let bound = right.bind("inproc://sweep/peers").unwrap();
        let come = |messages: &Messages| {
            left.connect(bound.address()).unwrap();
            until("a peer comes", || messages.ready().send);
        };
        let messages = right.messages();
        let peers = [(); 2].map(|()| right.wait_for_peers_async(1));
        both_have_it(&play(Told::All, case, peers, || come(&messages)), case);
        let received = [(); 2].map(|()| messages.wait_to_recv_async());
        let send = || {
            left.send_timeout("x", SOON).unwrap();
            until("it comes", || messages.ready().recv);
        };
        both_have_it(&play(Told::One, case, received, send), case);
        assert_eq!(right.try_recv().unwrap().body(), b"x");
        assert!(right.try_recv().is_err());
        let (alone, peer) = (Pair::new().unwrap(), Pair::new().unwrap());
        let bound = alone.bind("inproc://sweep/room").unwrap();
        let messages = alone.messages();
        let room = [(); 2].map(|()| messages.wait_to_send_async());
        let come = || {
            peer.connect(bound.address()).unwrap();
            until("there is room", || messages.ready().send);
        };
        both_have_it(&play(Told::One, case, room, come), case);
    }
}

// rfc: sp-waiting W-38
#[test]
fn fault_86_closing_and_draining() {
    for case in Case::all() {
        let (push, mut peer) = stuffed();
        let closing = [(); 2].map(|()| push.close_async());
        for report in play(Told::All, case, closing, || receive_all(&mut peer)) {
            assert_eq!(report, CloseReport::default(), "{case:?}");
        }
        assert_eq!(block_on(push.close_async()), CloseReport::default());
        let (pull, peer) = unfinished();
        let draining = [(); 2].map(|()| pull.drain_async(SOON));
        let receive = || {
            assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"to be received");
            peer.end();
        };
        for report in play(Told::All, case, draining, receive) {
            assert_eq!(report, CloseReport::default(), "{case:?}");
        }
        assert_eq!(block_on(pull.drain_async(SOON)), CloseReport::default());
    }
}

// rfc: sp-waiting W-31 W-32, sp-survey S-12
#[test]
fn fault_86_the_deadline_of_a_survey() {
    for case in Case::all().filter(|case| case.polls < 2) {
        let surveyor = Surveyor::new().unwrap();
        surveyor.set_deadline(Duration::from_millis(100)).unwrap();
        surveyor.send("who is there?").unwrap();
        let messages = surveyor.messages();
        let over = || until("the deadline", || messages.ready().recv);
        let had = play(
            Told::One,
            case,
            [(); 2].map(|()| surveyor.recv_async()),
            over,
        );
        let kinds: Vec<_> = had.into_iter().map(|had| had.unwrap_err().kind()).collect();
        // One is told that it is over, and whoever comes after that has asked nothing.
        let rest = kinds.split_first().map(|(first, rest)| {
            assert_eq!(*first, ErrorKind::TimedOut, "{case:?}");
            rest
        });
        let idle = rest.unwrap().iter().all(|kind| *kind == ErrorKind::State);
        assert!(idle, "{case:?}: {kinds:?}");
    }
}
