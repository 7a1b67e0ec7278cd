//! Messages flow between sockets over ipc, whoever comes first and whoever comes again.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use speedwell::{ErrorKind, IpcOptions, Pair, Pull, Push};
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(10);

/// An address in a directory of the test's own.
fn place() -> (TempDir, String) {
    let place = tempfile::tempdir().unwrap();
    let address = format!("ipc://{}", place.path().join("a").display());
    (place, address)
}

#[test]
fn a_pair_talks_both_ways() {
    let (_place, address) = place();
    let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
    left.set_recv_max(None);
    left.bind(&address).unwrap();
    right.connect(&address).unwrap();
    for body in [vec![], vec![1], vec![7; 4 << 20]] {
        right.send(body.clone()).unwrap();
        assert_eq!(left.recv_timeout(SOON).unwrap().body(), body);
    }
    left.send("and back").unwrap();
    assert_eq!(right.recv_timeout(SOON).unwrap().body(), b"and back");
}

#[test]
fn a_stream_of_messages_keeps_its_order_and_closes_clean() {
    let (place, address) = place();
    let pull = Pull::new().unwrap();
    pull.bind(&address).unwrap();
    let push = Push::new().unwrap();
    push.connect(&address).unwrap();
    let sender = std::thread::spawn(move || {
        for number in 0..50_000_u64 {
            push.send(number.to_be_bytes()).unwrap();
        }
        push.close()
    });
    for number in 0..50_000_u64 {
        let message = pull.recv_timeout(SOON).unwrap();
        assert_eq!(message.body(), number.to_be_bytes());
    }
    assert!(sender.join().unwrap().is_clean());
    pull.close();
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}

// rfc: sp-endpoint E-04
// rfc: sp-ipc C-08, C-17
#[test]
fn fault_60_a_dialer_finds_each_listener_that_comes_again() {
    let (place, address) = place();
    let push = Push::new().unwrap();
    push.set_reconnect(Duration::from_millis(1), Duration::ZERO);
    push.connect(&address).unwrap();
    let start = Instant::now();
    for number in 0..50_u64 {
        if number % 2 == 1 {
            // The listener before was killed, and its file is there still.
            drop(UnixListener::bind(place.path().join("a")).unwrap());
        }
        let pull = Pull::new().unwrap();
        pull.bind(&address).unwrap();
        push.send_timeout(number.to_be_bytes(), SOON).unwrap();
        let message = pull.recv_timeout(SOON).unwrap();
        assert_eq!(message.body(), number.to_be_bytes());
        pull.close();
    }
    println!("50 listeners in {:?}", start.elapsed());
}

// rfc: sp-ipc C-08
#[test]
fn one_address_has_one_listener() {
    let (_place, address) = place();
    let (first, second) = (Pull::new().unwrap(), Pull::new().unwrap());
    first.bind(&address).unwrap();
    let error = second.bind(&address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().contains("somebody listens there"));
    assert!(first.bind(&address).is_err());
}

// rfc: sp-ipc C-17
#[test]
fn fault_77_a_pair_that_dials_its_own_address_is_refused_and_open_to_others() {
    let (_place, address) = place();
    let (pair, peer) = (Pair::new().unwrap(), Pair::new().unwrap());
    let endpoint = pair.bind(&address).unwrap();
    let own = pair.connect(endpoint.address()).unwrap();
    // One end of such a connection has the place of the peer, so the other is refused.
    let refused = Instant::now();
    while pair.stats().rejected == 0 {
        assert!(refused.elapsed() < SOON, "{:?}", pair.stats());
        std::thread::yield_now();
    }
    own.close();
    peer.connect(&address).unwrap();
    peer.send_timeout("hello", SOON).unwrap();
    assert_eq!(pair.recv_timeout(SOON).unwrap().body(), b"hello");
}

// rfc: sp-ipc C-13
#[test]
fn the_options_of_a_socket_reach_the_file() {
    let (place, address) = place();
    let pull = Pull::new().unwrap();
    let mut ipc = IpcOptions::default();
    ipc.mode = Some(0o606);
    pull.set_transport_options(ipc);
    pull.bind(&address).unwrap();
    let found = fs::metadata(place.path().join("a")).unwrap();
    assert_eq!(found.permissions().mode() & 0o7777, 0o606);
}

#[cfg(target_os = "linux")]
#[test]
fn names_without_files_are_addresses_too() {
    let address = format!("abstract://speedwell%20{}", std::process::id());
    let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
    left.connect(&address).unwrap();
    right.bind(&address).unwrap();
    left.send("hello").unwrap();
    assert_eq!(right.recv_timeout(SOON).unwrap().body(), b"hello");
}

// rfc: sp-ipc C-18, sp-monitor M-21
#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn who_runs_a_peer_is_said_before_it_is_let_in() {
    use speedwell::Event;

    let (place, address) = place();
    let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
    left.require_approval(true);
    let events = left.events();
    left.bind(&address).unwrap();
    right.connect(&address).unwrap();
    let request = loop {
        if let Event::Request(request) = events.next_timeout(SOON).unwrap() {
            break request;
        }
    };
    let who = request.peer().credentials.unwrap();
    let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(place.path()).unwrap());
    assert_eq!((who.uid, who.pid), (owner, Some(std::process::id())));
    assert!(request.accept());
    right.send("it is me").unwrap();
    assert_eq!(left.recv_timeout(SOON).unwrap().body(), b"it is me");
}
