//! Where one can listen and connect.

use std::net::SocketAddr;

use proptest::prelude::*;
use socket2::{Domain, Socket, Type};
use speedwell_tcp::{Tcp, TcpOptions};
use speedwell_transport::{
    Addr, Blame, EndpointOptions, Env, ErrorKind, Message, ProtocolId, Transport,
};

use crate::driver::{
    accept, addr, dial, dialer, dialer_with, join, link, listen, listen_with, settle,
};

fn port_of(text: &str) -> u16 {
    text.rsplit_once(':').unwrap().1.parse().unwrap()
}

fn ipv4_only() -> EndpointOptions {
    let mut tcp = TcpOptions::default();
    tcp.ipv4_only = true;
    let mut options = EndpointOptions::default();
    options.set(tcp);
    options
}

#[test]
fn fault_64_the_bound_port_can_be_read_and_connected_to() {
    // rfc: sp-tcp T-06
    for host in ["127.0.0.1", "[::1]"] {
        let mut listener = match listen(&format!("tcp://{host}:0")) {
            Ok(listener) => listener,
            // This host has no IPv6.
            Err(error) => return assert_eq!(error.kind(), ErrorKind::AddressNotAvailable),
        };
        let local = listener.local_addr();
        assert!(local.as_str().starts_with(&format!("tcp://{host}:")));
        assert_ne!(port_of(local.as_str()), 0);

        let (mut push, mut pull) = link(&mut *listener);
        assert_eq!(push.peer.address.as_ref(), Some(&local));
        let from = pull.peer.address.clone().unwrap();
        assert!(from.as_str().starts_with(&format!("tcp://{host}:")));
        push.send(b"hello");
        assert_eq!(pull.receive(1).0, [Message::from("hello")]);
    }
}

#[test]
fn a_listener_for_every_address_takes_both_versions() {
    // rfc: sp-tcp T-07, T-10
    let mut listener = listen("tcp://*:0").unwrap();
    let local = listener.local_addr();
    let port = port_of(local.as_str());
    let mut hosts = vec!["127.0.0.1", "0.0.0.0"];
    if local.as_str().starts_with("tcp://[::]:") {
        hosts.extend(["[::1]", "[::]"]);
    }
    for host in hosts {
        let dialed = dial(&addr(&format!("tcp://{host}:{port}"))).unwrap();
        let (push, pull) = join(dialed, accept(&mut *listener).unwrap());
        assert_eq!(push.peer.protocol, ProtocolId::PULL);
        // A peer that came over IPv4 is shown as what it is.
        let from = pull.peer.address.unwrap();
        let is_v4 = from.as_str().starts_with("tcp://127.0.0.1:");
        assert_eq!(is_v4, !host.starts_with('['), "{from}");
    }
}

#[test]
fn with_ipv4_alone_every_address_is_ipv4() {
    // rfc: sp-tcp T-07, T-13
    let listener = listen_with("tcp://*:0", &ipv4_only()).unwrap();
    let local = listener.local_addr();
    assert!(local.as_str().starts_with("tcp://0.0.0.0:"));
    for refused in [
        listen_with("tcp://[::1]:0", &ipv4_only()).map(drop),
        dialer_with("tcp://[::1]:5", &ipv4_only()).map(drop),
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidAddress);
    }
}

#[test]
fn what_is_no_address_is_refused_at_once() {
    // rfc: sp-tcp T-01, T-05, T-08, T-09
    for text in ["tcp://", "tcp://127.0.0.1", "tcp://::1:5"] {
        let refused = [listen(text).map(drop), dialer(text).map(drop)];
        for refused in refused {
            assert_eq!(
                refused.unwrap_err().kind(),
                ErrorKind::InvalidAddress,
                "{text}"
            );
        }
    }
    for text in ["tcp://*:5", "tcp://127.0.0.1:0"] {
        let refused = dialer(text).map(drop).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidAddress, "{text}");
    }
    let refused = listen("tcp://localhost:5").map(drop).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AddressNotAvailable);
}

