//! Closing: bounded, in order, and with an account.

use std::time::Duration;

use speedwell_message::{CtxId, Message};
use speedwell_protocol::{DropCause, EndCause, TimerKey, Verdict};
use speedwell_transport::ErrorKind;

use super::rig::{Rig, error, ms};
use crate::engine::Phase;
use crate::{Command, EndReason};

// rfc: sp-endpoint E-41
#[test]
fn with_nothing_held_pipes_finish_and_endpoints_go() {
    let mut rig = Rig::new();
    let (listener, dialer) = (rig.listener(), rig.dialer());
    let (one, two) = (rig.accepts_through(listener), rig.dials_through(dialer));
    let shaking = rig.accepted(listener).unwrap();
    rig.commands();

    rig.begins_to_close(ms(1000));
    let commands = [
        Command::DropEndpoint(listener),
        Command::DropEndpoint(dialer),
        Command::DropConn(shaking),
        Command::Finish(one),
        Command::Finish(two),
    ];
    assert_eq!(rig.commands(), commands);
    assert!(rig.engine.is_closing() && !rig.engine.is_closed());
    assert_eq!(rig.due_in(), Some(1000));

    rig.ended(one, &EndReason::Local, &[]);
    assert!(!rig.engine.is_closed());
    rig.ended(two, &EndReason::Local, &[]);
    assert!(rig.engine.is_closed() && rig.engine.close_report().is_clean());
    assert_eq!((rig.due_in(), rig.commands()), (None, vec![]));
    assert_eq!(
        rig.calls(),
        ["attach", "attach", "close", "detach", "detach"]
    );
}

// rfc: sp-endpoint E-41
#[test]
fn without_pipes_a_socket_is_closed_at_once() {
    let mut rig = Rig::new();
    rig.begins_to_close(ms(1000));
    assert!(rig.engine.is_closed());
    assert_eq!((rig.due_in(), rig.commands()), (None, vec![]));
}

// rfc: sp-endpoint E-40
#[test]
fn nothing_new_is_accepted_from_the_start_of_closing_on() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let _ = rig.accepts_through(listener);
    rig.machine(|machine, _| machine.held.push_back("held".into()));
    rig.begins_to_close(ms(1000));
    let mut message = Some(Message::from("late"));
    let verdict = rig.engine.send(CtxId::MAIN, &mut message, &mut rig.world);
    assert_eq!((verdict, message.is_some()), (Err(Verdict::State), true));

    rig.commands();
    let (dialer, other) = (rig.dialer(), rig.listener());
    assert_eq!(
        rig.commands(),
        [Command::DropEndpoint(dialer), Command::DropEndpoint(other)]
    );
    assert_eq!((rig.dialed(dialer), rig.accepted(other)), (None, None));
}

// rfc: sp-endpoint E-40
#[test]
fn closing_begins_once() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.begins_to_close(ms(1000));
    rig.commands();
    for linger in [0, 5, 9000] {
        rig.begins_to_close(ms(linger));
        assert_eq!((rig.commands(), rig.due_in()), (vec![], Some(1000)));
    }
    rig.ended(pipe, &EndReason::Local, &[]);
    rig.begins_to_close(ms(1000));
    assert!(rig.engine.is_closed() && rig.due_in().is_none());
}

// rfc: sp-endpoint E-41
#[test]
fn while_the_machine_holds_messages_its_endpoints_go_on() {
    let mut rig = Rig::new();
    let dialer = rig.dialer();
    let pipe = rig.dials_through(dialer);
    rig.ended(pipe, &EndReason::ClosedByPeer, &["kept"]);
    rig.commands();
    rig.begins_to_close(ms(1000));
    assert_eq!(rig.commands(), [], "nothing is dropped yet");

    rig.passes(ms(100));
    assert_eq!(rig.commands(), [Command::Dial(dialer)]);
    let pipe = rig.dials_through(dialer);
    assert_eq!(rig.pushed(), [(pipe, "kept".into())]);
    assert_eq!(
        rig.commands(),
        [Command::DropEndpoint(dialer), Command::Finish(pipe)]
    );
    rig.ended(pipe, &EndReason::Local, &[]);
    assert!(rig.engine.is_closed() && rig.engine.close_report().is_clean());
    assert_eq!(rig.now(), 100, "closed as soon as it could be");
}

// rfc: sp-endpoint E-41
#[test]
fn closing_goes_on_as_soon_as_the_machine_lets_go() {
    let goes_on: [fn(&mut Rig); 4] = [
        |rig| {
            let pipe = rig.engine.core.pipes[0].id;
            rig.engine.on_writable(pipe, &mut rig.world);
        },
        |rig| {
            rig.machine(|machine, _| machine.held.clear());
            let pipe = rig.engine.core.pipes[0].id;
            let _ = rig.arrives(pipe, &["the answer"]);
        },
        |rig| {
            rig.machine(|machine, cx| {
                machine.held.clear();
                let now = cx.now();
                cx.arm(TimerKey(1), now);
            });
            rig.passes(ms(0));
        },
        |rig| {
            rig.machine(|machine, _| machine.held.clear());
            let pipe = rig.engine.core.pipes[0].id;
            rig.ended(pipe, &EndReason::ClosedByPeer, &[]);
        },
    ];
    for let_go in goes_on {
        let mut rig = Rig::new();
        let listener = rig.listener();
        let _ = rig.accepts_through(listener);
        rig.machine(|machine, _| machine.held.push_back("held".into()));
        rig.begins_to_close(ms(1000));
        assert_eq!(rig.engine.core.phase, Phase::Closing);
        let_go(&mut rig);
        rig.obeys();
        assert!(rig.engine.is_closed());
    }
}

