//! Many peers that connect and then do nothing of use.

use std::time::{Duration, Instant};

use speedwell::{Pull, Push};
use speedwell_testkit::effort::usual_or;

use crate::process::{alone, crowd, descriptors, memory};
use crate::raw_peer::{PUSH, RawPeer, greeting, prefix};
use crate::watch::{SOON, timed, until};

const MIB: u64 = 1 << 20;

/// A PULL that everybody can connect to, and its address.
fn pull(set: impl FnOnce(&Pull)) -> (Pull, String) {
    let pull = Pull::new().unwrap();
    pull.set_limits(100_000, 100_000);
    set(&pull);
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    (pull, endpoint.address().to_owned())
}

/// The process has what it had before any socket, when the system tells. A descriptor of the socket
/// that was just closed may be among it: the reactor lets go of it in its own time.
fn warmed_up() -> Option<usize> {
    let (pull, address) = pull(|_| ());
    RawPeer::greets(&address, PUSH).sends(b"warm");
    pull.recv_timeout(SOON).unwrap();
    drop(pull);
    descriptors()
}

// rfc: sp-endpoint E-13
#[test]
fn fault_05_silent_peers_are_dropped_at_the_deadline_and_leave_nothing() {
    let name = "crowds::fault_05_silent_peers_are_dropped_at_the_deadline_and_leave_nothing";
    alone(name, silent_peers);
}

fn silent_peers() {
    let count = crowd(500, 9_500);
    // All have to be there before the first deadline.
    let deadline =
        Duration::from_millis(500).max(Duration::from_millis(1) * u32::try_from(count).unwrap());
    let base = warmed_up();
    let (pull, address) = pull(|pull| pull.set_handshake_timeout(deadline));
    let push = Push::new().unwrap();
    push.connect(&address).unwrap();
    push.send_timeout("good", SOON).unwrap();
    pull.recv_timeout(SOON).unwrap();

    let before = memory();
    let start = Instant::now();
    let mut silent: Vec<_> = (0..count).map(|_| RawPeer::connects(&address)).collect();
    println!(
        "{count} peers after {:?}, deadline {deadline:?}",
        start.elapsed()
    );
    push.send_timeout("still good", SOON).unwrap();
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"still good");
    let meanwhile = memory();
    let (_, waited) = timed(|| {
        for peer in &mut silent {
            peer.is_dropped();
        }
    });
    println!("all dropped {waited:?} later");
    assert!(
        start.elapsed() >= deadline && waited < 10 * deadline,
        "{waited:?}"
    );
    until("all are counted", || {
        pull.stats().handshake_errors == count as u64
    });
    if let (Some(before), Some(meanwhile)) = (before, meanwhile) {
        let each = meanwhile.each_since(before, count);
        println!("{each} octets of memory each");
        assert!(each < 8192, "{each}");
    }
    push.send_timeout("and still", SOON).unwrap();
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"and still");
    assert_eq!((pull.pipes(), pull.stats().accepted), (1, 1));

    drop((silent, push, pull));
    until("descriptors are back to base", || descriptors() <= base);
}

// rfc: sp-wire W-20
#[test]
fn fault_11_memory_follows_what_is_received_and_not_the_most_that_is_allowed() {
    let name = "crowds::fault_11_memory_follows_what_is_received_and_not_the_most_that_is_allowed";
    alone(name, || boastful_peers(Some(MIB), MIB));
}

// rfc: sp-wire W-20
#[test]
fn fault_11_memory_follows_what_is_received_and_not_the_most_there_is() {
    let name = "crowds::fault_11_memory_follows_what_is_received_and_not_the_most_there_is";
    alone(name, || boastful_peers(None, (1 << 63) - 1));
}

fn boastful_peers(recv_max: Option<u64>, claimed: u64) {
    let count = crowd(200, 9_500);
    let base = warmed_up();
    let (pull, address) = pull(|pull| {
        if recv_max.is_none() {
            pull.set_recv_max(None);
        }
    });
    let before = memory();
    let peers: Vec<_> = (0..count)
        .map(|_| {
            let mut peer = RawPeer::connects(&address);
            let all = [&greeting(PUSH)[..], &prefix(claimed), b"four"].concat();
            assert!(peer.says(&all));
            peer
        })
        .collect();
    until("all are there", || pull.pipes() == count);
    // Whoever comes last is read last.
    let mut last = RawPeer::greets(&address, PUSH);
    last.sends(b"read");
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"read");
    if let (Some(before), Some(after)) = (before, memory()) {
        let each = after.each_since(before, count);
        println!("{count} peers claim {claimed} octets: {each} octets each");
        assert!(each < 8192, "{each}");
    }
    assert_eq!(pull.stats().broken, 0);
    drop((peers, last, pull));
    until("descriptors are back to base", || descriptors() <= base);
}

#[test]
fn fault_91_sockets_that_come_and_go_leave_nothing() {
    alone(
        "crowds::fault_91_sockets_that_come_and_go_leave_nothing",
        coming_and_going,
    );
}

fn coming_and_going() {
    let rounds = usual_or(300, 10_000);
    let base = warmed_up();
    let mut before = None;
    for round in 0..rounds {
        if round == rounds / 10 {
            before = memory();
        }
        let (push, (pull, address)) = (Push::new().unwrap(), pull(|_| ()));
        push.connect(&address).unwrap();
        push.send_timeout("hello", SOON).unwrap();
        pull.recv_timeout(SOON).unwrap();
    }
    until("descriptors are back to base", || descriptors() <= base);
    if let (Some(before), Some(after)) = (before, memory()) {
        let (before, after) = (before.resident, after.resident);
        let grown = after.saturating_sub(before);
        println!("{rounds} rounds: {grown} octets more than after a tenth of them, of {before}");
        assert!(grown < before / 10, "{grown} of {before}");
    }
}
