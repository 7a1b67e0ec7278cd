//! What a dialer may connect to, and in which order it tries.

use speedwell_transport::EndpointOptions;

use super::*;
use crate::TcpOptions;

/// Looks nothing up.
struct Deaf;

impl Resolver for Deaf {
    fn look_up(&self, _: &str, _: u16, _: &Doorbell) -> Box<dyn LookUp> {
        unreachable!("nobody looks up in these tests")
    }
}

fn target(text: &str) -> Result<Target, Error> {
    with(text, TcpOptions::default())
}

fn with(text: &str, tcp: TcpOptions) -> Result<Target, Error> {
    let mut options = EndpointOptions::default();
    options.set(tcp);
    let resolver: Arc<dyn Resolver> = Arc::new(Deaf);
    Target::new(
        TcpAddress::parse(text)?,
        &SocketOptions::new(&options),
        Some(&resolver),
    )
}

fn refusal(text: &str) -> ErrorKind {
    target(text).unwrap_err().kind()
}

fn all(addresses: &[&str]) -> Vec<SocketAddr> {
    addresses.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn a_literal_is_connected_to_as_it_is() {
    // rfc: sp-tcp T-08, T-09, T-10
    for (text, expected) in [
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("[fe80::1%3]:80", "[fe80::1%3]:80"),
        ("0.0.0.0:80", "127.0.0.1:80"),
        ("[::]:80", "[::1]:80"),
        ("*;127.0.0.1:80", "127.0.0.1:80"),
    ] {
        let target = target(text).unwrap();
        assert_eq!(target.literal(), Some(expected.parse().unwrap()), "{text}");
        assert_eq!(target.local_for(expected.parse().unwrap()).unwrap(), None);
    }
    assert_eq!(target("example.org:80").unwrap().literal(), None);
    assert_eq!(refusal("*:80"), ErrorKind::InvalidAddress);
    assert_eq!(refusal("127.0.0.1:0"), ErrorKind::InvalidAddress);
    assert_eq!(refusal("example.org:0"), ErrorKind::InvalidAddress);
}

#[test]
fn where_to_connect_from_is_a_literal_or_an_interface() {
    // rfc: sp-tcp T-27
    let to = "127.0.0.1:80".parse().unwrap();
    let local = |text: &str| target(text).unwrap().local_for(to).unwrap();
    assert_eq!(
        local("127.0.0.3;127.0.0.1:80"),
        Some("127.0.0.3:0".parse().unwrap())
    );
    assert_eq!(refusal("[::1];127.0.0.1:80"), ErrorKind::InvalidAddress);
    for host in ["127.0.0.1", "example.org"] {
        let missing = format!("no-such-interface;{host}:80");
        assert_eq!(refusal(&missing), ErrorKind::AddressNotAvailable);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interface_stands_for_its_address() {
    // rfc: sp-tcp T-26, T-27
    let to = "127.0.0.1:80".parse().unwrap();
    let from = target("lo;127.0.0.1:80").unwrap().local_for(to).unwrap();
    assert!(from.unwrap().ip().is_loopback());
    let address = |text| TcpAddress::parse(text).unwrap();
    let bind = address("lo:80").to_bind(Version::Either).unwrap();
    assert_eq!(bind, Some("127.0.0.1:80".parse().unwrap()));
    let zone = target("[fe80::1%lo]:80").unwrap().literal();
    assert_eq!(zone, Some("[fe80::1%1]:80".parse().unwrap()));
}

#[test]
fn a_name_needs_a_resolver() {
    let options = SocketOptions::new(&EndpointOptions::default());
    let address = TcpAddress::parse("example.org:80").unwrap();
    let error = Target::new(address, &options, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressNotAvailable);
}

#[test]
fn of_the_addresses_of_a_name_those_that_fit_are_tried_the_silent_ones_last() {
    // rfc: sp-tcp T-13, T-28, T-29
    let found = || all(&["[::1]:80", "127.0.0.1:80", "127.0.0.2:80"]);
    let any = target("example.org:80").unwrap();
    assert_eq!(any.choose(found(), &[]), found());
    let silent = all(&["[::1]:80", "127.0.0.2:80"]);
    let order = all(&["127.0.0.1:80", "[::1]:80", "127.0.0.2:80"]);
    assert_eq!(any.choose(found(), &silent), order);

    let v4 = all(&["127.0.0.1:80", "127.0.0.2:80"]);
    let only_v4 = TcpOptions {
        ipv4_only: true,
        ..TcpOptions::default()
    };
    let narrow = with("example.org:80", only_v4).unwrap();
    assert_eq!(narrow.choose(found(), &[]), v4);
    let from_v4 = target("127.0.0.9;example.org:80").unwrap();
    assert_eq!(from_v4.choose(found(), &[]), v4);
}

#[test]
fn fault_65_a_name_of_a_thousand_addresses_has_a_bound() {
    let found = (0..1000).map(|n| ([10, 0, 0, 1], n).into()).collect();
    let chosen = target("example.org:80").unwrap().choose(found, &[]);
    assert_eq!(chosen.len(), ADDRESSES_MAX);
}
