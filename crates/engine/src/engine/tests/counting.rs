//! Statistics: each count has one place, and the sums agree.

use speedwell_message::{CtxId, Message, PipeId};
use speedwell_protocol::{DropCause, EndCause, Priority};
use speedwell_transport::{Error, ErrorKind};

use super::rig::{EIGHT, Rig, error, ms};
use crate::{Command, EndReason, EndpointKind, Snapshot, Stats};

fn sends(rig: &mut Rig, body: &str) {
    let mut message = Some(Message::from(body));
    let sent = rig.engine.send(CtxId::MAIN, &mut message, &mut rig.world);
    assert_eq!(sent, Ok(()));
}

fn drops(rig: &mut Rig, pipe: Option<PipeId>, cause: DropCause, messages: u64) {
    rig.machine(|_, cx| cx.drop_counted(pipe, cause, messages));
}

fn dropped(snapshot: &Snapshot, at: usize, cause: DropCause) -> u64 {
    snapshot.pipes[at].traffic.dropped(cause)
}

// rfc: sp-monitor M-01
#[test]
fn each_message_is_counted_on_its_pipe() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let (one, two) = (rig.accepts_through(listener), rig.accepts_through(listener));
    sends(&mut rig, "to the first");
    let _ = rig.arrives(two, &["from", "two"]);
    drops(&mut rig, Some(one), DropCause::Overflow, 3);
    drops(&mut rig, Some(two), DropCause::Stale, 1);
    drops(&mut rig, None, DropCause::NoPeer, 5);

    let snapshot = rig.engine.snapshot();
    assert_eq!([snapshot.pipes[0].id, snapshot.pipes[1].id], [one, two]);
    let [of_one, of_two] = [0, 1].map(|at| snapshot.pipes[at].traffic);
    assert_eq!((of_one.messages_out, of_one.octets_out), (1, 12));
    assert_eq!((of_one.messages_in, of_one.octets_in), (0, 0));
    assert_eq!((of_two.messages_out, of_two.octets_out), (0, 0));
    assert_eq!((of_two.messages_in, of_two.octets_in), (2, 7));
    assert_eq!(dropped(&snapshot, 0, DropCause::Overflow), 3);
    assert_eq!(dropped(&snapshot, 1, DropCause::Stale), 1);
    assert_eq!(snapshot.other.dropped(DropCause::NoPeer), 5);
    assert_eq!(snapshot.total.dropped_in_all(), 9);
}

// rfc: sp-monitor M-01 M-03
#[test]
fn what_comes_on_a_pipe_behind_a_violation_is_dropped_on_that_pipe() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.machine(|_, cx| cx.close(pipe, EndCause::Violation));
    let _ = rig.arrives(pipe, &["behind", "it"]);
    assert_eq!(dropped(&rig.engine.snapshot(), 0, DropCause::Violation), 2);
}

// rfc: sp-monitor M-03
#[test]
fn a_pipe_that_went_is_part_of_its_endpoint_with_what_its_end_cost() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    assert_eq!(rig.engine.endpoint_of(pipe), Some(listener));
    sends(&mut rig, "x");
    rig.machine(|machine, _| machine.takes_back = 1);
    rig.ended_and_cut(pipe, &EndReason::ClosedByPeer, &["a", "b", "c"], true);
    let snapshot = rig.engine.snapshot();
    assert!(snapshot.pipes.is_empty());
    let [endpoint] = &snapshot.endpoints[..] else {
        panic!("{snapshot:?}");
    };
    assert_eq!(endpoint.past, endpoint.total);
    assert_eq!((endpoint.past.messages_out, endpoint.past.cut), (1, 1));
    let lost = endpoint.past.dropped(DropCause::PipeLost);
    assert_eq!((endpoint.past.returned, lost), (3, 2));
    assert_eq!(endpoint.past.closed_by_peer, 1);
    assert_eq!(rig.engine.endpoint_of(pipe), None);
    rig.engine.on_unread(Some(listener), 2);
    let unread = rig.engine.endpoint_stats(listener).unwrap();
    assert_eq!(
        unread.dropped(DropCause::Closed),
        2,
        "what nobody took of it"
    );
    // The machine has no pipe to count on any more, and the engine keeps no memory of it.
    drops(&mut rig, Some(pipe), DropCause::Cancelled, 1);
    assert_eq!(rig.engine.snapshot().other.dropped(DropCause::Cancelled), 1);
}

// rfc: sp-monitor M-02 M-03
#[test]
fn an_endpoint_that_went_leaves_its_counts_to_the_socket() {
    let mut rig = Rig::new();
    let (gone, stays) = (rig.listener(), rig.listener());
    let (leaves, lives) = (rig.accepts_through(gone), rig.accepts_through(stays));
    let _ = rig.arrives(leaves, &["a"]);
    let _ = rig.arrives(lives, &["b", "c"]);
    let before = rig.stats();
    assert!(rig.engine.remove_endpoint(gone, &mut rig.world));
    assert_eq!(rig.stats(), before);
    let snapshot = rig.engine.snapshot();
    assert_eq!((snapshot.endpoints.len(), snapshot.pipes.len()), (1, 2));
    assert_eq!(
        (snapshot.other.messages_in, snapshot.other.accepted),
        (1, 1)
    );
    assert_eq!(snapshot.endpoints[0].total.messages_in, 2);
    assert_eq!(rig.engine.endpoint_stats(gone), None);
    assert_eq!(
        rig.engine.endpoint_stats(stays),
        Some(snapshot.endpoints[0].total)
    );
    rig.ended(leaves, &EndReason::Local, &["unsent"]);
    let other = rig.engine.snapshot().other;
    assert_eq!((other.returned, other.closed_here), (1, 1));
}

