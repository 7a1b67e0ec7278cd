//! Many sockets in one wait.

use std::time::{Duration, Instant};

use speedwell::{Pair, PollItem, Pull, Push, Select, poll};

use crate::stage::{SOON, address};

const SHORT: Duration = Duration::from_millis(50);

fn pipelines<const N: usize>(test: &str) -> [(Push, Pull); N] {
    std::array::from_fn(|at| {
        let address = address(&format!("{test} {at}"));
        let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
        pull.bind(&address).unwrap();
        push.connect(&address).unwrap();
        (push, pull)
    })
}

// rfc: sp-waiting W-20
#[test]
fn a_poll_finds_what_is_ready_and_nothing_else() {
    let lines = pipelines::<3>("finds");
    let pulls = lines.each_ref().map(|(_, pull)| pull);
    let mut items = pulls.map(|pull| PollItem::recv(pull));
    let start = Instant::now();
    assert_eq!(poll(&mut items, Some(SHORT)).unwrap(), 0);
    assert!(start.elapsed() >= SHORT);
    lines[1].0.send("here").unwrap();
    assert_eq!(poll(&mut items, Some(SOON)).unwrap(), 1);
    assert_eq!(
        items.each_ref().map(|item| item.can_recv()),
        [false, true, false]
    );
    assert_eq!(poll(&mut items, None).unwrap(), 1, "it took nothing");
    assert_eq!(pulls[1].try_recv().unwrap().body(), b"here");
    assert_eq!(poll(&mut items, Some(Duration::ZERO)).unwrap(), 0);
}

// rfc: sp-waiting W-20
#[test]
fn a_poll_that_waits_ends_with_a_message_room_or_the_end() {
    let lines = pipelines::<2>("waits");
    let lonely = Pair::new().unwrap();
    std::thread::scope(|scope| {
        let poller = scope.spawn(|| {
            let mut items = [PollItem::recv(&lines[0].1), PollItem::both(&lonely)];
            assert_eq!(poll(&mut items, Some(SOON)).unwrap(), 1);
            items.map(|item| (item.can_send(), item.can_recv()))
        });
        std::thread::sleep(SHORT);
        let peer = Pair::new().unwrap();
        let bound = lonely.bind("tcp://127.0.0.1:0").unwrap();
        peer.connect(bound.address()).unwrap();
        let found = poller.join().unwrap();
        assert_eq!(found, [(false, false), (true, false)]);
        let poller = scope.spawn(|| poll(&mut [PollItem::recv(&lines[1].1)], None).unwrap());
        std::thread::sleep(SHORT);
        lines[1].1.close();
        assert_eq!(poller.join().unwrap(), 1, "a call would fail at once");
    });
}

// rfc: sp-waiting W-20
#[test]
fn a_direction_that_does_not_exist_is_never_ready() {
    let [(push, pull)] = pipelines("direction");
    push.send("x").unwrap();
    let mut items = [PollItem::recv(&push), PollItem::send(&pull)];
    assert_eq!(poll(&mut items, Some(SHORT)).unwrap(), 0);
}

// rfc: sp-waiting W-20
#[test]
fn one_poller_of_many_peers_always_finds_what_it_was_woken_for() {
    const MESSAGES: usize = 20_000;
    let lines = pipelines::<8>("many");
    std::thread::scope(|scope| {
        for (push, _) in &lines {
            scope.spawn(|| (0..MESSAGES / 8).for_each(|_| push.send("x").unwrap()));
        }
        let mut select = Select::new(lines.iter().map(|(_, pull)| PollItem::recv(pull)));
        for taken in 0..MESSAGES {
            let at = select.wait(Some(SOON)).unwrap();
            let (_, pull) = &lines[at.unwrap_or_else(|| panic!("woken for nothing: {taken}"))];
            pull.try_recv().unwrap();
        }
        assert_eq!(select.wait(Some(Duration::ZERO)).unwrap(), None);
    });
}

// rfc: sp-waiting W-21
#[test]
fn who_serves_in_turn_comes_to_each() {
    let lines = pipelines::<3>("in turn");
    for (push, pull) in &lines {
        (0..3).for_each(|_| push.send("x").unwrap());
        poll(&mut [PollItem::recv(pull)], Some(SOON)).unwrap();
    }
    let mut select = Select::new(lines.iter().map(|(_, pull)| PollItem::recv(pull)));
    let served = [(); 6].map(|()| {
        let at = select.wait(Some(SOON)).unwrap().unwrap();
        lines[at].1.try_recv().unwrap();
        at
    });
    assert_eq!(served, [0, 1, 2, 0, 1, 2]);
}

// rfc: sp-waiting W-20
#[test]
fn many_waits_leave_nothing_behind() {
    let lines = pipelines::<2>("leave nothing");
    let mut items = [PollItem::recv(&lines[0].1), PollItem::recv(&lines[1].1)];
    for _ in 0..1_000 {
        assert_eq!(poll(&mut items, Some(Duration::from_micros(1))).unwrap(), 0);
    }
    // Each wait that had stayed behind would be rung for at each of these.
    for _ in 0..1_000 {
        lines[0].0.send("x").unwrap();
        assert_eq!(poll(&mut items, Some(SOON)).unwrap(), 1);
        lines[0].1.try_recv().unwrap();
    }
}
