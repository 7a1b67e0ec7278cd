//! The end of pipes, their numbers, and ids that mean nothing any more.

use speedwell_message::PipeId;
use speedwell_protocol::{DropCause, EndCause, TimerKey};
use speedwell_transport::{ErrorKind, PeerInfo};

use super::rig::{IDS, Rig, error, ms};
use crate::{Admission, Command, EndReason, EndpointId};

// rfc: sp-endpoint E-14 E-22
#[test]
fn what_a_dead_pipe_did_not_send_goes_to_the_machine_and_the_rest_is_counted() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.machine(|machine, _| machine.takes_back = 2);
    let reason = EndReason::Broken(error(ErrorKind::Disconnected));
    rig.ended(pipe, &reason, &["1", "2", "3", "4", "5"]);
    assert_eq!(rig.calls(), ["attach", "detach 1 2"], "oldest first");
    assert_eq!(rig.stats().returned, 5);
    assert_eq!(rig.stats().dropped(DropCause::PipeLost), 3);
    assert_eq!(rig.stats().broken, 1);

    let next = rig.accepts_through(listener);
    assert_eq!(rig.pushed(), [(next, "1".into()), (next, "2".into())]);
    assert!(
        rig.engine.close_report().is_clean(),
        "the socket is not being closed"
    );

    let dialer = rig.dialer();
    let pipe = rig.dials_through(dialer);
    rig.ended(pipe, &reason, &[]);
    let status = rig.engine.endpoint_status(dialer).unwrap();
    let last = status.last_error.as_ref().unwrap();
    assert_eq!((last.kind(), status.pipes), (ErrorKind::Disconnected, 0));
}

// rfc: sp-endpoint E-14
#[test]
fn each_reason_has_its_counter() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let reasons = [
        (EndReason::ClosedByPeer, (1, 0)),
        (EndReason::Broken(error(ErrorKind::MessageTooLong)), (1, 1)),
        (EndReason::Protocol(EndCause::Violation), (1, 1)),
        (EndReason::Local, (1, 1)),
    ];
    for (reason, counts) in reasons {
        let pipe = rig.accepts_through(listener);
        rig.ended(pipe, &reason, &[]);
        rig.ended(pipe, &reason, &["again"]);
        assert_eq!((rig.stats().closed_by_peer, rig.stats().broken), counts);
    }
    assert_eq!(rig.stats().returned, 0, "a second report is of nothing");
}

// rfc: sp-endpoint E-07
#[test]
fn removing_an_endpoint_ends_its_pipes_and_no_others() {
    let mut rig = Rig::new();
    let (gone, kept) = (rig.listener(), rig.listener());
    let live = rig.accepts_through(gone);
    let shaking = rig.accepted(gone).unwrap();
    let other = rig.accepts_through(kept);
    rig.commands();

    assert!(rig.engine.remove_endpoint(gone, &mut rig.world));
    let commands = [
        Command::DropEndpoint(gone),
        Command::End(live),
        Command::DropConn(shaking),
    ];
    assert_eq!(rig.commands(), commands);
    assert!(rig.engine.endpoint_status(gone).is_none());
    assert_eq!(rig.due_in(), None, "the handshake has no deadline any more");
    assert!(matches!(rig.engine.end_reason(live), EndReason::Local));
    rig.ended(live, &EndReason::Local, &["back"]);
    assert_eq!(rig.calls(), ["attach", "attach", "detach back"]);
    assert!(rig.arrives(other, &["untouched"]).is_empty());
    assert_eq!(rig.engine.live_pipes(), 1);

    assert!(
        !rig.engine.remove_endpoint(gone, &mut rig.world),
        "it is gone"
    );
    assert_eq!(rig.accepted(gone), None);
    assert!(!rig.accept_failed(gone, ErrorKind::Exhausted));
    assert_eq!((rig.commands(), rig.due_in()), (vec![], None));
}

// rfc: sp-endpoint E-07
#[test]
fn a_removed_dialer_does_not_dial_again() {
    for lives in [true, false] {
        let mut rig = Rig::new();
        let dialer = rig.dialer();
        let pipe = rig.dialed(dialer).unwrap();
        if lives {
            assert_eq!(rig.handshaken(pipe), Admission::Live);
        } else {
            rig.handshake_failed(pipe, ErrorKind::BadPeer);
        }
        rig.engine.remove_endpoint(dialer, &mut rig.world);
        rig.ended(pipe, &EndReason::Local, &[]);
        assert_eq!(rig.due_in(), None);
        assert_eq!(rig.engine.live_pipes(), 0);
    }
}

// rfc: sp-endpoint E-02
#[test]
fn numbers_of_endpoints_are_not_used_again() {
    let mut rig = Rig::new();
    let one = rig.dialer();
    rig.engine.remove_endpoint(one, &mut rig.world);
    assert_eq!(
        (one, rig.listener(), rig.dialer()),
        (EndpointId(1), EndpointId(2), EndpointId(3))
    );
}

