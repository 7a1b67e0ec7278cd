//! Fault 92: connect before bind, the bind dies, the name is used again. See `rfc/sp-inproc.md`
//! section 3.

use speedwell_transport::ErrorKind;

use crate::driver::{Dials, Listens, Pipe, World, meet, number, numbered};

const ADDR: &str = "inproc://desk";

/// The dialer was rung, and attaches.
fn attaches(dials: &mut Dials, listens: &mut Listens) -> (Pipe, Pipe) {
    assert!(dials.bell.was_rung());
    meet(dials.poll().unwrap(), listens.poll().unwrap())
}

/// One message flows each way.
fn flows(left: &mut Pipe, right: &mut Pipe, this: u64) {
    left.sends(numbered(this));
    right.sends(numbered(!this));
    assert!(left.bell.was_rung() && right.bell.was_rung());
    assert_eq!(right.receives().0.iter().map(number).last(), Some(this));
    assert_eq!(left.receives().0.iter().map(number).last(), Some(!this));
}

// rfc: sp-inproc I-05
#[test]
fn fault_92_connect_before_bind_attaches_later() {
    let world = World::new();
    let mut dials = world.dials(ADDR);
    assert!(dials.poll().is_none());
    let mut listens = world.listens(ADDR).unwrap();
    let (mut left, mut right) = attaches(&mut dials, &mut listens);
    flows(&mut left, &mut right, 1);
}

// rfc: sp-inproc I-04 I-09
#[test]
fn fault_92_the_bind_dies_and_is_made_again_a_thousand_times() {
    let world = World::new();
    let mut dials = world.dials(ADDR);
    for round in 0..1_000 {
        assert!(dials.poll().is_none());
        let mut listens = world.listens(ADDR).unwrap();
        let (mut left, mut right) = attaches(&mut dials, &mut listens);
        flows(&mut left, &mut right, round);
        right.sends("left behind");
        drop((listens, right));
        assert!(left.bell.was_rung() && !left.tx().is_alive());
        let (last, closed) = left.receives();
        assert_eq!((last.len(), closed), (1, true));
    }
}

// rfc: sp-inproc I-08
#[test]
fn fault_92_the_bind_dies_with_connections_in_its_backlog() {
    let world = World::new();
    let listens = world.listens(ADDR).unwrap();
    let mut dials = world.dials(ADDR);
    let mut dialed = dials.poll().unwrap();
    assert_eq!(dialed.poll().unwrap(), None);
    drop(listens);
    assert!(dialed.bell.was_rung());
    assert_eq!(dialed.poll().unwrap_err().kind(), ErrorKind::Disconnected);

    assert!(dials.poll().is_none());
    let mut listens = world.listens(ADDR).unwrap();
    let (mut left, mut right) = attaches(&mut dials, &mut listens);
    flows(&mut left, &mut right, 1);
}

// rfc: sp-inproc I-09
#[test]
fn fault_92_the_name_is_used_by_somebody_else() {
    let world = World::new();
    let mut dials = world.dials(ADDR);
    let mut first = world.listens(ADDR).unwrap();
    let (mut left, right) = meet(dials.poll().unwrap(), first.poll().unwrap());
    left.sends("for the first only");
    drop((first, right));
    let mut second = world.listens(ADDR).unwrap();
    let (mut again, mut other) = meet(dials.poll().unwrap(), second.poll().unwrap());
    flows(&mut again, &mut other, 2);
    // What the first did not take is the sender's, and was not given to the second.
    assert_eq!(left.takes_unsent().len(), 1);
}

// rfc: sp-inproc I-07
#[test]
fn fault_92_the_bind_dies_while_a_dialer_waits_for_room() {
    let world = World::new();
    let listens = world.listens(ADDR).unwrap();
    let full: Vec<_> = std::iter::from_fn(|| world.dials(ADDR).poll()).collect();
    let mut dials = world.dials(ADDR);
    assert!(dials.poll().is_none());
    drop(listens);
    let mut listens = world.listens(ADDR).unwrap();
    let (mut left, mut right) = attaches(&mut dials, &mut listens);
    flows(&mut left, &mut right, 3);
    for mut dialed in full {
        assert_eq!(dialed.poll().unwrap_err().kind(), ErrorKind::Disconnected);
    }
}
