//! Messages from nothing to many MiB, over each transport.

use std::thread;

use speedwell::{Bytes, Message, Pair, RawPair};

use crate::watch::SOON;

/// Two connected PAIRs without a limit on what they receive.
fn linked(address: &str) -> (Pair, Pair) {
    let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
    left.set_recv_max(None);
    right.set_recv_max(None);
    let endpoint = left.bind(address).unwrap();
    right.connect(endpoint.address()).unwrap();
    (left, right)
}

/// Octets that no shift or cut leaves alike.
fn body(octets: usize) -> Vec<u8> {
    (0..=250).cycle().take(octets).collect()
}

#[test]
fn four_mebioctets_go_both_ways_at_once() {
    for address in ["tcp://127.0.0.1:0", "inproc://large"] {
        let (left, right) = linked(address);
        let large = body(4 << 20);
        thread::scope(|scope| {
            for (one, other) in [(&left, &right), (&right, &left)] {
                scope.spawn(|| {
                    for _ in 0..3 {
                        one.send_timeout(large.clone(), SOON).unwrap();
                    }
                });
                scope.spawn(|| {
                    for _ in 0..3 {
                        assert!(other.recv_timeout(SOON).unwrap().body() == large);
                    }
                });
            }
        });
    }
}

#[test]
fn empty_messages_arrive_one_by_one() {
    for address in ["tcp://127.0.0.1:0", "inproc://empty"] {
        let (left, right) = linked(address);
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    left.send_timeout("", SOON).unwrap();
                }
                left.send_timeout("the end", SOON).unwrap();
            });
            for _ in 0..10_000 {
                assert_eq!(right.recv_timeout(SOON).unwrap().body(), b"");
            }
            assert_eq!(right.recv_timeout(SOON).unwrap().body(), b"the end");
        });
    }
}

#[test]
fn sizes_around_each_border_arrive_whole_and_in_order() {
    let borders = [
        1,
        64,
        72,
        512,
        1024,
        16 << 10,
        32 << 10,
        64 << 10,
        128 << 10,
        256 << 10,
        1 << 20,
    ];
    let sizes: Vec<_> = borders
        .iter()
        .flat_map(|size| size - 1..=size + 1)
        .collect();
    for address in ["tcp://127.0.0.1:0", "inproc://sizes"] {
        let (left, right) = linked(address);
        thread::scope(|scope| {
            scope.spawn(|| {
                for size in &sizes {
                    left.send_timeout(body(*size), SOON).unwrap();
                }
            });
            for size in &sizes {
                let message = right.recv_timeout(SOON).unwrap();
                assert!(message.body() == body(*size), "{address}: {size}");
            }
        });
    }
}

// rfc: sp-pair P-05
#[test]
fn a_raw_header_arrives_in_front_of_the_body() {
    let (raw, cooked) = (RawPair::new().unwrap(), Pair::new().unwrap());
    let endpoint = cooked.bind("tcp://127.0.0.1:0").unwrap();
    raw.connect(endpoint.address()).unwrap();
    let message = Message::with_header(b"head", Bytes::from_static(b"body"));
    raw.send_timeout(message.clone(), SOON).unwrap();
    assert_eq!(cooked.recv_timeout(SOON).unwrap().body(), b"headbody");
    let refused = cooked.send_timeout(message.clone(), SOON).unwrap_err();
    assert_eq!(refused.kind(), speedwell::ErrorKind::BadHeader);
    assert_eq!(refused.into_message(), message);
}
