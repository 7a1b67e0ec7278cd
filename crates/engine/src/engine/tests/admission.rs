//! The end of a handshake: who becomes a pipe.

use speedwell_message::{ProtocolId, ProtocolIds};
use speedwell_protocol::{DropCause, EndCause, Priority};
use speedwell_transport::{Addr, ErrorKind, PeerInfo};

use super::rig::{IDS, Rig, ms};
use crate::{Admission, Command, EndReason};

// rfc: sp-endpoint E-10
#[test]
fn fault_02_of_all_endpoint_types_only_the_peer_type_is_admitted() {
    let pairs = [
        (ProtocolId::PAIR, ProtocolId::PAIR),
        (ProtocolId::PUSH, ProtocolId::PULL),
        (ProtocolId::PULL, ProtocolId::PUSH),
    ];
    for (me, peer) in pairs {
        let mut rig = Rig::of(ProtocolIds { me, peer }, |_| {});
        let listener = rig.listener();
        let mut admitted = Vec::new();
        for number in 0..=u16::MAX {
            let pipe = rig.accepted(listener).unwrap();
            let stranger = PeerInfo::new(ProtocolId(number));
            if rig.engine.handshaken(pipe, &stranger, &mut rig.world) == Admission::Live {
                admitted.push(ProtocolId(number));
                rig.ended(pipe, &EndReason::ClosedByPeer, &[]);
            }
        }
        assert_eq!(admitted, [peer]);
        assert_eq!(rig.stats().wrong_protocol, 65_535);
        assert_eq!(
            rig.calls(),
            ["attach", "detach"],
            "the machine sees no stranger"
        );
        assert_eq!((rig.engine.core.half_open, rig.due_in()), (0, None));
    }
}

// rfc: sp-endpoint E-04 E-10
#[test]
fn a_dialer_that_found_the_wrong_type_says_so_and_waits() {
    let mut rig = Rig::new();
    let dialer = rig.dialer();
    let pipe = rig.dialed(dialer).unwrap();
    let twin = PeerInfo::new(IDS.me);
    let admission = rig.engine.handshaken(pipe, &twin, &mut rig.world);
    assert_eq!((admission, rig.due_in()), (Admission::Refused, Some(100)));
    let status = rig.engine.endpoint_status(dialer).unwrap();
    let error = status.last_error.as_ref().unwrap();
    assert_eq!(error.kind(), ErrorKind::WrongProtocol);
    assert_eq!(
        error.to_string(),
        "a peer of type 0xff01 does not fit 0xff01"
    );
}

// rfc: sp-endpoint E-11
#[test]
fn a_peer_that_the_machine_rejects_is_counted_and_its_dialer_backs_off() {
    let mut rig = Rig::with(|options| options.reconnect_max = ms(1000));
    rig.machine(|machine, _| machine.rejects = true);
    let dialer = rig.dialer();
    for (rejected, bound) in [(1, 100), (2, 200), (3, 400)] {
        let pipe = rig.dialed(dialer).unwrap();
        assert_eq!(rig.handshaken(pipe), Admission::Refused);
        assert_eq!(
            (rig.stats().rejected, rig.due_in()),
            (rejected, Some(bound))
        );
        assert_eq!(rig.calls(), ["attach"], "and no detach");
        rig.ended(pipe, &EndReason::Local, &["lost"]);
        assert_eq!(rig.calls(), <[String; 0]>::default(), "nor later");
        rig.passes(ms(1000));
    }
    let status = rig.engine.endpoint_status(dialer).unwrap();
    assert_eq!(
        status.last_error.as_ref().unwrap().kind(),
        ErrorKind::Refused
    );
    rig.machine(|machine, _| machine.rejects = false);
    let _ = rig.dials_through(dialer);
    assert_eq!(rig.stats().connected, 1);
}

// rfc: sp-endpoint E-12
#[test]
fn a_machine_may_push_while_it_is_told_of_the_pipe() {
    let mut rig = Rig::new();
    rig.machine(|machine, _| machine.held.push_back("waiting".into()));
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    assert_eq!(rig.pushed(), [(pipe, "waiting".into())]);
    assert_eq!((rig.stats().messages_out, rig.stats().octets_out), (1, 7));
}

// rfc: sp-endpoint E-12
#[test]
fn a_pipe_has_the_priorities_of_its_endpoint_and_the_address_of_its_peer() {
    let mut rig = Rig::new();
    let (send, recv) = (Priority::new(1).unwrap(), Priority::new(16).unwrap());
    let listener = rig.engine.add_listener(send, recv);
    let pipe = rig.accepted(listener).unwrap();
    let there = Addr::parse("tcp://192.0.2.1:5").unwrap();
    assert_eq!(rig.engine.peer_of(pipe), None);
    let peer = PeerInfo::new(IDS.peer).at(there);
    assert_eq!(
        rig.engine.handshaken(pipe, &peer, &mut rig.world),
        Admission::Live
    );
    let (found, endpoint) = rig.engine.peer_of(pipe).unwrap();
    assert_eq!((found, endpoint), (&peer, listener));
    let info = rig.machine(|machine, _| machine.infos.pop().unwrap());
    assert_eq!(
        (info.send_priority, info.recv_priority, info.peer),
        (send, recv, IDS.peer)
    );
}

// rfc: sp-endpoint E-12
#[test]
fn a_pipe_is_admitted_once() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    assert_eq!(rig.handshaken(pipe), Admission::Refused);
    rig.handshake_failed(pipe, ErrorKind::BadPeer);
    assert_eq!(
        (rig.engine.live_pipes(), rig.stats().handshake_errors),
        (1, 0)
    );
    assert_eq!(rig.calls(), ["attach"]);
}

// rfc: sp-endpoint E-13
#[test]
fn a_failed_handshake_ends_itself_only() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let (bad, good) = (
        rig.accepted(listener).unwrap(),
        rig.accepts_through(listener),
    );
    rig.commands();
    rig.handshake_failed(bad, ErrorKind::BadPeer);
    rig.handshake_failed(bad, ErrorKind::BadPeer);
    assert_eq!(
        (rig.stats().handshake_errors, rig.engine.live_pipes()),
        (1, 1)
    );
    assert_eq!((rig.commands(), rig.due_in()), (vec![], None));
    assert!(rig.arrives(good, &["still here"]).is_empty());
}

// rfc: sp-endpoint E-14
#[test]
fn the_machine_may_end_a_pipe_once() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.commands();
    for _ in 0..2 {
        rig.machine(|_, cx| cx.close(pipe, EndCause::Violation));
    }
    assert_eq!(rig.commands(), [Command::End(pipe)]);
    let reason = rig.engine.end_reason(pipe);
    assert!(matches!(reason, EndReason::Protocol(EndCause::Violation)));

    assert!(
        rig.arrives(pipe, &["behind the offence"]).is_empty(),
        "not offered"
    );
    assert_eq!(rig.stats().messages_in, 0);
    rig.ended(pipe, &reason, &["unsent"]);
    assert_eq!(rig.calls(), ["attach", "detach unsent"]);
    assert_eq!((rig.stats().broken, rig.stats().closed_by_peer), (0, 0));
    assert_eq!(rig.stats().dropped(DropCause::PipeLost), 0);
}
