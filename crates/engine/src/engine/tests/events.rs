//! Events: told in their order to whoever asked, bounded, and free for whoever did not.

use std::collections::BTreeMap;

use speedwell_message::{PipeId, ProtocolId};
use speedwell_protocol::{EndCause, Reject};
use speedwell_transport::{Addr, Error, ErrorKind, PeerInfo};

use super::rig::{IDS, Rig, error, ms};
use crate::{
    EVENTS_MAX, EndReason, EndpointChange, EndpointEvent, Event, PipeChange, PipeEvent, Refusal,
};

/// Events as a transcript: the endpoint, the pipe if it is of one, what happened.
fn told(rig: &mut Rig) -> Vec<String> {
    std::iter::from_fn(|| rig.engine.next_event())
        .map(|event| line(&event))
        .collect()
}

fn line(event: &Event) -> String {
    match event {
        Event::Endpoint(EndpointEvent { endpoint, change }) => {
            format!("{} {}", endpoint.0, of_endpoint(change))
        }
        Event::Pipe(PipeEvent {
            pipe,
            endpoint,
            peer,
            change,
        }) => {
            let peer = peer.as_ref().map(|peer| peer.protocol.to_string());
            let peer = peer.unwrap_or_else(|| "unknown".to_owned());
            format!("{}/{} {peer} {}", endpoint.0, pipe.slot(), of_pipe(change))
        }
        Event::Missed(count) => format!("missed {count}"),
        Event::Request(request) => format!("request of {:?}", request.pipe),
    }
}

fn of_endpoint(change: &EndpointChange) -> String {
    match change {
        EndpointChange::Listening => "listens".to_owned(),
        EndpointChange::DialFailed(error) => format!("dial failed: {:?}", error.kind()),
        EndpointChange::AcceptFailed(error) => format!("accept failed: {:?}", error.kind()),
        EndpointChange::OverLimit => "over limit".to_owned(),
        EndpointChange::BacksOff(wait) => format!("backs off {} ms", wait.as_millis()),
        EndpointChange::Closed => "closed".to_owned(),
    }
}

fn of_pipe(change: &PipeChange) -> String {
    match change {
        PipeChange::Offered => "offered".to_owned(),
        PipeChange::Added => "added".to_owned(),
        PipeChange::Refused(Refusal::Handshake(error)) => {
            format!("no greeting: {:?}", error.kind())
        }
        PipeChange::Refused(Refusal::WrongProtocol(peer)) => format!("of wrong type {peer}"),
        PipeChange::Refused(Refusal::Rejected(Reject::Occupied)) => "occupied".to_owned(),
        PipeChange::Refused(other) => format!("{other:?}"),
        PipeChange::Removed(EndReason::Broken(error)) => format!("broken: {:?}", error.kind()),
        PipeChange::Removed(reason) => format!("removed: {reason:?}"),
    }
}

/// What was told of pipes, from the first on, is what was counted; and each pipe was told to begin
/// and to end once.
pub(super) fn tell_what_was_counted(rig: &mut Rig, is_strict: bool) {
    let stats = rig.stats();
    let (mut added, mut refused, mut removed) = (0, 0, 0);
    let mut unfinished: BTreeMap<PipeId, &str> = BTreeMap::new();
    for event in std::iter::from_fn(|| rig.engine.next_event()) {
        let (pipe, change) = match event {
            Event::Pipe(PipeEvent { pipe, change, .. }) => (pipe, change),
            Event::Endpoint(_) => continue,
            Event::Request(_) | Event::Missed(_) => panic!("{event:?} is left"),
        };
        let before = unfinished.remove(&pipe).unwrap_or("nothing");
        match change {
            PipeChange::Offered => {
                assert_eq!(before, "nothing");
                unfinished.insert(pipe, "offered");
            }
            PipeChange::Added => {
                assert!(before == "offered" || is_strict, "{before}");
                added += 1;
                unfinished.insert(pipe, "added");
            }
            PipeChange::Refused(refusal) => {
                assert_ne!(before, "added");
                refused += u64::from(!matches!(refusal, Refusal::Closed));
            }
            PipeChange::Removed(_) => {
                assert_eq!(before, "added");
                removed += 1;
            }
        }
    }
    assert_eq!(unfinished, BTreeMap::new());
    assert_eq!((added, removed), (stats.connected + stats.accepted, added));
    let counted = stats.handshake_errors + stats.wrong_protocol + stats.rejected;
    assert_eq!(refused, counted + stats.unapproved);
}

