//! What flows through a pipe, and how it ends.

use std::io::Write;
use std::net::TcpStream;
use std::thread;

use socket2::SockRef;
use speedwell_transport::{End, EndpointOptions, ErrorKind, Message};

use crate::driver::{PULL, accept, dial, link, listen, listen_with, shake, until};

fn failure(end: Option<End>) -> ErrorKind {
    match end {
        Some(End::Failed(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn messages_of_all_sizes_pass_in_order() {
    let mut listener = listen("tcp://127.0.0.1:0").unwrap();
    let (mut push, mut pull) = link(&mut *listener);
    let sizes = [
        0,
        1,
        72,
        73,
        1000,
        65_535,
        65_536,
        65_537,
        1024 * 1024,
        0,
        5,
    ];
    thread::scope(|scope| {
        scope.spawn(|| {
            for (n, size) in (0..).zip(sizes) {
                push.send(&vec![n; size]);
            }
        });
        let (messages, _) = pull.receive(sizes.len());
        let sent = (0..)
            .zip(sizes)
            .map(|(n, size)| Message::from(vec![n; size]));
        assert!(messages.into_iter().eq(sent));
    });
}

#[test]
fn a_message_of_4_mib_passes_where_the_limit_allows_it() {
    // rfc: sp-wire W-19
    let mut options = EndpointOptions::default();
    options.recv_max = Some(4 * 1024 * 1024);
    let mut listener = listen_with("tcp://127.0.0.1:0", &options).unwrap();
    let (mut push, mut pull) = link(&mut *listener);
    let body: Vec<u8> = (0..=255).cycle().take(4 * 1024 * 1024).collect();
    thread::scope(|scope| {
        scope.spawn(|| push.send(&body));
        let (messages, _) = pull.receive(1);
        assert!(messages.len() == 1 && messages[0].body() == body);
    });
}

#[test]
fn a_message_over_the_limit_ends_the_pipe_behind_those_before_it() {
    // rfc: sp-wire W-19, W-26
    let mut listener = listen("tcp://127.0.0.1:0").unwrap();
    let (mut push, mut pull) = link(&mut *listener);
    thread::scope(|scope| {
        scope.spawn(|| {
            push.send(b"fits");
            push.send(&vec![0; 1024 * 1024 + 1]);
        });
        let (messages, end) = pull.receive(2);
        assert_eq!(messages, [Message::from("fits")]);
        assert_eq!(failure(end), ErrorKind::MessageTooLong);
        // The peer may still be sending: take it off its hands.
        let mut discarded = 0;
        until(|| {
            discarded += drain(&pull.halves.source);
            (discarded >= 1024 * 1024 - 64 * 1024).then_some(())
        });
    });
}

/// Reads what is there and forgets it, as the system does when a pipe is closed.
fn drain(source: &speedwell_transport::Source) -> usize {
    let speedwell_transport::Source::Os(source) = source else {
        panic!("tcp has a descriptor")
    };
    let mut buffer = vec![std::mem::MaybeUninit::uninit(); 64 * 1024];
    #[cfg(unix)]
    let handle = std::os::fd::AsFd::as_fd(source.handle());
    #[cfg(windows)]
    let handle = std::os::windows::io::AsSocket::as_socket(source.handle());
    SockRef::from(&handle).recv(&mut buffer).unwrap_or(0)
}

#[test]
fn fault_73_a_peer_that_sends_and_half_closes_loses_nothing() {
    // rfc: sp-tcp T-22, T-23
    let mut listener = listen("tcp://127.0.0.1:0").unwrap();
    let (mut push, mut pull) = link(&mut *listener);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..10_000_u32 {
                push.send(&n.to_be_bytes());
            }
            push.shutdown_write();
            let (answers, _) = push.receive(1);
            assert_eq!(answers, [Message::from("still here")]);
        });
        let (messages, end) = pull.receive(usize::MAX);
        let sent = (0..10_000_u32).map(|n| Message::from(n.to_be_bytes()));
        assert!(messages.into_iter().eq(sent));
        assert!(matches!(end, Some(End::Closed)));
        pull.send(b"still here");
    });
}

#[test]
fn a_peer_that_sends_and_closes_loses_nothing() {
    // rfc: sp-tcp T-22, T-24
    let mut listener = listen("tcp://127.0.0.1:0").unwrap();
    let (mut push, mut pull) = link(&mut *listener);
    push.send(&[7; 30_000]);
    push.send(b"last");
    drop(push);
    let (messages, end) = pull.receive(usize::MAX);
    assert_eq!(
        messages,
        [Message::from(vec![7; 30_000]), Message::from("last")]
    );
    assert!(matches!(end, Some(End::Closed)));
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
            assert_eq!(failure(end), ErrorKind::Disconnected);
        }
    }
}

#[test]
fn writing_to_a_peer_that_is_gone_is_an_error() {
    // rfc: sp-tcp T-21
    let mut listener = listen("tcp://127.0.0.1:0").unwrap();
    let (mut push, pull) = link(&mut *listener);
    drop(pull);
    let speedwell_transport::Tx::Stream { io, .. } = &mut push.halves.tx else {
        panic!("tcp is a stream")
    };
    let error = until(|| io.write(&[std::io::IoSlice::new(b"x")]).err());
    let error = speedwell_transport::Error::from_io("cannot send", error);
    assert_eq!(error.kind(), ErrorKind::Disconnected);
}

#[test]
fn a_connection_that_is_dropped_in_its_handshake_closes() {
    // rfc: sp-tcp T-24
    let mut listener = listen("tcp://127.0.0.1:0").unwrap();
    let dialed = dial(&listener.local_addr()).unwrap();
    drop(accept(&mut *listener).unwrap());
    let error = shake(dialed, PULL).map(|pipe| pipe.peer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
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
