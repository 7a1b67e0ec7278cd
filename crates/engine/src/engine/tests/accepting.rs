//! Listeners: limits, pauses, and peers that stay silent.

use speedwell_message::PipeId;
use speedwell_transport::ErrorKind;

use super::rig::{Rig, ms};
use crate::pipe::Pipe;
use crate::{Admission, Command, EndReason};

// rfc: sp-endpoint E-06
#[test]
fn accepts_shakes_hands_and_lives() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    assert_eq!(rig.commands(), [Command::Accept(listener)]);
    let pipe = rig.accepted(listener).unwrap();
    assert_eq!((rig.due_in(), rig.engine.live_pipes()), (Some(5000), 0));
    assert_eq!(
        (rig.handshaken(pipe), rig.due_in()),
        (Admission::Live, None)
    );
    assert_eq!((rig.stats().accepted, rig.stats().connected), (1, 0));

    rig.ended(pipe, &EndReason::ClosedByPeer, &[]);
    assert_eq!(rig.due_in(), None, "a listener does not dial");
    assert_eq!(rig.engine.endpoint_status(listener).unwrap().pipes, 0);
}

// rfc: sp-endpoint E-06
#[test]
fn only_listeners_accept() {
    let mut rig = Rig::new();
    let dialer = rig.dialer();
    rig.commands();
    assert_eq!(rig.accepted(dialer), None);
    assert!(!rig.accept_failed(dialer, ErrorKind::Exhausted));
    assert_eq!((rig.commands(), rig.due_in()), (vec![], None));
}

// rfc: sp-endpoint E-06 E-09
#[test]
fn fault_80_over_a_limit_the_newest_is_refused_and_counted() {
    let mut rig = Rig::with(|options| {
        options.half_open_max = 2;
        options.pipes_max = 3;
    });
    let listener = rig.listener();
    let first = rig.accepted(listener).unwrap();
    let second = rig.accepted(listener).unwrap();
    assert_eq!(rig.accepted(listener), None, "two are in their handshake");
    assert_eq!(rig.stats().over_limit, 1);

    assert_eq!(
        (rig.handshaken(first), rig.handshaken(second)),
        (Admission::Live, Admission::Live)
    );
    let third = rig.accepted(listener).unwrap();
    assert_eq!(rig.accepted(listener), None, "three pipes altogether");
    assert_eq!(rig.stats().over_limit, 2);

    rig.handshake_failed(third, ErrorKind::BadPeer);
    let third = rig.accepts_through(listener);
    assert_eq!(rig.accepted(listener), None);
    rig.ended(third, &EndReason::ClosedByPeer, &[]);
    assert!(rig.accepted(listener).is_some());
    assert_eq!((rig.stats().over_limit, rig.engine.live_pipes()), (3, 2));
}

// rfc: sp-endpoint E-06
#[test]
fn what_is_dialed_takes_no_place_of_what_is_accepted() {
    let mut rig = Rig::with(|options| options.half_open_max = 1);
    let (listener, one, two) = (rig.listener(), rig.dialer(), rig.dialer());
    let dialed = rig.dialed(one).unwrap();
    assert!(rig.dialed(two).is_some());
    let stranger = rig.accepted(listener).unwrap();
    assert_eq!(rig.accepted(listener), None, "one stranger shakes hands");
    assert_eq!(rig.stats().over_limit, 1);

    rig.handshake_failed(dialed, ErrorKind::BadPeer);
    assert_eq!(rig.accepted(listener), None, "a dialer failed, no stranger");
    rig.handshake_failed(stranger, ErrorKind::BadPeer);
    assert!(rig.accepted(listener).is_some());
}

// rfc: sp-endpoint E-06 E-13
#[test]
fn fault_05_peers_that_say_nothing_are_dropped_at_the_deadline() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    rig.commands();
    let taken: Vec<PipeId> = (0..10_000).filter_map(|_| rig.accepted(listener)).collect();
    assert_eq!((taken.len(), rig.stats().over_limit), (4096, 10_000 - 4096));
    assert!(
        size_of::<Pipe>() <= 256,
        "{} octets for each",
        size_of::<Pipe>()
    );

    rig.passes(ms(4999));
    assert_eq!(rig.commands(), []);
    rig.passes(ms(1));
    let dropped: Vec<Command> = taken.into_iter().map(Command::DropConn).collect();
    assert_eq!(rig.commands(), dropped);
    assert_eq!((rig.stats().handshake_errors, rig.due_in()), (4096, None));
    let _ = rig.accepts_through(listener);
}