#[test]
fn nobody_listening_is_refused_and_the_dialer_goes_on() {
    // rfc: sp-tcp T-17, T-19
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    let taken = socket.local_addr().unwrap().as_socket().unwrap();
    let mut dialer = dialer(&format!("tcp://{taken}")).unwrap();
    for _ in 0..3 {
        let error = settle(|cx| dialer.poll_dial(cx)).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(error.to_string().contains(&taken.to_string()));
    }
    socket.listen(1).unwrap();
    dialer.abandon();
    assert!(settle(|cx| dialer.poll_dial(cx)).is_ok());
}

#[test]
fn fault_77_one_address_twice_is_two_pipes() {
    // rfc: sp-tcp T-17
    let mut listener = listen("tcp://127.0.0.1:0").unwrap();
    let mut dialer = dialer(listener.local_addr().as_str()).unwrap();
    let first = settle(|cx| dialer.poll_dial(cx)).unwrap();
    let second = settle(|cx| dialer.poll_dial(cx)).unwrap();
    for _ in [&first, &second] {
        accept(&mut *listener).unwrap();
    }
}

#[test]
fn fault_63_a_port_in_use_is_refused() {
    // rfc: sp-tcp T-16
    let held = listen("tcp://127.0.0.1:0").unwrap();
    let error = listen(held.local_addr().as_str()).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressInUse);
    assert!(error.raw_os_error().is_some());
}

#[cfg(target_os = "linux")]
#[test]
fn fault_63_both_versions_conflict_with_either() {
    // rfc: sp-tcp T-07, T-16
    let v4 = listen_with("tcp://*:0", &ipv4_only()).unwrap();
    let port = port_of(v4.local_addr().as_str());
    let error = listen(&format!("tcp://*:{port}")).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressInUse);
}

/// An address of its own, so that no other test takes the port while it is free.
#[cfg(target_os = "linux")]
#[test]
fn fault_63_a_port_can_be_had_again_at_once() {
    // rfc: sp-tcp T-16, T-25
    let mut listener = listen("tcp://127.0.0.63:0").unwrap();
    let local = listener.local_addr();
    let (push, mut pull) = link(&mut *listener);
    pull.shutdown_write();
    drop((pull, listener));
    let error = dial(&local).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    drop(push);
    let mut listener = listen(local.as_str()).unwrap();
    link(&mut *listener);
}

#[test]
fn an_address_of_another_host_cannot_be_had() {
    let error = listen("tcp://192.0.2.1:0").map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressNotAvailable);
}

/// Any text, and what looks like an address.
const TEXTS: &str = "\\PC{0,40}|[0-9a-f:.;*%\\[\\]]{0,24}:[0-9]{0,5}";

/// Any text, and what looks like a host.
const HOSTS: &str =
    "\\PC{0,20}|[0-9a-f:.;*%\\[\\]]{0,20}|127(\\.[0-9]{1,3}){3}|\\[[0-9a-f:]{2,20}\\]|\\[::1?\\]";

proptest! {
    /// Nothing is connected to: a dialer is made and never polled.
    #[test]
    fn fault_93_no_text_makes_a_dialer_panic(text in TEXTS) {
        // rfc: sp-tcp T-01
        let Ok(addr) = Addr::parse(&format!("tcp://{text}")) else {
            return Ok(());
        };
        if let Err(error) = Tcp::new().dialer(&addr, &EndpointOptions::default(), &Env::new()) {
            prop_assert_eq!(error.blame(), Blame::Caller);
        }
    }

    /// Port 0 and whatever host: what can be bound says where, and can be dialed there.
    #[test]
    fn fault_93_no_host_makes_a_listener_panic(host in HOSTS) {
        // rfc: sp-tcp T-01, T-05, T-06
        let Ok(addr) = Addr::parse(&format!("tcp://{host}:0")) else {
            return Ok(());
        };
        match Tcp::new().listener(&addr, &EndpointOptions::default(), &Env::new()) {
            Ok(listener) => {
                prop_assert_ne!(port_of(listener.local_addr().as_str()), 0);
                prop_assert!(dialer(listener.local_addr().as_str()).is_ok());
            }
            // The address is one, but not this host's.
            Err(error) => prop_assert!(
                error.blame() == Blame::Caller || error.raw_os_error().is_some(),
                "{}", error
            ),
        }
    }
}
