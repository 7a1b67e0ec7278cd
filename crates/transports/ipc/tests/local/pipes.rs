//! What flows through a pipe, and how it ends.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;

use speedwell_ipc::Ipc;
use speedwell_testkit::loopback::{PULL, PUSH, promises};
use speedwell_transport::{End, ErrorKind, Message};

use crate::driver::{Place, accept, dial, listen, shake};

#[test]
fn messages_of_all_sizes_pass_in_order() {
    let place = Place::new();
    promises::messages_of_all_sizes_pass_in_order(&Ipc::new(), &place.addr("a"));
}

#[test]
fn a_message_of_4_mib_passes_where_the_limit_allows_it() {
    // rfc: sp-wire W-19
    let place = Place::new();
    promises::a_message_of_4_mib_passes_where_the_limit_allows_it(&Ipc::new(), &place.addr("a"));
}

#[test]
fn a_message_over_the_limit_ends_the_pipe_behind_those_before_it() {
    // rfc: sp-wire W-19, W-26
    let place = Place::new();
    promises::a_message_over_the_limit_ends_the_pipe_behind_those_before_it(
        &Ipc::new(),
        &place.addr("a"),
    );
}

#[test]
fn fault_73_a_peer_that_sends_and_half_closes_loses_nothing() {
    // rfc: sp-ipc C-24
    let place = Place::new();
    promises::a_peer_that_sends_and_half_closes_loses_nothing(&Ipc::new(), &place.addr("a"));
}

#[test]
fn a_peer_that_sends_and_closes_loses_nothing() {
    // rfc: sp-ipc C-24
    let place = Place::new();
    promises::a_peer_that_sends_and_closes_loses_nothing(&Ipc::new(), &place.addr("a"));
}

#[test]
fn writing_to_a_peer_that_is_gone_is_an_error() {
    // rfc: sp-ipc C-24
    let place = Place::new();
    promises::writing_to_a_peer_that_is_gone_is_an_error(&Ipc::new(), &place.addr("a"));
}

#[test]
fn a_connection_that_is_dropped_in_its_handshake_closes() {
    // rfc: sp-ipc C-24
    let place = Place::new();
    promises::a_connection_that_is_dropped_in_its_handshake_closes(&Ipc::new(), &place.addr("a"));
}

#[test]
fn a_listener_that_is_dropped_leaves_its_connections() {
    // rfc: sp-ipc C-24
    let place = Place::new();
    promises::a_listener_that_is_dropped_leaves_its_connections(&Ipc::new(), &place.addr("a"));
}

#[cfg(target_os = "linux")]
#[test]
fn fault_67_sockets_are_closed_on_exec_and_never_block() {
    // rfc: sp-ipc C-16
    let place = Place::new();
    promises::sockets_are_closed_on_exec_and_never_block(&Ipc::new(), &place.addr("a"));
}

/// A peer that is only octets, in its handshake.
fn raw(place: &Place) -> (UnixStream, Box<dyn speedwell_transport::Conn>) {
    let mut listener = listen(&place.addr("a")).unwrap();
    let mut raw = UnixStream::connect(place.path("a")).unwrap();
    raw.write_all(b"\0SP\0\x00\x50\0\0").unwrap();
    (raw, accept(&mut *listener).unwrap())
}

#[test]
fn fault_73_a_peer_that_connects_and_closes_at_once_leaves_no_trace() {
    // rfc: sp-ipc C-23
    let place = Place::new();
    let mut listener = listen(&place.addr("a")).unwrap();
    for _ in 0..100 {
        drop(UnixStream::connect(place.path("a")).unwrap());
    }
    let dialed = dial(&place.addr("a")).unwrap();
    let (mut push, mut pull) = thread::scope(|scope| {
        let push = scope.spawn(|| shake(dialed, PUSH).unwrap());
        let next = || shake(accept(&mut *listener).unwrap(), PULL);
        let pull = std::iter::repeat_with(next).find_map(|shaken| match shaken {
            Ok(pull) => Some(pull),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Disconnected);
                None
            }
        });
        (push.join().unwrap(), pull.unwrap())
    });
    push.send(b"hello");
    assert_eq!(pull.receive(1).0, [Message::from("hello")]);
}

#[test]
fn each_message_has_nine_octets_before_it() {
    // rfc: sp-wire W-14, W-16
    let place = Place::new();
    let (mut raw, conn) = raw(&place);
    raw.write_all(b"\x01\0\0\0\0\0\0\0\x02hi").unwrap();
    let mut pull = shake(conn, PULL).unwrap();
    assert_eq!(pull.receive(1).0, [Message::from("hi")]);
    pull.send(b"ho");
    drop(pull);
    let mut heard = Vec::new();
    raw.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, b"\0SP\0\x00\x51\0\0\x01\0\0\0\0\0\0\0\x02ho");
}

#[test]
fn fault_13_another_type_octet_ends_the_pipe() {
    // rfc: sp-wire W-15
    for octet in (0..=255).filter(|octet| *octet != 1) {
        let place = Place::new();
        let (mut raw, conn) = raw(&place);
        raw.write_all(&[octet]).unwrap();
        let mut pull = shake(conn, PULL).unwrap();
        let (messages, end) = pull.receive(1);
        assert!(messages.is_empty());
        assert!(
            matches!(end, Some(End::Failed(error)) if error.kind() == ErrorKind::BadPeer),
            "{octet}"
        );
    }
}