/// The peer sends an octet every 0.9 s. None of them puts the deadline off: the engine is told of
/// none, and it is asked often.
// rfc: sp-endpoint E-13, sp-wire W-10
#[test]
fn fault_06_the_deadline_of_a_handshake_is_absolute() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepted(listener).unwrap();
    rig.commands();
    for _ in 0..5 {
        rig.passes(ms(900));
        rig.engine.on_deadline(&mut rig.world);
        assert_eq!(rig.commands(), []);
    }
    rig.passes(ms(500));
    assert_eq!(
        (rig.now(), rig.commands()),
        (5000, vec![Command::DropConn(pipe)])
    );
    assert_eq!(
        rig.handshaken(pipe),
        Admission::Refused,
        "a greeting too late"
    );
    assert_eq!(rig.calls(), <[String; 0]>::default());
}

// rfc: sp-endpoint E-08
#[test]
fn a_failure_of_one_connection_does_not_pause() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    rig.commands();
    assert!(
        rig.accept_failed(listener, ErrorKind::Disconnected),
        "go on polling"
    );
    assert_eq!((rig.stats().accept_errors, rig.due_in()), (1, None));
    let status = rig.engine.endpoint_status(listener).unwrap();
    assert_eq!(
        status.last_error.as_ref().unwrap().kind(),
        ErrorKind::Disconnected
    );
}

/// Whatever the system calls it: polling on would spin.
// rfc: sp-endpoint E-08
#[test]
fn fault_56_a_listener_that_goes_on_failing_pauses_from_the_second_failure_on() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    rig.commands();
    for _ in 0..2 {
        assert!(rig.accept_failed(listener, ErrorKind::System));
        assert_eq!(rig.due_in(), None);
        for pause in [20, 40, 80, 160, 250, 250] {
            assert!(!rig.accept_failed(listener, ErrorKind::System));
            assert_eq!(rig.due_in(), Some(pause));
            rig.passes(ms(u64::try_from(pause).unwrap()));
            assert_eq!(rig.commands(), [Command::Accept(listener)]);
        }
        let _ = rig.accepts_through(listener);
    }
    assert_eq!(rig.stats().accept_errors, 14);
}

/// Both kinds are of one row.
// rfc: sp-endpoint E-08
#[test]
fn fault_54_running_out_after_another_failure_doubles_on() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    assert!(rig.accept_failed(listener, ErrorKind::System));
    assert!(!rig.accept_failed(listener, ErrorKind::Exhausted));
    assert_eq!(rig.due_in(), Some(20));
    assert!(!rig.accept_failed(listener, ErrorKind::System));
    assert_eq!(rig.due_in(), Some(40));
}

// rfc: sp-endpoint E-08
#[test]
fn fault_54_a_listener_out_of_descriptors_pauses_longer_each_time_and_resumes() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    rig.commands();
    for pause in [10, 20, 40, 80, 160, 250, 250] {
        assert!(!rig.accept_failed(listener, ErrorKind::Exhausted));
        assert_eq!(rig.due_in(), Some(pause));
        rig.passes(ms(u64::try_from(pause).unwrap() - 1));
        assert_eq!(rig.commands(), []);
        rig.passes(ms(1));
        assert_eq!(rig.commands(), [Command::Accept(listener)]);
    }
    assert_eq!(rig.stats().accept_errors, 7);

    let _ = rig.accepts_through(listener);
    assert!(!rig.accept_failed(listener, ErrorKind::Exhausted));
    assert_eq!(
        rig.due_in(),
        Some(10),
        "an accepted connection ends the row of failures"
    );
}

// rfc: sp-endpoint E-08
#[test]
fn a_very_long_row_of_failures_pauses_no_longer_than_the_longest_pause() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    for _ in 0..100 {
        let _ = rig.accept_failed(listener, ErrorKind::Exhausted);
    }
    assert_eq!(rig.due_in(), Some(250));
}