fn watched() -> Rig {
    let mut rig = Rig::new();
    rig.engine.keep_events();
    rig
}

// rfc: sp-monitor M-10
#[test]
fn a_dialer_tells_why_it_failed_and_how_long_it_waits() {
    let mut rig = watched();
    let dialer = rig.dialer();
    rig.dial_failed(dialer, ErrorKind::Refused);
    rig.passes(ms(100));
    rig.engine.dialing(dialer, &mut rig.world);
    rig.passes(ms(5000));
    assert_eq!(
        told(&mut rig),
        [
            "1 dial failed: Refused",
            "1 backs off 100 ms",
            "1 dial failed: TimedOut",
            "1 backs off 100 ms",
        ]
    );
    let pipe = rig.dialed(dialer);
    assert_eq!(pipe, None, "it waits");
    rig.passes(ms(100));
    let pipe = rig.dials_through(dialer);
    rig.ended(pipe, &EndReason::Broken(error(ErrorKind::System)), &[]);
    assert_eq!(
        told(&mut rig),
        [
            "1/0 0xff00 offered",
            "1/0 0xff00 added",
            "1/0 0xff00 broken: System",
            "1 backs off 100 ms",
        ]
    );
}

// rfc: sp-monitor M-10
#[test]
fn a_listener_tells_whom_it_let_in_and_whom_not() {
    let mut rig = watched();
    rig.engine.options_mut().half_open_max = 1;
    let listener = rig.listener();
    assert_eq!(told(&mut rig), ["1 listens"]);

    let silent = rig.accepted(listener).unwrap();
    assert_eq!(rig.accepted(listener), None);
    rig.passes(ms(5000));
    let stranger = rig.accepted(listener).unwrap();
    let twin = PeerInfo::new(ProtocolId(0xff01));
    let _ = rig.engine.handshaken(stranger, &twin, &mut rig.world);
    rig.machine(|machine, _| machine.rejects = true);
    let second = rig.accepted(listener).unwrap();
    let _ = rig.handshaken(second);
    let _ = rig.accept_failed(listener, ErrorKind::Exhausted);
    assert_eq!(silent.slot(), second.slot());
    assert_eq!(
        told(&mut rig),
        [
            "1 over limit",
            "1/0 unknown no greeting: TimedOut",
            "1/0 0xff01 of wrong type 0xff01",
            "1/0 0xff00 offered",
            "1/0 0xff00 occupied",
            "1 accept failed: Exhausted",
            "1 backs off 10 ms",
        ]
    );
}

// rfc: sp-monitor M-10
#[test]
fn who_is_at_the_other_end_is_told_from_first_to_last() {
    let mut rig = watched();
    let listener = rig.listener();
    let pipe = rig.accepted(listener).unwrap();
    let peer = PeerInfo::new(IDS.peer).at(Addr::parse("tcp://192.0.2.1:5").unwrap());
    let _ = rig.engine.handshaken(pipe, &peer, &mut rig.world);
    rig.machine(|_, cx| cx.close(pipe, EndCause::Violation));
    rig.obeys();
    let _listens = rig.engine.next_event();
    for _ in ["offered", "added", "removed"] {
        let Some(Event::Pipe(event)) = rig.engine.next_event() else {
            panic!("an event of a pipe comes next");
        };
        assert_eq!((event.pipe, event.endpoint), (pipe, listener));
        assert_eq!(event.peer.as_ref(), Some(&peer));
    }
}

