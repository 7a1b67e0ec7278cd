//! How dialers and listeners find each other, and how they shake hands. See `rfc/sp-inproc.md`
//! sections 2 to 4.

use speedwell_inproc::{BACKLOG_MAX, Names};
use speedwell_transport::{Addr, ErrorKind, PeerInfo, ProtocolId, ProtocolIds};

use crate::driver::{PAIR, World, meet};

const ADDR: &str = "inproc://desk";

// rfc: sp-inproc I-01
#[test]
fn names_are_compared_octet_by_octet() {
    let world = World::new();
    let names = ["", "a", "A", "a/", "a://b", " a", "ä", "*"];
    let addrs = names.map(|name| format!("inproc://{name}"));
    let mut listeners = addrs.each_ref().map(|addr| world.listens(addr).unwrap());
    for (listens, addr) in listeners.iter_mut().zip(&addrs) {
        assert_eq!(listens.listener.local_addr().as_str(), addr);
        let dialed = world.dials(addr).poll().unwrap();
        meet(dialed, listens.poll().unwrap());
    }
    assert!(listeners.iter_mut().all(|listens| listens.poll().is_none()));
}

// rfc: sp-inproc I-02
#[test]
fn the_process_has_one_table_and_others_are_apart() {
    let addr = "inproc://the_process_has_one_table_and_others_are_apart";
    let _bound = World::of_the_process().listens(addr).unwrap();
    assert!(World::of_the_process().dials(addr).poll().is_some());
    assert!(World::new().dials(addr).poll().is_none());

    let names = Names::default();
    let _bound = World::with_names(names.clone()).listens(addr).unwrap();
    assert!(World::with_names(names).dials(addr).poll().is_some());
}

// rfc: sp-inproc I-03 I-04
#[test]
fn a_name_has_one_listener_at_a_time() {
    let world = World::new();
    let mut first = world.listens(ADDR).unwrap();
    let error = world.listens(ADDR).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::AddressInUse);
    assert!(error.to_string().contains(ADDR));
    let dialed = world.dials(ADDR).poll().unwrap();
    meet(dialed, first.poll().unwrap());
    drop(first);
    assert!(world.listens(ADDR).is_ok());
}

// rfc: sp-inproc I-05
#[test]
fn a_bind_rings_every_dialer_that_waits() {
    let world = World::new();
    let mut waiting: Vec<_> = (0..5).map(|_| world.dials(ADDR)).collect();
    let mut elsewhere = world.dials("inproc://elsewhere");
    for dials in &mut waiting {
        assert!(dials.poll().is_none() && dials.poll().is_none());
    }
    assert!(elsewhere.poll().is_none());
    let mut listens = world.listens(ADDR).unwrap();
    assert!(!elsewhere.bell.was_rung());
    for dials in &mut waiting {
        assert_eq!(dials.bell.rings(), 1);
        meet(dials.poll().unwrap(), listens.poll().unwrap());
    }
}

// rfc: sp-inproc I-06
#[test]
fn a_dial_rings_the_listener() {
    let world = World::new();
    let mut listens = world.listens(ADDR).unwrap();
    assert!(listens.poll().is_none());
    assert!(!listens.bell.was_rung());
    let _dialed = world.dials(ADDR).poll().unwrap();
    assert!(listens.bell.was_rung());
    assert!(listens.poll().is_some());
}

// rfc: sp-inproc I-07
#[test]
fn a_dialer_waits_for_room_in_the_backlog() {
    let world = World::new();
    let mut listens = world.listens(ADDR).unwrap();
    let dialed: Vec<_> = (0..BACKLOG_MAX)
        .map(|_| world.dials(ADDR).poll().unwrap())
        .collect();
    let mut late = [world.dials(ADDR), world.dials(ADDR)];
    for dials in &mut late {
        assert!(dials.poll().is_none());
    }
    let accepted = listens.poll().unwrap();
    assert!(late.iter_mut().all(|dials| dials.bell.was_rung()));
    let [first, second] = &mut late;
    assert!(first.poll().is_some());
    assert!(second.poll().is_none());
    assert!(listens.poll().is_some());
    assert!(second.bell.was_rung());
    assert!(second.poll().is_some());
    meet(dialed.into_iter().next().unwrap(), accepted);
}

