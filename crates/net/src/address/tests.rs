//! Which texts are addresses, and of what.

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> TcpAddress {
    TcpAddress::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(result: Result<impl std::fmt::Debug, Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidAddress);
    error.to_string()
}

#[test]
fn takes_an_address_apart() {
    // rfc: sp-tcp T-01, T-02, T-03, T-04
    let name = |text: &str| Host::Name(text.to_owned());
    let literal = |ip: &str, zone| Host::Literal {
        ip: ip.parse().unwrap(),
        zone: Zone::Index(zone),
    };
    for (text, local, host, port) in [
        ("*:5555", None, Host::Any, 5555),
        ("127.0.0.1:0", None, literal("127.0.0.1", 0), 0),
        ("[::1]:65535", None, literal("::1", 0), 65535),
        ("[fe80::1%3]:7", None, literal("fe80::1", 3), 7),
        ("[::ffff:1.2.3.4]:7", None, literal("::ffff:1.2.3.4", 0), 7),
        ("example.org:00080", None, name("example.org"), 80),
        ("eth0:80", None, name("eth0"), 80),
        ("1and1.com:80", None, name("1and1.com"), 80),
        ("*;localhost:80", Some(Host::Any), name("localhost"), 80),
        ("eth0;[::1]:80", Some(name("eth0")), literal("::1", 0), 80),
        (
            "[fe80::2%1];10.0.0.1:80",
            Some(literal("fe80::2", 1)),
            literal("10.0.0.1", 0),
            80,
        ),
    ] {
        let address = parse(text);
        assert_eq!(
            (address.local, address.host, address.port),
            (local, host, port)
        );
    }
}

#[test]
fn refuses_what_is_no_address() {
    // rfc: sp-tcp T-01, T-02, T-03, T-04
    for text in [
        "",
        ":",
        "*",
        "*:",
        ":80",
        "80",
        "127.0.0.1",
        "[::1]",
        "[::1]80",
        "::1:80",
        "[::1:80",
        "::1]:80",
        "[]:80",
        "[127.0.0.1]:80",
        "[::1%]:80",
        "[::1%4294967296]:80",
        "[::1%eth 0]:80",
        "127.0.0.1:65536",
        "127.0.0.1:99999999999999999999",
        "127.0.0.1:-1",
        "127.0.0.1:+80",
        "127.0.0.1: 80",
        "127.0.0.1:80 ",
        " 127.0.0.1:80",
        "127.0.0.1:80/",
        "127.0.0.1:http",
        "127.1:80",
        "256.0.0.1:80",
        "1.2.3.4.5:80",
        "127.0.0.01:80",
        "12:80",
        "a b:80",
        "größe:80",
        "a/b:80",
        "a\0b:80",
        ";127.0.0.1:80",
        "*;:80",
        "a;b;c:80",
        "*;*",
        "[::1]x:80",
        "x[::1]:80",
        "user@host:80",
    ] {
        assert!(!refusal(TcpAddress::parse(text)).is_empty(), "{text:?}");
    }
    let long = format!("{}:80", "x".repeat(NAME_LEN_MAX + 1));
    refusal(TcpAddress::parse(&long));
}

#[test]
fn the_zone_of_an_address_is_a_number_or_a_name() {
    // rfc: sp-tcp T-03
    let zone = |text| match parse(text).host {
        Host::Literal { zone, .. } => zone,
        other => panic!("{other:?}"),
    };
    assert_eq!(zone("[fe80::1%3]:80"), Zone::Index(3));
    assert_eq!(
        zone("[fe80::1%eth0]:80"),
        Zone::Interface("eth0".to_owned())
    );
}

#[test]
fn what_a_listener_can_bind_to() {
    // rfc: sp-tcp T-05, T-06
    let bind = |text: &str| parse(text).to_bind(Version::Either);
    assert_eq!(bind("*:80").unwrap(), None);
    let literal = "[fe80::1%3]:80".parse().unwrap();
    assert_eq!(bind("[fe80::1%3]:80").unwrap(), Some(literal));
    refusal(bind("*;127.0.0.1:80"));
    let missing = bind("localhost:80").unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::AddressNotAvailable);
}

proptest! {
    #[test]
    fn fault_93_any_text_is_an_address_or_is_refused(text in "\\PC{0,40}") {
        if let Err(error) = TcpAddress::parse(&text) {
            prop_assert_eq!(error.kind(), ErrorKind::InvalidAddress);
        }
    }

    #[test]
    fn fault_93_what_looks_like_an_address(text in "[0-9a-f:.;*%\\[\\]-]{0,24}(:[0-9]{0,6})?") {
        if let Ok(address) = TcpAddress::parse(&text) {
            let _ = address.to_bind(Version::Either);
        }
    }

    #[test]
    fn every_literal_is_read_as_it_is_printed(ip in any::<IpAddr>(), port: u16) {
        let address = SocketAddr::new(ip, port);
        let bind = parse(&address.to_string()).to_bind(Version::Either).unwrap();
        prop_assert_eq!(bind, Some(address));
    }
}