// rfc: sp-monitor M-03
#[test]
fn a_closed_socket_still_has_its_counts() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    let _ = rig.arrives(pipe, &["a"]);
    rig.begins_to_close(ms(0));
    rig.obeys();
    assert!(rig.engine.is_closed());
    let stats = rig.stats();
    assert_eq!(
        (stats.accepted, stats.messages_in, stats.closed_here),
        (1, 1, 1)
    );
    assert_eq!(rig.engine.snapshot().other, stats);
}

// rfc: sp-monitor M-04
#[test]
fn each_end_of_a_pipe_is_counted_under_its_reason() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let reasons = [
        EndReason::ClosedByPeer,
        EndReason::Broken(error(ErrorKind::System)),
        EndReason::Protocol(EndCause::Violation),
        EndReason::Local,
    ];
    let of = |stats: Stats| {
        [
            stats.closed_by_peer,
            stats.broken,
            stats.ended_by_protocol,
            stats.closed_here,
        ]
    };
    for (at, reason) in reasons.iter().enumerate() {
        let pipe = rig.accepts_through(listener);
        let mut expected = of(rig.stats());
        expected[at] += 1;
        rig.ended(pipe, reason, &[]);
        assert_eq!(of(rig.stats()), expected, "{reason:?}");
    }
    assert_eq!(rig.stats().accepted, 4);
}

// rfc: sp-monitor M-04
#[test]
fn failures_are_counted_on_their_endpoint_or_on_the_socket() {
    let mut rig = Rig::new();
    let (dialer, listener) = (rig.dialer(), rig.listener());
    rig.dial_failed(dialer, ErrorKind::Refused);
    let _ = rig.accept_failed(listener, ErrorKind::Exhausted);
    let _ = rig.accept_failed(dialer, ErrorKind::Exhausted);
    let silent = rig.accepted(listener).unwrap();
    rig.handshake_failed(silent, ErrorKind::BadPeer);
    rig.engine.bind_failed();

    let snapshot = rig.engine.snapshot();
    let [of_dialer, of_listener] = &snapshot.endpoints[..] else {
        panic!("{snapshot:?}");
    };
    let kinds = (of_dialer.kind, of_listener.kind);
    assert_eq!(kinds, (EndpointKind::Dialer, EndpointKind::Listener));
    assert_eq!(of_dialer.total.dial_errors, 1);
    assert_eq!(of_dialer.total.accept_errors, 0, "a dialer does not accept");
    assert_eq!(of_listener.total.accept_errors, 1);
    assert_eq!(of_listener.total.handshake_errors, 1);
    assert_eq!(
        (snapshot.other.bind_errors, snapshot.total.bind_errors),
        (1, 1)
    );
    assert_eq!(snapshot.endpoints_in_error(), 2);
    let refused = of_dialer.last_error.as_ref().map(Error::kind);
    assert_eq!(refused, Some(ErrorKind::Refused));
}

// rfc: sp-monitor M-05
#[test]
fn what_is_in_progress_and_the_priority_in_use_are_as_they_are_now() {
    let mut rig = Rig::new();
    let gauges = |rig: &Rig| {
        let snapshot = rig.engine.snapshot();
        let level = snapshot.send_priority.map(Priority::level);
        (snapshot.in_progress, snapshot.pipes.len(), level)
    };
    assert_eq!(gauges(&rig), (0, 0, None));
    let dialer = rig.dialer();
    let preferred = rig.engine.add_listener(Priority::HIGHEST, EIGHT);
    let _silent = rig.accepted(preferred).unwrap();
    assert_eq!(
        gauges(&rig),
        (2, 0, None),
        "a dialer that tries, and a handshake"
    );
    let _ = rig.dials_through(dialer);
    assert_eq!(gauges(&rig), (1, 1, Some(8)));
    let best = rig.accepts_through(preferred);
    assert_eq!(gauges(&rig), (1, 2, Some(1)));

    rig.world.is_full = true;
    rig.machine(|_, cx| cx.push(best, Message::from("the last that fits")));
    assert_eq!(gauges(&rig), (1, 2, Some(8)), "the best one has no room");
    rig.world.is_full = false;
    rig.engine.on_writable(best, &mut rig.world);
    assert_eq!(gauges(&rig), (1, 2, Some(1)));
    rig.machine(|_, cx| cx.close(best, EndCause::Violation));
    assert_eq!(gauges(&rig), (1, 2, Some(8)), "the best one is ending");
    assert!(rig.commands().contains(&Command::End(best)));
}
