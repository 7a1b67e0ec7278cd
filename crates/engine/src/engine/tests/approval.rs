//! Approval: a peer waits for the answer of the application, and for nothing else.

use speedwell_message::PipeId;
use speedwell_transport::{Addr, Credentials, ErrorKind, PeerInfo};

use super::rig::{IDS, Rig, ms};
use crate::{Admission, Command, EVENTS_MAX, EndReason, Event, PipeChange, Refusal, Request};

fn strict() -> Rig {
    Rig::with(|options| options.require_approval = true)
}

/// A peer has shaken hands, and waits.
fn waits(rig: &mut Rig, endpoint: crate::EndpointId) -> PipeId {
    let pipe = rig.accepted(endpoint).unwrap();
    assert_eq!(rig.handshaken(pipe), Admission::Waits);
    pipe
}

/// The next request; events before it are passed over.
fn asked(rig: &mut Rig) -> Option<Request> {
    std::iter::from_fn(|| rig.engine.next_event()).find_map(|event| match event {
        Event::Request(request) => Some(request),
        _ => None,
    })
}

/// Why the next refused pipe was refused.
fn refused(rig: &mut Rig) -> Refusal {
    let refusal = |event| match event {
        Event::Pipe(event) => match event.change {
            PipeChange::Refused(refusal) => Some(refusal),
            _ => None,
        },
        _ => None,
    };
    std::iter::from_fn(|| rig.engine.next_event())
        .find_map(refusal)
        .unwrap()
}

fn nothing() -> [String; 0] {
    <[String; 0]>::default()
}

// rfc: sp-monitor M-20 M-21
#[test]
fn a_peer_becomes_a_pipe_when_it_is_approved_and_not_before() {
    let mut rig = strict();
    rig.engine.keep_events();
    let listener = rig.listener();
    let pipe = rig.accepted(listener).unwrap();
    let peer = PeerInfo::new(IDS.peer)
        .at(Addr::parse("ipc://a").unwrap())
        .run_by(Credentials::new(1000, 100).of_process(7));
    let admission = rig.engine.handshaken(pipe, &peer, &mut rig.world);
    assert_eq!(admission, Admission::Waits);
    assert_eq!((rig.calls(), rig.engine.live_pipes()), (vec![], 0));

    let request = asked(&mut rig).unwrap();
    assert_eq!((request.pipe, request.endpoint), (pipe, listener));
    assert_eq!(request.peer, peer, "address and credentials with it");
    assert_eq!(rig.engine.approve(pipe, &mut rig.world), Admission::Live);
    assert_eq!(
        (rig.calls(), rig.engine.live_pipes()),
        (vec!["attach".to_owned()], 1)
    );
    assert_eq!(rig.due_in(), None, "the deadline is over with the waiting");
    let Some(Event::Pipe(event)) = rig.engine.next_event() else {
        panic!("it was added");
    };
    assert!(matches!(event.change, PipeChange::Added));
    assert_eq!(
        rig.engine.approve(pipe, &mut rig.world),
        Admission::Refused,
        "once"
    );
    rig.engine.deny(pipe, &mut rig.world);
    assert_eq!((rig.engine.live_pipes(), rig.stats().unapproved), (1, 0));
}

// rfc: sp-monitor M-22
#[test]
fn fault_89_a_peer_that_is_never_answered_goes_at_the_deadline_of_its_handshake() {
    let mut rig = strict();
    rig.engine.keep_events();
    let listener = rig.listener();
    let pipe = rig.accepted(listener).unwrap();
    rig.passes(ms(3000));
    assert_eq!(rig.handshaken(pipe), Admission::Waits);
    assert_eq!(rig.due_in(), Some(2000), "waiting does not put it off");
    let request = asked(&mut rig).unwrap();
    rig.commands();
    rig.passes(ms(2000));
    assert_eq!(rig.commands(), [Command::DropConn(pipe)]);
    assert!(matches!(refused(&mut rig), Refusal::Unanswered));
    let stats = rig.stats();
    assert_eq!((stats.unapproved, stats.handshake_errors), (1, 0));
    assert_eq!((rig.calls(), rig.engine.core.half_open), (vec![], 0));

    // The answer comes too late, when another has the slot.
    let other = waits(&mut rig, listener);
    assert_eq!(other.slot(), request.pipe.slot());
    assert_eq!(
        rig.engine.approve(request.pipe, &mut rig.world),
        Admission::Refused
    );
    rig.engine.deny(request.pipe, &mut rig.world);
    assert_eq!(rig.engine.approve(other, &mut rig.world), Admission::Live);
}