// rfc: sp-endpoint E-42 E-43
#[test]
fn when_the_linger_is_over_everything_ends_and_is_reported() {
    let mut rig = Rig::new();
    let (listener, dialer) = (rig.listener(), rig.dialer());
    let (one, two) = (rig.accepts_through(listener), rig.accepts_through(listener));
    let shaking = rig.dialed(dialer).unwrap();
    rig.machine(|machine, _| machine.held.push_back("12345".into()));
    rig.commands();
    rig.begins_to_close(ms(1000));
    rig.passes(ms(999));
    assert_eq!(rig.commands(), []);
    rig.passes(ms(1));
    let commands = [
        Command::DropEndpoint(listener),
        Command::DropEndpoint(dialer),
        Command::DropConn(shaking),
        Command::End(one),
        Command::End(two),
    ];
    assert_eq!((rig.commands(), rig.due_in()), (commands.to_vec(), None));

    rig.ended_and_cut(one, &EndReason::Local, &["ab", "c"], true);
    rig.ended_and_cut(two, &EndReason::Local, &[], true);
    let report = rig.engine.close_report();
    assert_eq!((report.unsent, report.unsent_octets, report.cut), (3, 8, 2));
    assert!(rig.engine.is_closed() && !report.is_clean());
    assert_eq!(
        rig.calls(),
        ["attach", "attach", "close", "detach", "detach"],
        "nothing is returned"
    );
}

// rfc: sp-endpoint E-42 E-43
#[test]
fn pipes_that_do_not_finish_in_time_are_ended() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.commands();
    rig.begins_to_close(ms(50));
    assert_eq!(
        rig.commands(),
        [Command::DropEndpoint(listener), Command::Finish(pipe)]
    );
    rig.passes(ms(50));
    assert_eq!(
        (rig.commands(), rig.due_in()),
        (vec![Command::End(pipe)], None)
    );
    rig.ended(pipe, &EndReason::Local, &["left"]);
    assert_eq!((rig.engine.close_report().unsent, rig.now()), (1, 50));
}

// rfc: sp-endpoint E-42
#[test]
fn a_linger_of_zero_ends_everything_at_once() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.machine(|machine, _| machine.held.push_back("held".into()));
    rig.commands();
    rig.begins_to_close(Duration::ZERO);
    assert_eq!(
        rig.commands(),
        [Command::DropEndpoint(listener), Command::End(pipe)]
    );
    rig.ended(pipe, &EndReason::Local, &["unsent"]);
    assert!(rig.engine.is_closed());
    assert_eq!(rig.engine.close_report().unsent, 2);
}

// rfc: sp-endpoint E-42
#[test]
fn a_linger_beyond_what_clocks_count_is_endless() {
    let mut rig = Rig::new();
    rig.machine(|machine, _| machine.held.push_back("held".into()));
    rig.begins_to_close(Duration::MAX);
    assert_eq!((rig.due_in(), rig.engine.is_closed()), (None, false));
}

// rfc: sp-endpoint E-43
#[test]
fn a_pipe_that_breaks_while_it_finishes_is_reported_too() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.begins_to_close(ms(1000));
    rig.ended_and_cut(
        pipe,
        &EndReason::Broken(error(ErrorKind::Disconnected)),
        &["x"],
        true,
    );
    let report = rig.engine.close_report();
    assert_eq!((report.unsent, report.unsent_octets, report.cut), (1, 1, 1));
    assert_eq!((rig.stats().broken, rig.stats().returned), (1, 1));
    assert_eq!(rig.stats().dropped(DropCause::Closed), 1);
    assert_eq!(rig.stats().cut, 1);
    assert!(rig.engine.is_closed());
}

// rfc: sp-endpoint E-43, sp-pubsub B-33
#[test]
fn what_the_machine_held_for_a_pipe_that_ends_is_reported() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let (one, two) = (rig.accepts_through(listener), rig.accepts_through(listener));
    rig.machine(|machine, _| {
        machine.held.extend(["12", "345", "6"].map(Into::into));
        machine.loses = 1;
    });
    rig.ended(two, &EndReason::Local, &[]);
    rig.begins_to_close(ms(1000));
    rig.ended(one, &EndReason::ClosedByPeer, &[]);
    rig.passes(ms(1000));
    let report = rig.engine.close_report();
    assert_eq!((report.unsent, report.unsent_octets), (2, 4));
    assert_eq!(rig.stats().dropped(DropCause::PipeLost), 2);
}

