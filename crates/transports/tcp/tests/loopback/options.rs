//! What the sockets of a pipe were told.
#![cfg(unix)]

use std::time::Duration;

use socket2::SockRef;
use speedwell_tcp::TcpOptions;
use speedwell_transport::{EndpointOptions, Source};

use crate::driver::{Pipe, accept, dialer_with, join, listen_with, settle};

fn linked_with(options: &EndpointOptions) -> [Pipe; 2] {
    let mut listener = listen_with("tcp://127.0.0.1:0", options).unwrap();
    let mut dialer = dialer_with(listener.local_addr().as_str(), options).unwrap();
    let dialed = settle(|cx| dialer.poll_dial(cx)).unwrap();
    join(dialed, accept(&mut *listener).unwrap()).into()
}

fn with_socket<T>(pipe: &Pipe, look: impl FnOnce(SockRef<'_>) -> T) -> T {
    let Source::Os(source) = &pipe.halves.source else {
        panic!("tcp has a descriptor")
    };
    look(SockRef::from(&source.handle().as_fd()))
}

#[test]
fn without_options_small_messages_go_at_once_and_nothing_is_probed() {
    // rfc: sp-tcp T-11, T-12
    for pipe in linked_with(&EndpointOptions::default()) {
        with_socket(&pipe, |socket| {
            assert!(socket.tcp_nodelay().unwrap());
            assert!(!socket.keepalive().unwrap());
        });
    }
}

#[test]
fn options_reach_both_the_dialed_and_the_accepted_socket() {
    // rfc: sp-tcp T-11, T-12, T-14
    let mut tcp = TcpOptions::default();
    tcp.nodelay = false;
    tcp.keepalive = Some(Duration::from_secs(42));
    let mut options = EndpointOptions::default();
    options.set(tcp);
    options.send_buffer = Some(30_000);
    options.recv_buffer = Some(30_000);
    for pipe in linked_with(&options) {
        with_socket(&pipe, |socket| {
            assert!(!socket.tcp_nodelay().unwrap());
            assert!(socket.keepalive().unwrap());
            let sizes = [socket.send_buffer_size(), socket.recv_buffer_size()];
            for size in sizes.map(Result::unwrap) {
                // Some systems double it, for their own needs.
                assert!((30_000..=60_000).contains(&size), "{size}");
            }
        });
    }
}

#[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd"))]
#[test]
fn the_silence_before_a_probe_is_whole_seconds() {
    // rfc: sp-tcp T-12
    for (asked, set) in [(0, 1), (10, 1), (42_000, 42)] {
        let mut tcp = TcpOptions::default();
        tcp.keepalive = Some(Duration::from_millis(asked));
        let mut options = EndpointOptions::default();
        options.set(tcp);
        for pipe in linked_with(&options) {
            let silence = with_socket(&pipe, |socket| socket.tcp_keepalive_time());
            assert_eq!(silence.unwrap(), Duration::from_secs(set));
        }
    }
}

#[test]
fn fault_93_absurd_buffers_are_taken_for_what_the_system_allows() {
    // rfc: sp-tcp T-14
    for octets in [0, 1, usize::MAX] {
        let mut options = EndpointOptions::default();
        options.send_buffer = Some(octets);
        options.recv_buffer = Some(octets);
        linked_with(&options);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn fault_67_sockets_are_closed_on_exec_and_never_block() {
    // rfc: sp-tcp T-15
    use speedwell_tcp::Tcp;
    use speedwell_testkit::loopback::promises;

    promises::sockets_are_closed_on_exec_and_never_block(&Tcp::new(), "tcp://127.0.0.1:0");
}