// rfc: sp-monitor M-10
#[test]
fn closing_tells_the_end_of_everything() {
    let mut rig = watched();
    let (listener, dialer) = (rig.listener(), rig.dialer());
    let _half_open = rig.accepted(listener).unwrap();
    let _live = rig.dials_through(dialer);
    let _ = told(&mut rig);
    rig.begins_to_close(ms(1000));
    rig.obeys();
    assert_eq!(
        told(&mut rig),
        [
            "1 closed",
            "2 closed",
            "1/0 unknown Closed",
            "2/1 0xff00 removed: Local",
        ]
    );
    assert!(rig.engine.is_closed() && !rig.engine.has_events());
}

// rfc: sp-monitor M-10
#[test]
fn nothing_is_kept_for_nobody() {
    let mut rig = Rig::new();
    let dialer = rig.dialer();
    rig.dial_failed(dialer, ErrorKind::Refused);
    assert!(!rig.engine.has_events() && rig.engine.core.events.is_none());
    rig.engine.keep_events();
    assert!(!rig.engine.has_events(), "what was before is not told");
    rig.passes(ms(100));
    rig.dial_failed(dialer, ErrorKind::Refused);
    assert!(rig.engine.has_events());
    rig.engine.keep_events();
    assert!(rig.engine.has_events(), "asking again forgets nothing");
    rig.engine.forget_events();
    assert!(!rig.engine.has_events() && rig.engine.next_event().is_none());
}

// rfc: sp-monitor M-30
#[test]
fn the_journal_of_the_driver_has_the_same_events_and_those_who_wait() {
    let mut rig = watched();
    rig.engine.keep_journal(true);
    let listener = rig.listener();
    let _ = rig.accepts_through(listener);
    let journal: Vec<_> = rig.engine.take_journal().iter().map(line).collect();
    assert_eq!(journal, told(&mut rig));
    assert!(rig.engine.take_journal().is_empty(), "once");

    rig.engine.forget_events();
    rig.engine.options_mut().require_approval = true;
    let waits = rig.accepted(listener).unwrap();
    let _ = rig.handshaken(waits);
    rig.engine.keep_journal(true);
    let journal: Vec<_> = rig.engine.take_journal().iter().map(line).collect();
    assert_eq!(journal, [format!("request of {waits:?}")]);
    rig.engine.deny(waits, &mut rig.world);
    rig.engine.keep_journal(false);
    assert!(rig.engine.take_journal().is_empty());
}

// rfc: sp-monitor M-11
#[test]
fn what_is_too_much_is_counted_and_the_count_stands_in_its_place() {
    let mut rig = watched();
    let listener = rig.listener();
    let fails = |rig: &mut Rig, count: usize| {
        for _ in 0..count {
            let _ = rig.accept_failed(listener, ErrorKind::System);
            // It goes on at once, so that each failure is one event.
            let _ = rig.accepted(listener).map(|pipe| {
                rig.engine.handshake_failed(
                    pipe,
                    Error::new(ErrorKind::BadPeer, "junk"),
                    &mut rig.world,
                );
            });
        }
    };
    fails(&mut rig, EVENTS_MAX);
    let waiting = rig.engine.core.events.as_ref().map(|events| events.len().0);
    assert_eq!(waiting, Some(EVENTS_MAX));
    let missed = 1 + 2 * EVENTS_MAX - EVENTS_MAX;
    // Room for one: what was missed goes before what comes next.
    assert_eq!(line(&rig.engine.next_event().unwrap()), "1 listens");
    fails(&mut rig, 1);
    let all = told(&mut rig);
    assert_eq!(all.len(), EVENTS_MAX + 2);
    assert_eq!(all[EVENTS_MAX - 1], format!("missed {missed}"));
    assert_eq!(all[EVENTS_MAX], "1 accept failed: System");
    assert_eq!(all[EVENTS_MAX + 1], "missed 1");
    assert!(!rig.engine.has_events());
}