/// A pipe that died, another in its slot, and the endpoint of both.
fn reused_slot(rig: &mut Rig) -> (PipeId, PipeId) {
    let listener = rig.listener();
    let dead = rig.accepts_through(listener);
    rig.ended(dead, &EndReason::ClosedByPeer, &[]);
    let live = rig.accepts_through(listener);
    assert_eq!(dead.slot(), live.slot());
    assert_ne!(dead, live);
    (dead, live)
}

// rfc: sp-endpoint E-16
#[test]
fn an_id_kept_beyond_the_death_of_its_pipe_means_nothing() {
    let mut rig = Rig::new();
    let (dead, live) = reused_slot(&mut rig);
    let never = PipeId::new(4_000_000_000, 77).unwrap();
    let before = {
        rig.calls();
        rig.commands();
        rig.stats()
    };
    for stale in [dead, never] {
        assert_eq!(rig.handshaken(stale), Admission::Refused);
        rig.handshake_failed(stale, ErrorKind::BadPeer);
        assert!(
            rig.arrives(stale, &["nobody's"]).is_empty(),
            "taken and dropped"
        );
        rig.engine.on_writable(stale, &mut rig.world);
        rig.ended(stale, &EndReason::ClosedByPeer, &["x"]);
        assert_eq!(rig.engine.peer_of(stale), None);
        assert!(matches!(rig.engine.end_reason(stale), EndReason::Local));
        rig.machine(|_, cx| {
            cx.close(stale, EndCause::Violation);
            cx.resume(stale);
        });
    }
    assert_eq!(rig.calls(), <[String; 0]>::default());
    assert_eq!(rig.commands(), []);
    let mut expected = before;
    expected.traffic.count_drop(DropCause::Closed, 2);
    assert_eq!(rig.stats(), expected, "only the messages are counted");
    assert_eq!(rig.engine.live_pipes(), 1);
    rig.ended(live, &EndReason::Local, &[]);
    assert_eq!(rig.calls(), ["detach"]);
}

// rfc: sp-endpoint E-16
#[test]
fn a_stale_id_does_not_disturb_the_handshake_in_its_slot() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let dead = rig.accepts_through(listener);
    rig.ended(dead, &EndReason::ClosedByPeer, &[]);
    let shaking = rig.accepted(listener).unwrap();
    let stranger = PeerInfo::new(IDS.me);
    let admission = rig.engine.handshaken(dead, &stranger, &mut rig.world);
    assert_eq!(
        (admission, rig.stats().wrong_protocol),
        (Admission::Refused, 0)
    );
    rig.handshake_failed(dead, ErrorKind::BadPeer);
    assert_eq!(
        (rig.stats().handshake_errors, rig.due_in()),
        (0, Some(5000))
    );
    assert_eq!(rig.handshaken(shaking), Admission::Live);
}

// rfc: sp-endpoint E-15
#[test]
fn words_wrap_around_past_zero_and_past_live_pipes() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let first = rig.accepts_through(listener);
    let second = rig.accepts_through(listener);
    assert_eq!((first.word(), second.word()), (1, 2));

    rig.engine.core.words.skip_to(PipeId::WORD_MAX - 1);
    let words: Vec<u32> = (0..4)
        .map(|_| rig.accepts_through(listener).word())
        .collect();
    assert_eq!(words, [PipeId::WORD_MAX - 1, PipeId::WORD_MAX, 3, 4]);
}

// rfc: sp-endpoint E-17
#[test]
fn deadlines_that_come_together_are_served_together_in_the_order_of_time() {
    let mut rig = Rig::new();
    rig.machine(|_, cx| {
        for (key, wait) in [(1, 30), (2, 10), (3, 20), (4, 15)] {
            let at = cx.now() + ms(wait);
            cx.arm(TimerKey(key), at);
        }
        cx.cancel(TimerKey(4));
    });
    rig.world.now += ms(30);
    rig.engine.on_deadline(&mut rig.world);
    assert_eq!(rig.calls(), ["timer 2", "timer 3", "timer 1"]);
    assert_eq!(rig.due_in(), None);
}

// rfc: sp-endpoint E-18
#[test]
fn a_machine_that_arms_for_now_does_not_hold_its_driver() {
    let mut rig = Rig::new();
    rig.machine(|machine, cx| {
        machine.rearms = Some(ms(0));
        let now = cx.now();
        cx.arm(TimerKey(1), now);
    });
    rig.engine.on_deadline(&mut rig.world);
    assert_eq!(
        (rig.calls(), rig.due_in()),
        (vec!["timer 1".to_owned()], Some(0))
    );
}
