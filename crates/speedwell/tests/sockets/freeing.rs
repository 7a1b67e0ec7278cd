//! Addresses and names are free again as soon as their endpoint is closed.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use speedwell::{Pair, Pull, Push, TransportErrorKind};

use crate::watch::SOON;

// rfc: sp-endpoint E-07 E-63
#[test]
fn a_closed_endpoint_frees_its_address_at_once_while_peers_knock() {
    let pull = Pull::new().unwrap();
    let first = pull.bind("tcp://127.0.0.1:0").unwrap();
    let address = first.address().to_owned();
    let at = address.trim_start_matches("tcp://");
    first.close();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    let _ = TcpStream::connect(at);
                }
            });
        }
        let mut failures = 0;
        for _ in 0..1000 {
            match pull.bind(&address) {
                Ok(endpoint) => endpoint.close(),
                Err(_) => failures += 1,
            }
        }
        is_over.store(true, Ordering::SeqCst);
        assert_eq!(failures, 0, "of 1000 attempts to have the address again");
    });
}

// rfc: sp-endpoint E-07
#[test]
fn a_closed_endpoint_ends_its_pipes_and_no_others() {
    let pull = Pull::new().unwrap();
    let going = pull.bind("tcp://127.0.0.1:0").unwrap();
    let staying = pull.bind("inproc://staying").unwrap();
    let (lonely, happy) = (Push::new().unwrap(), Push::new().unwrap());
    lonely.connect(going.address()).unwrap();
    happy.connect(staying.address()).unwrap();
    for push in [&lonely, &happy] {
        push.send_timeout("both are connected", SOON).unwrap();
        pull.recv_timeout(SOON).unwrap();
    }
    going.close();
    assert!(going.status().is_none());
    assert_eq!((pull.pipes(), staying.status().unwrap().pipes), (1, 1));
    happy.send_timeout("still here", SOON).unwrap();
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"still here");
    going.close();
}

#[test]
fn a_taken_address_is_refused_and_its_owner_not_disturbed() {
    for address in ["tcp://127.0.0.1:0", "inproc://taken"] {
        let owner = Pair::new().unwrap();
        let endpoint = owner.bind(address).unwrap();
        let other = Pair::new().unwrap();
        let error = other.bind(endpoint.address()).unwrap_err();
        let kind = error.transport().unwrap().kind();
        assert_eq!(kind, TransportErrorKind::AddressInUse);
        other.connect(endpoint.address()).unwrap();
        other.send_timeout("then like this", SOON).unwrap();
        assert_eq!(owner.recv_timeout(SOON).unwrap().body(), b"then like this");
    }
}