// rfc: sp-monitor M-22
#[test]
fn fault_89_a_peer_that_is_denied_goes_at_once_and_nothing_else_changes() {
    let mut rig = strict();
    let listener = rig.listener();
    let good = waits(&mut rig, listener);
    assert_eq!(rig.engine.approve(good, &mut rig.world), Admission::Live);
    rig.engine.keep_events();
    let bad = waits(&mut rig, listener);
    rig.commands();
    rig.engine.deny(bad, &mut rig.world);
    rig.engine.deny(bad, &mut rig.world);
    assert_eq!(rig.commands(), [Command::DropConn(bad)]);
    assert!(matches!(refused(&mut rig), Refusal::Denied));
    assert_eq!(rig.stats().unapproved, 1);
    assert!(asked(&mut rig).is_none(), "its request is withdrawn");
    assert!(rig.arrives(good, &["still here"]).is_empty());
    assert_eq!(rig.calls(), ["attach", "batch still here"]);
}

// rfc: sp-monitor M-22
#[test]
fn a_dialer_that_is_denied_backs_off_and_says_why() {
    let mut rig = strict();
    let dialer = rig.dialer();
    let pipe = rig.dialed(dialer).unwrap();
    assert_eq!(rig.handshaken(pipe), Admission::Waits);
    rig.engine.deny(pipe, &mut rig.world);
    assert_eq!(rig.due_in(), Some(100));
    let status = rig.engine.endpoint_status(dialer).unwrap();
    let error = status.last_error.as_ref().unwrap();
    assert_eq!(error.kind(), ErrorKind::Refused);
    rig.passes(ms(100));
    let pipe = rig.dialed(dialer).unwrap();
    assert_eq!(rig.handshaken(pipe), Admission::Waits);
    assert_eq!(rig.engine.approve(pipe, &mut rig.world), Admission::Live);
    assert_eq!(rig.stats().connected, 1);
}

// rfc: sp-endpoint E-06 E-09, sp-monitor M-23
#[test]
fn fault_80_who_waits_counts_as_half_open() {
    let mut rig = Rig::with(|options| {
        options.require_approval = true;
        options.half_open_max = 2;
    });
    let listener = rig.listener();
    let first = waits(&mut rig, listener);
    let _second = waits(&mut rig, listener);
    assert_eq!(rig.accepted(listener), None);
    assert_eq!((rig.stats().over_limit, rig.engine.live_pipes()), (1, 0));
    assert_eq!(rig.engine.snapshot().in_progress, 2);
    assert_eq!(rig.engine.approve(first, &mut rig.world), Admission::Live);
    let _third = waits(&mut rig, listener);
}

// rfc: sp-monitor M-21
#[test]
fn who_came_before_anybody_could_be_asked_asks_then_and_nobody_asks_twice() {
    let mut rig = strict();
    let listener = rig.listener();
    let [one, two] = [(); 2].map(|()| waits(&mut rig, listener));
    rig.engine.keep_events();
    assert_eq!(asked(&mut rig).map(|request| request.pipe), Some(one));
    rig.engine.keep_events();
    // The second has not been taken when the row goes; the first has, and is not asked again.
    rig.engine.forget_events();
    let three = waits(&mut rig, listener);
    rig.engine.keep_events();
    assert_eq!(asked(&mut rig).map(|request| request.pipe), Some(two));
    assert_eq!(asked(&mut rig).map(|request| request.pipe), Some(three));
    assert!(asked(&mut rig).is_none());
}

