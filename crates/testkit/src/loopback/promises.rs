//! What every pipe over a byte stream promises, as bodies of tests: each panics where a promise is
//! broken. Never names a transport: it is given one, and an address to listen at.
//! Obeys `rfc/sp-wire.md` sections 3 and 6.

use std::io;
use std::thread;

#[cfg(target_os = "linux")]
use speedwell_transport::Source;
use speedwell_transport::{End, EndpointOptions, Error, ErrorKind, Message, Transport};

use super::{PULL, Pipe, accept, dial, link, listen, shake, until};

fn failure(end: Option<End>) -> ErrorKind {
    match end {
        Some(End::Failed(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

/// A listener and a pipe through it; the listener goes at once.
fn pipe(transport: &dyn Transport, at: &str, options: &EndpointOptions) -> (Pipe, Pipe) {
    link(transport, &mut *listen(transport, at, options).unwrap())
}

/// Empty, small, large and again small ones.
pub fn messages_of_all_sizes_pass_in_order(transport: &dyn Transport, at: &str) {
    let (mut push, mut pull) = pipe(transport, at, &EndpointOptions::default());
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

/// What is over the usual limit passes when the receiver is told to take it.
pub fn a_message_of_4_mib_passes_where_the_limit_allows_it(transport: &dyn Transport, at: &str) {
    let mut options = EndpointOptions::default();
    options.recv_max = Some(4 * 1024 * 1024);
    let (mut push, mut pull) = pipe(transport, at, &options);
    let body: Vec<u8> = (0..=255).cycle().take(4 * 1024 * 1024).collect();
    thread::scope(|scope| {
        scope.spawn(|| push.send(&body));
        let (messages, _) = pull.receive(1);
        assert!(messages.iter().map(Message::body).eq([&body[..]]));
    });
}

/// What came before is delivered first.
pub fn a_message_over_the_limit_ends_the_pipe_behind_those_before_it(
    transport: &dyn Transport,
    at: &str,
) {
    let (mut push, mut pull) = pipe(transport, at, &EndpointOptions::default());
    thread::scope(|scope| {
        scope.spawn(move || {
            push.send(b"fits");
            // The peer closes in the middle of it.
            let _ = push.try_send(&vec![0; 1024 * 1024 + 1]);
        });
        let (messages, end) = pull.receive(2);
        assert_eq!(messages, [Message::from("fits")]);
        assert_eq!(failure(end), ErrorKind::MessageTooLong);
        drop(pull);
    });
}

/// The end of one direction loses nothing that came before it, and leaves the other open.
pub fn a_peer_that_sends_and_half_closes_loses_nothing(transport: &dyn Transport, at: &str) {
    let (mut push, mut pull) = pipe(transport, at, &EndpointOptions::default());
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

/// The end of a connection loses nothing that came before it.
pub fn a_peer_that_sends_and_closes_loses_nothing(transport: &dyn Transport, at: &str) {
    let (mut push, mut pull) = pipe(transport, at, &EndpointOptions::default());
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

/// It is neither a signal nor silence.
pub fn writing_to_a_peer_that_is_gone_is_an_error(transport: &dyn Transport, at: &str) {
    let (mut push, pull) = pipe(transport, at, &EndpointOptions::default());
    drop(pull);
    let error: io::Error = until(|| push.try_send(b"x").err());
    let error = Error::from_io("cannot send", error);
    assert_eq!(error.kind(), ErrorKind::Disconnected);
}

/// The peer sees the end.
pub fn a_connection_that_is_dropped_in_its_handshake_closes(transport: &dyn Transport, at: &str) {
    let mut listener = listen(transport, at, &EndpointOptions::default()).unwrap();
    let dialed = dial(transport, &listener.local_addr()).unwrap();
    drop(accept(&mut *listener).unwrap());
    let error = shake(dialed, PULL).map(|pipe| pipe.peer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
}

/// A pipe does not need the listener that it came from.
pub fn a_listener_that_is_dropped_leaves_its_connections(transport: &dyn Transport, at: &str) {
    let mut listener = listen(transport, at, &EndpointOptions::default()).unwrap();
    let address = listener.local_addr();
    let (mut push, mut pull) = link(transport, &mut *listener);
    drop(listener);
    let error = dial(transport, &address).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    push.send(b"still here");
    assert_eq!(pull.receive(1).0, [Message::from("still here")]);
}

/// Neither the dialed nor the accepted socket.
#[cfg(target_os = "linux")]
pub fn sockets_are_closed_on_exec_and_never_block(transport: &dyn Transport, at: &str) {
    use std::os::fd::AsRawFd;

    let (push, pull) = pipe(transport, at, &EndpointOptions::default());
    for pipe in [push, pull] {
        let Source::Os(source) = &pipe.halves.source else {
            panic!("no descriptor")
        };
        let number = source.handle().as_fd().as_raw_fd();
        let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap();
        let mut lines = info.lines();
        let flags = lines.find_map(|line| line.strip_prefix("flags:")).unwrap();
        let flags = u32::from_str_radix(flags.trim(), 8).unwrap();
        assert_eq!(flags & 0o2_004_000, 0o2_004_000, "O_CLOEXEC and O_NONBLOCK");
    }
}
