//! The reactor by itself: deadlines in order, rings, keys, and its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Reactor, Visit};
use crate::hub::Target;
use crate::testing::{Mute, SOON, Visits, hub, until};
use crate::{Builder, Transports};

const MS: Duration = Duration::from_millis(1);

#[test]
fn deadlines_are_served_in_the_order_of_their_time() {
    let (transport, visited) = Visits::new("visit");
    let socket = Builder::new(Transports::new().with(transport))
        .reactor(Reactor::new().unwrap())
        .open(Mute)
        .unwrap();
    for name in ["c@90", "a@30", "d@120", "b@60"] {
        socket.connect(format!("visit://{name}")).unwrap();
        assert_eq!(
            visited.recv_timeout(SOON).unwrap().0,
            name,
            "the first poll"
        );
    }
    let order: Vec<_> = (0..4)
        .map(|_| visited.recv_timeout(SOON).unwrap().0)
        .collect();
    assert_eq!(order, ["a@30", "b@60", "c@90", "d@120"]);
}

#[test]
fn only_a_deadline_before_all_others_asks_to_be_woken_for() {
    let reactor = Reactor::new().unwrap();
    let hub = hub(&reactor);
    let shared = reactor.shared();
    let keys = [(); 3].map(|()| shared.enter(hub.clone(), Target::Timers).0);
    let later = |ms: u32| Some(Instant::now() + 3600 * 1000 * MS + ms * MS);
    assert!(shared.set_deadline(keys[0], later(20)), "the first of all");
    assert!(!shared.set_deadline(keys[1], later(30)), "a later one");
    assert!(shared.set_deadline(keys[2], later(10)), "an earlier one");
    assert!(
        !shared.set_deadline(keys[2], later(40)),
        "one that moves back"
    );
    assert!(
        shared.set_deadline(keys[1], later(5)),
        "one that moves forward"
    );
    assert!(!shared.set_deadline(keys[1], None), "one that is forgotten");
    assert_eq!(shared.timers.lock().by_time.len(), 2);
    for key in keys {
        shared.leave(key);
    }
    assert!(
        shared.timers.lock().by_time.is_empty(),
        "nothing stays behind"
    );
    hub.retire();
}

// rfc: sp-endpoint E-61
#[test]
fn one_that_is_due_at_once_for_ever_holds_nobody_up() {
    let reactor = Reactor::new().unwrap();
    let (refusing, refused) = Visits::new("refuse");
    let (visiting, visited) = Visits::new("visit");
    let builder = Builder::new(Transports::new().with(refusing).with(visiting)).reactor(reactor);
    let busy = builder.open(Mute).unwrap();
    busy.set_reconnect(Duration::ZERO, Duration::ZERO);
    busy.connect("refuse://nobody").unwrap();
    for _ in 0..10 {
        refused.recv_timeout(SOON).unwrap();
    }
    let other = builder.open(Mute).unwrap();
    other.connect("visit://b").unwrap();
    let (_, bell) = visited.recv_timeout(SOON).unwrap();
    bell.ring();
    assert!(
        visited.recv_timeout(SOON).is_ok(),
        "a ring is heard meanwhile"
    );
}

#[test]
fn a_ring_leads_to_a_visit_and_rings_before_it_count_as_one() {
    let (transport, visited) = Visits::new("visit");
    let socket = Builder::new(Transports::new().with(transport))
        .reactor(Reactor::new().unwrap())
        .open(Mute)
        .unwrap();
    socket.connect("visit://a").unwrap();
    let (_, bell) = visited.recv_timeout(SOON).unwrap();
    for _ in 0..100 {
        bell.ring();
        visited.recv_timeout(SOON).unwrap();
    }
    for _ in 0..1000 {
        bell.ring();
    }
    drop(socket);
    bell.ring();
    let visits = visited.iter().count();
    println!("{visits} visits for 1000 rings");
    assert!(visits <= 1000, "{visits}");
}

#[test]
fn a_key_is_used_again_and_what_is_left_of_the_old_one_is_harmless() {
    let reactor = Reactor::new().unwrap();
    let hub = hub(&reactor);
    let shared = reactor.shared();
    let (old, bell) = shared.enter(hub.clone(), Target::Timers);
    let stale = bell.doorbell();
    shared.leave(old);
    stale.ring();
    shared.visit(old, Visit::ALL);
    let (new, _) = shared.enter(hub.clone(), Target::Timers);
    assert_eq!(new, old);
    stale.ring();
    shared.enqueue(old, Visit::ALL);
    shared.visit(old, Visit::ALL);
    until("the queue is empty", || shared.rung.is_empty());
    shared.leave(new);
    shared.leave(new);
    hub.retire();
}

#[test]
fn the_thread_ends_with_the_last_socket_and_the_last_clone() {
    let reactor = Reactor::new().unwrap();
    let shared = Arc::downgrade(reactor.shared());
    let builder = Builder::new(Transports::new()).reactor(reactor);
    let socket = builder.open(Mute).unwrap();
    drop(builder);
    assert!(shared.upgrade().is_some_and(|shared| !shared.is_current()));
    assert!(socket.close().is_clean());
    drop(socket);
    until("the thread has ended", || shared.strong_count() == 0);
}