// rfc: sp-inproc I-10
#[test]
fn an_abandoned_dialer_is_forgotten() {
    let world = World::new();
    let (mut abandoned, mut dropped) = (world.dials(ADDR), world.dials(ADDR));
    assert!(abandoned.poll().is_none() && dropped.poll().is_none());
    abandoned.dialer.abandon();
    drop(dropped.dialer);
    let _bound = world.listens(ADDR).unwrap();
    assert!(!abandoned.bell.was_rung() && !dropped.bell.was_rung());
    assert!(abandoned.poll().is_some());
}

// rfc: sp-inproc I-11 I-12
#[test]
fn both_sides_learn_who_the_other_is_and_judge_nothing() {
    let world = World::new();
    let mut listens = world.listens(ADDR).unwrap();
    let mut dialed = world.dials(ADDR).poll().unwrap();
    let mut accepted = listens.poll().unwrap();
    // PUSH meets PAIR: they do not fit, which is for their sockets to find.
    let push = ProtocolIds {
        me: ProtocolId::PUSH,
        peer: ProtocolId::PULL,
    };
    let addr = Addr::parse(ADDR).unwrap();
    assert_eq!(dialed.poll_as(push).unwrap(), None);
    assert_eq!(
        accepted.poll_as(PAIR).unwrap(),
        Some(PeerInfo::new(ProtocolId::PUSH).at(addr.clone()))
    );
    assert!(dialed.bell.was_rung());
    assert_eq!(
        dialed.poll_as(push).unwrap(),
        Some(PeerInfo::new(ProtocolId::PAIR).at(addr))
    );
}

#[test]
fn the_side_that_comes_second_is_rung_when_it_waits_already() {
    let world = World::new();
    let mut listens = world.listens(ADDR).unwrap();
    let mut dialed = world.dials(ADDR).poll().unwrap();
    let mut accepted = listens.poll().unwrap();
    assert_eq!(accepted.poll().unwrap(), None);
    assert!(!accepted.bell.was_rung());
    assert!(dialed.poll().unwrap().is_some());
    assert!(accepted.bell.was_rung());
    assert!(accepted.poll().unwrap().is_some());
}

// rfc: sp-inproc I-13
#[test]
fn a_peer_that_goes_before_it_greets_fails_the_handshake() {
    let world = World::new();
    let mut listens = world.listens(ADDR).unwrap();
    let mut dialed = world.dials(ADDR).poll().unwrap();
    assert_eq!(dialed.poll().unwrap(), None);
    drop(listens.poll().unwrap());
    assert!(dialed.bell.was_rung());
    assert_eq!(dialed.poll().unwrap_err().kind(), ErrorKind::Disconnected);

    drop(world.dials(ADDR).poll().unwrap());
    let mut accepted = listens.poll().unwrap();
    assert_eq!(accepted.poll().unwrap_err().kind(), ErrorKind::Disconnected);
}

// rfc: sp-inproc I-12
#[test]
fn a_peer_that_goes_after_it_greeted_has_still_said_what_it_said() {
    let world = World::new();
    let mut listens = world.listens(ADDR).unwrap();
    let mut dialed = world.dials(ADDR).poll().unwrap();
    let mut accepted = listens.poll().unwrap();
    assert_eq!(accepted.poll().unwrap(), None);
    assert!(dialed.poll().unwrap().is_some());
    let mut brief = dialed.split();
    brief.sends("farewell");
    drop(brief);
    assert!(accepted.poll().unwrap().is_some());
    let (messages, closed) = accepted.split().receives();
    assert_eq!((messages.len(), closed), (1, true));
}

// rfc: sp-inproc I-14
#[test]
fn a_new_pipe_is_visited() {
    let world = World::new();
    let mut listens = world.listens(ADDR).unwrap();
    let (mut dialed, mut accepted) = (world.dials(ADDR).poll().unwrap(), listens.poll().unwrap());
    assert_eq!(accepted.poll().unwrap(), None);
    assert!(dialed.poll().unwrap().is_some());
    dialed.split().sends("early");
    // The visit that this ring asks for shakes hands.
    assert!(accepted.bell.was_rung());
    assert!(accepted.poll().unwrap().is_some());
    let mut pipe = accepted.split();
    assert!(pipe.bell.was_rung());
    assert_eq!(pipe.receives().0.len(), 1);
}

// rfc: sp-inproc I-08
#[test]
fn a_pipe_outlives_its_listener_and_its_dialer() {
    let world = World::new();
    // `World::pipe` drops both.
    let (mut left, mut right) = world.pipe(None);
    left.sends("still here");
    assert_eq!(right.receives().0[0].body(), b"still here");
    assert!(left.tx().is_alive());
}