// rfc: sp-monitor M-11 M-21 M-23
#[test]
fn fault_89_requests_that_nobody_takes_neither_pile_up_nor_get_lost_among_events() {
    let mut rig = strict();
    rig.engine.keep_events();
    let listener = rig.listener();
    for _ in 0..10 {
        for _ in 0..1_000 {
            let _ = waits(&mut rig, listener);
        }
        let row = rig.engine.core.events.as_ref().map(|row| row.len());
        assert!(row.is_some_and(|(events, requests)| events <= EVENTS_MAX && requests == 1_000));
        rig.passes(ms(5000));
    }
    assert_eq!(rig.stats().unapproved, 10_000);
    let row = rig.engine.core.events.as_ref().map(|row| row.len());
    assert_eq!(row, Some((EVENTS_MAX, 0)));
    let last = waits(&mut rig, listener);
    assert_eq!(asked(&mut rig).map(|request| request.pipe), Some(last));
}

// rfc: sp-endpoint E-07 E-41, sp-monitor M-22
#[test]
fn who_waits_goes_with_its_endpoint_and_with_the_socket() {
    let mut rig = strict();
    rig.engine.keep_events();
    let (one, two) = (rig.listener(), rig.listener());
    let [of_one, of_two] = [one, two].map(|endpoint| waits(&mut rig, endpoint));
    assert_eq!(asked(&mut rig).map(|request| request.pipe), Some(of_one));
    rig.commands();
    assert!(rig.engine.remove_endpoint(one, &mut rig.world));
    assert_eq!(
        rig.commands(),
        [Command::DropEndpoint(one), Command::DropConn(of_one)]
    );
    assert_eq!(
        rig.engine.approve(of_one, &mut rig.world),
        Admission::Refused
    );
    rig.begins_to_close(ms(1000));
    assert!(rig.engine.is_closed(), "nobody waits for an answer");
    assert!(rig.commands().contains(&Command::DropConn(of_two)));
    assert_eq!(
        rig.engine.approve(of_two, &mut rig.world),
        Admission::Refused
    );
    rig.engine.deny(of_two, &mut rig.world);
    assert!(asked(&mut rig).is_none());
    assert_eq!(
        (rig.calls(), rig.stats().unapproved),
        (vec!["close".to_owned()], 0)
    );
}

// rfc: sp-endpoint E-11, sp-monitor M-21
#[test]
fn the_machine_has_the_last_word() {
    let mut rig = strict();
    let listener = rig.listener();
    rig.machine(|machine, _| machine.rejects = true);
    let pipe = waits(&mut rig, listener);
    rig.commands();
    assert_eq!(rig.engine.approve(pipe, &mut rig.world), Admission::Refused);
    assert_eq!((rig.stats().rejected, rig.stats().unapproved), (1, 0));
    assert_eq!((rig.commands(), rig.due_in()), (vec![], None));
}

// rfc: sp-endpoint E-16
#[test]
fn what_is_reported_of_a_pipe_that_waits_changes_nothing() {
    let mut rig = strict();
    let listener = rig.listener();
    let pipe = waits(&mut rig, listener);
    assert_eq!(rig.handshaken(pipe), Admission::Refused);
    rig.handshake_failed(pipe, ErrorKind::BadPeer);
    rig.ended(pipe, &EndReason::ClosedByPeer, &[]);
    rig.engine.on_writable(pipe, &mut rig.world);
    assert!(rig.arrives(pipe, &["too early"]).is_empty());
    assert_eq!(rig.calls(), nothing());
    assert_eq!(rig.stats().handshake_errors, 0);
    assert_eq!(rig.engine.approve(pipe, &mut rig.world), Admission::Live);
}
