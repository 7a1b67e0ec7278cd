//! Draining, as transcripts: what is awaited, what is half-closed when, and what ends it.

use speedwell_protocol::{CtxId, DropCause, Engagement, Message};

use super::rig::{Rig, ms};
use crate::{Command, EndReason};

const CLOSED: EndReason = EndReason::ClosedByPeer;

impl Rig {
    fn drains(&mut self, time: u64) {
        self.engine.begin_drain(ms(time), &mut self.world);
    }

    fn may(&self) -> (bool, bool) {
        let ctx = CtxId::MAIN;
        (self.engine.may_send(ctx), self.engine.may_recv(ctx))
    }
}

// rfc: sp-endpoint E-90 E-92
#[test]
fn pipes_are_half_closed_and_the_socket_is_closed_with_the_last() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipes = [(); 2].map(|()| rig.accepts_through(listener));
    rig.commands();
    rig.drains(100);
    assert_eq!(rig.may(), (false, true), "what comes is still received");
    let half_closes = pipes.map(Command::HalfClose);
    assert_eq!(
        rig.commands(),
        [
            Command::DropEndpoint(listener),
            half_closes[0],
            half_closes[1]
        ]
    );
    rig.calls();
    rig.arrives(pipes[0], &["late"]);
    assert_eq!(rig.calls(), ["batch late"], "and is the machine's");
    rig.ended(pipes[0], &CLOSED, &[]);
    assert!(!rig.engine.is_closed() && !rig.engine.is_shut());
    rig.ended(pipes[1], &CLOSED, &[]);
    assert!(rig.engine.is_closed());
    assert_eq!((rig.due_in(), rig.may()), (None, (false, false)));
    assert!(rig.engine.close_report().is_clean());
}

// rfc: sp-endpoint E-91
#[test]
fn while_something_is_held_endpoints_go_on() {
    let mut rig = Rig::new();
    let dialer = rig.dialer();
    rig.machine(|machine, _| machine.held.extend(["m".into()]));
    rig.commands();
    rig.drains(100);
    assert_eq!(rig.commands(), []);
    let pipe = rig.dials_through(dialer);
    assert_eq!(rig.pushed(), [(pipe, "m".into())]);
    assert_eq!(
        rig.commands(),
        [Command::DropEndpoint(dialer), Command::HalfClose(pipe)]
    );
}

// rfc: sp-endpoint E-91
#[test]
fn an_exchange_is_brought_to_its_end_and_then_the_socket_closes() {
    for (engagement, may) in [
        (Engagement::Owes, (true, false)),
        (Engagement::Awaits, (false, true)),
    ] {
        let mut rig = Rig::new();
        let listener = rig.listener();
        let pipe = rig.accepts_through(listener);
        rig.commands();
        rig.machine(|machine, _| machine.engagement = engagement);
        rig.drains(100);
        assert_eq!(rig.may(), may);
        // Who awaits an answer needs its peers; who owes one does not let in new ones.
        let endpoints_go = engagement == Engagement::Owes;
        let dropped = endpoints_go.then_some(Command::DropEndpoint(listener));
        assert_eq!(rig.commands(), Vec::from_iter(dropped));
        rig.machine(|machine, _| machine.engagement = Engagement::Idle);
        let _ = rig
            .engine
            .recv_into(CtxId::MAIN, &mut Message::new(), &mut rig.world);
        assert!(rig.engine.is_shut());
        assert!(rig.commands().contains(&Command::Finish(pipe)));
        rig.ended(pipe, &EndReason::Local, &[]);
        assert!(rig.engine.is_closed());
    }
}

// rfc: sp-waiting W-14
#[test]
fn an_exchange_has_begun_when_an_answer_is_owed_or_awaited_and_at_the_end() {
    let mut rig = Rig::new();
    let in_exchange = |rig: &mut Rig, engagement| {
        rig.machine(|machine, _| machine.engagement = engagement);
        rig.engine.is_in_exchange(CtxId::MAIN)
    };
    let all = [
        (Engagement::None, false),
        (Engagement::Idle, false),
        (Engagement::Owes, true),
        (Engagement::Awaits, true),
    ];
    for (engagement, expected) in all {
        assert_eq!(in_exchange(&mut rig, engagement), expected);
    }
    rig.drains(0);
    for (engagement, _) in all {
        assert!(
            in_exchange(&mut rig, engagement),
            "nothing can be done any more"
        );
    }
}

// rfc: sp-endpoint E-90 E-94
#[test]
fn its_time_ends_it_and_a_close_does_not_begin_another() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.drains(100);
    rig.begins_to_close(ms(10));
    rig.drains(10);
    assert_eq!(rig.due_in(), Some(100));
    rig.commands();
    rig.passes(ms(100));
    assert_eq!(rig.commands(), [Command::End(pipe)]);
    assert!(rig.engine.is_shut() && !rig.engine.is_closed());
    rig.ended(pipe, &EndReason::Local, &["unsent"]);
    assert!(rig.engine.is_closed());
    let report = rig.engine.close_report();
    assert_eq!((report.unsent, report.unconfirmed), (1, 1));
    assert_eq!(rig.stats().dropped(DropCause::Closed), 1);
}

// rfc: sp-endpoint E-49
#[test]
fn the_rest_of_a_message_has_the_linger_time() {
    let mut rig = Rig::with(|options| options.linger = ms(50));
    let listener = rig.listener();
    let pipes = [(); 2].map(|()| rig.accepts_through(listener));
    rig.commands();
    for pipe in pipes {
        rig.engine.peer_ended(pipe, &mut rig.world);
    }
    rig.ended(pipes[0], &CLOSED, &[]);
    rig.passes(ms(49));
    assert_eq!(rig.commands(), []);
    rig.passes(ms(1));
    assert_eq!(rig.commands(), [Command::End(pipes[1])]);
    assert_eq!(rig.due_in(), None);
}