// rfc: sp-endpoint E-44
#[test]
fn a_pipe_that_finishes_is_read_on_and_what_comes_is_dropped_and_counted() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let (free, paused) = (rig.accepts_through(listener), rig.accepts_through(listener));
    rig.machine(|machine, _| machine.takes = 0);
    let mut left = rig.arrives(paused, &["a", "b"]);
    rig.commands();

    rig.begins_to_close(ms(1000));
    rig.calls();
    let commands = [
        Command::DropEndpoint(listener),
        Command::Finish(free),
        Command::Finish(paused),
        Command::Resume(paused),
    ];
    assert_eq!(rig.commands(), commands);
    rig.engine.on_batch(paused, &mut left, &mut rig.world);
    assert!(left.is_empty() && rig.arrives(free, &["c"]).is_empty());
    rig.engine.on_writable(free, &mut rig.world);
    assert_eq!(
        rig.calls(),
        <[String; 0]>::default(),
        "the machine is not asked"
    );
    assert_eq!(
        (
            rig.stats().dropped(DropCause::Closed),
            rig.stats().messages_in
        ),
        (3, 0)
    );
}

// rfc: sp-endpoint E-45
#[test]
fn a_closed_socket_has_no_timer() {
    let mut rig = Rig::new();
    let (dialer, listener) = (rig.dialer(), rig.listener());
    rig.dial_failed(dialer, ErrorKind::Refused);
    let _ = rig.accept_failed(listener, ErrorKind::Exhausted);
    let pipe = rig.accepts_through(listener);
    let _ = rig.accepted(listener);
    let arm = |rig: &mut Rig| {
        rig.machine(|_, cx| {
            let at = cx.now() + ms(5);
            cx.arm(TimerKey(1), at);
        });
    };
    arm(&mut rig);
    assert_eq!(rig.engine.core.timers.len(), 4);
    rig.begins_to_close(ms(1000));
    rig.passes(ms(5));
    arm(&mut rig);
    assert_eq!(rig.due_in(), Some(5), "until then the machine has its time");
    rig.ended(pipe, &EndReason::Local, &[]);
    assert_eq!(rig.due_in(), None);
    arm(&mut rig);
    assert_eq!(rig.due_in(), None);
    assert_eq!(rig.calls(), ["attach", "close", "timer 1", "detach"]);
}

// rfc: sp-endpoint E-43 E-47
#[test]
fn what_the_machine_leaves_while_it_still_waits_for_a_peer_is_reported() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let (one, two) = (rig.accepts_through(listener), rig.accepts_through(listener));
    rig.machine(|machine, _| machine.takes_back = 1);
    rig.ended_and_cut(one, &EndReason::ClosedByPeer, &["kept", "left"], true);
    let report = rig.engine.close_report();
    assert_eq!((report.unsent, report.cut), (0, 0), "closing has not begun");
    rig.begins_to_close(ms(1000));
    assert_eq!(rig.engine.core.phase, Phase::Closing);

    rig.ended_and_cut(
        two,
        &EndReason::ClosedByPeer,
        &["kept too", "abc", "de"],
        true,
    );
    let report = rig.engine.close_report();
    assert_eq!((report.unsent, report.unsent_octets, report.cut), (2, 5, 1));
    rig.passes(ms(1000));
    let report = rig.engine.close_report();
    assert!(rig.engine.is_closed());
    assert_eq!(
        (report.unsent, report.unsent_octets, report.cut),
        (4, 17, 1)
    );
    let stats = rig.stats();
    assert_eq!((stats.returned, stats.cut), (5, 2));
    assert_eq!(stats.dropped(DropCause::PipeLost), 3);
}

// rfc: sp-endpoint E-48
#[test]
fn the_machine_drops_what_it_has_when_nothing_is_to_be_waited_for() {
    let mut rig = Rig::new();
    rig.machine(|machine, _| machine.held.push_back("held".into()));
    rig.begins_to_close(ms(1000));
    assert_eq!(rig.calls(), <[String; 0]>::default(), "a peer may yet come");
    rig.passes(ms(1000));
    assert_eq!(rig.calls(), ["close"]);

    let mut rig = Rig::new();
    rig.begins_to_close(ms(1000));
    rig.begins_to_close(ms(1000));
    assert_eq!(rig.calls(), ["close"], "once");
}

// rfc: sp-endpoint E-48
#[test]
fn messages_that_nobody_can_take_any_more_are_counted() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.machine(|_, cx| cx.close(pipe, EndCause::Violation));
    assert!(rig.arrives(pipe, &["behind", "it"]).is_empty());
    rig.ended(pipe, &EndReason::Protocol(EndCause::Violation), &[]);
    assert!(rig.arrives(pipe, &["late"]).is_empty());
    rig.engine.on_unread(Some(listener), 4);
    let dropped = |cause| rig.stats().dropped(cause);
    assert_eq!(
        (dropped(DropCause::Violation), dropped(DropCause::Closed)),
        (2, 5)
    );
}
