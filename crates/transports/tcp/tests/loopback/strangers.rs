//! Peers that speak something else.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use socket2::SockRef;
use speedwell_transport::{ErrorKind, Listener, Message};

use crate::driver::{PULL, PUSH, Pipe, accept, dial, link, listen, shake, until};

const STRANGERS: [(&str, &[u8]); 5] = [
    ("HTTP", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    (
        "TLS",
        b"\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03................................\
          \x00\x00\x02\x13\x01\x01\x00",
    ),
    (
        "ZMTP",
        b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ),
    ("SSH", b"SSH-2.0-OpenSSH_9.9\r\n"),
    ("nothing", b""),
];

#[test]
fn fault_04_strangers_are_refused_at_their_first_octets() {
    // rfc: sp-wire W-03, W-05, W-07
    let mut listener = listen("tcp://127.0.0.1:0").unwrap();
    let at = listener.local_addr().location().to_owned();
    let (mut push, mut pull) = link(&mut *listener);
    for (who, says) in STRANGERS {
        let mut stranger = TcpStream::connect(&at).unwrap();
        stranger
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stranger.write_all(says).unwrap();
        if says.is_empty() {
            stranger.shutdown(std::net::Shutdown::Write).unwrap();
        }
        let conn = accept(&mut *listener).unwrap();
        let error = shake(conn, PULL).map(|pipe| pipe.peer).unwrap_err();
        let kind = if says.is_empty() {
            ErrorKind::Disconnected
        } else {
            ErrorKind::BadPeer
        };
        assert_eq!(error.kind(), kind, "{who}");

        let mut heard = Vec::new();
        // The end may be a reset, for it did not read everything.
        let _ = stranger.read_to_end(&mut heard);
        assert!(
            b"\0SP\0\x00\x51\0\0".starts_with(&heard[..]),
            "{who} heard {heard:?}"
        );

        push.send(who.as_bytes());
        assert_eq!(pull.receive(1).0, [Message::from(who)]);
    }
}

/// By a FIN and by a RST, before it is accepted and while it waits to be.
#[test]
fn fault_73_a_peer_that_connects_and_closes_at_once_leaves_no_trace() {
    // rfc: sp-tcp T-18, T-24
    let mut listener = listen("tcp://127.0.0.1:0").unwrap();
    let at = listener.local_addr().location().to_owned();
    for resets in [false, true] {
        for _ in 0..100 {
            let stranger = TcpStream::connect(&at).unwrap();
            if resets {
                let socket = SockRef::from(&stranger);
                socket.set_linger(Some(Duration::ZERO)).unwrap();
            }
        }
    }
    let (mut push, mut pull) = link_among_the_gone(&mut *listener);
    push.send(b"hello");
    assert_eq!(pull.receive(1).0, [Message::from("hello")]);
}

/// Links behind connections of which nothing is left: their handshakes fail, and nothing else.
fn link_among_the_gone(listener: &mut dyn Listener) -> (Pipe, Pipe) {
    let dialed = dial(&listener.local_addr()).unwrap();
    thread::scope(|scope| {
        let push = scope.spawn(|| shake(dialed, PUSH).unwrap());
        let pull = until(|| match shake(accept(listener).unwrap(), PULL) {
            Ok(pull) => Some(pull),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Disconnected);
                None
            }
        });
        (push.join().unwrap(), pull)
    })
}
