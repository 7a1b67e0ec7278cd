//! What flows through a pipe, and how it ends.

use std::io::Write;
use std::net::TcpStream;
use std::thread;

use socket2::SockRef;
use speedwell_tcp::Tcp;
use speedwell_testkit::loopback::promises;
use speedwell_transport::{End, ErrorKind, Message};

use crate::driver::{PULL, accept, link, listen, shake};

const ANYWHERE: &str = "tcp://127.0.0.1:0";

#[test]
fn messages_of_all_sizes_pass_in_order() {
    promises::messages_of_all_sizes_pass_in_order(&Tcp::new(), ANYWHERE);
}

#[test]
fn a_message_of_4_mib_passes_where_the_limit_allows_it() {
    // rfc: sp-wire W-19
    promises::a_message_of_4_mib_passes_where_the_limit_allows_it(&Tcp::new(), ANYWHERE);
}

#[test]
fn a_message_over_the_limit_ends_the_pipe_behind_those_before_it() {
    // rfc: sp-wire W-19, W-26
    promises::a_message_over_the_limit_ends_the_pipe_behind_those_before_it(&Tcp::new(), ANYWHERE);
}

#[test]
fn fault_73_a_peer_that_sends_and_half_closes_loses_nothing() {
    // rfc: sp-tcp T-22, T-23
    promises::a_peer_that_sends_and_half_closes_loses_nothing(&Tcp::new(), ANYWHERE);
}

#[test]
fn a_peer_that_sends_and_closes_loses_nothing() {
    // rfc: sp-tcp T-22, T-24
    promises::a_peer_that_sends_and_closes_loses_nothing(&Tcp::new(), ANYWHERE);
}

#[test]
fn writing_to_a_peer_that_is_gone_is_an_error() {
    // rfc: sp-tcp T-21
    promises::writing_to_a_peer_that_is_gone_is_an_error(&Tcp::new(), ANYWHERE);
}

#[test]
fn a_connection_that_is_dropped_in_its_handshake_closes() {
    // rfc: sp-tcp T-24
    promises::a_connection_that_is_dropped_in_its_handshake_closes(&Tcp::new(), ANYWHERE);
}

/// An address of its own, so that no other test takes the port when it is free.
#[cfg(target_os = "linux")]
#[test]
fn a_listener_that_is_dropped_leaves_its_connections() {
    // rfc: sp-tcp T-25
    promises::a_listener_that_is_dropped_leaves_its_connections(&Tcp::new(), "tcp://127.0.0.25:0");
}

/// In the prefix, in a short message and in one that is read straight into its own memory.
#[test]
fn fault_12_an_end_in_the_middle_of_a_message() {
    // rfc: sp-wire W-25, W-26
    let long = [&[0, 0, 0, 0, 0, 8, 0, 0][..], &[7; 200_000]].concat();
    for half in [&b"\0\0\0"[..], b"\0\0\0\0\0\0\0\x09half", &long] {
        for resets in [false, true] {
            let mut listener = listen("tcp://127.0.0.1:0").unwrap();
            let at = listener.local_addr().location().to_owned();
            let mut raw = TcpStream::connect(at).unwrap();
            let conn = accept(&mut *listener).unwrap();
            raw.write_all(b"\0SP\0\x00\x50\0\0\0\0\0\0\0\0\0\x02hi")
                .unwrap();
            let mut pull = shake(conn, PULL).unwrap();
            thread::scope(|scope| {
                scope.spawn(|| raw.write_all(half).unwrap());
                assert_eq!(pull.receive(1).0, [Message::from("hi")]);
            });
            if resets {
                let socket = SockRef::from(&raw);
                socket.set_linger(Some(std::time::Duration::ZERO)).unwrap();
            }
            drop(raw);
            let (messages, end) = pull.receive(1);
            assert!(messages.is_empty());
            assert!(
                matches!(end, Some(End::Failed(error)) if error.kind() == ErrorKind::Disconnected)
            );
        }
    }
}

#[test]
fn more_slices_than_the_system_takes_are_less_work_and_no_error() {
    let mut listener = listen("tcp://127.0.0.1:0").unwrap();
    let (mut push, mut pull) = link(&mut *listener);
    let frames = b"\0\0\0\0\0\0\0\0".repeat(375);
    let octets: Vec<_> = frames.chunks(1).map(std::io::IoSlice::new).collect();
    let speedwell_transport::Tx::Stream { io, .. } = &mut push.halves.tx else {
        panic!("tcp is a stream")
    };
    let mut sent = 0;
    while sent < octets.len() {
        sent += io.write(&octets[sent..]).unwrap();
    }
    assert_eq!(pull.receive(375).0, vec![Message::new(); 375]);
}
