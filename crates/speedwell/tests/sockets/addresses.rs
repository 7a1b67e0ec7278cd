//! Address strings of every kind through `bind` and `connect`: an endpoint or a typed error.

use proptest::prelude::*;
use speedwell::{Error, ErrorKind, Pair, TransportError, TransportErrorKind as Kind};

/// What a bad address may be called.
fn is_typed(error: &Error) -> bool {
    let kind = error.transport().map(TransportError::kind);
    let named = [
        Kind::InvalidAddress,
        Kind::UnknownScheme,
        Kind::AddressInUse,
        Kind::AddressNotAvailable,
        Kind::PermissionDenied,
        Kind::Unreachable,
    ];
    error.kind() == ErrorKind::Transport
        && kind.is_some_and(|kind| named.contains(&kind))
        && !error.to_string().is_empty()
}

/// Pieces that addresses are made of, and some that they are not.
fn piece() -> impl Strategy<Value = String> {
    let known = [
        "tcp://",
        "inproc://",
        "ipc://",
        "TCP://",
        "://",
        ":",
        ";",
        "/",
        "*",
        "[",
        "]",
        "[::1]",
        "%",
        "[fe80::1%1]",
        "127.0.0.1",
        "0.0.0.0",
        "256.1.1.1",
        "localhost",
        "-",
        ".",
        "0",
        "1",
        "65535",
        "65536",
        "99999999999999999999",
        "+1",
        " ",
        "\0",
        "\n",
        "ß",
        "\u{202e}",
        "🦀",
        "eth0;",
        "",
    ];
    prop_oneof![
        8 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => ".{0,20}",
        1 => "[0-9.:\\[\\]%;*]{0,30}",
    ]
}

proptest! {
    #![proptest_config(crate::options::cases(3000))]

    #[test]
    fn fault_93_any_address_is_taken_or_refused_with_its_reason(
        pieces in proptest::collection::vec(piece(), 0..8),
    ) {
        let address = pieces.concat();
        let pair = Pair::new().unwrap();
        pair.set_linger(std::time::Duration::ZERO);
        match pair.bind(&address) {
            Ok(endpoint) => {
                // What a listener reports can be connected to.
                let peer = Pair::new().unwrap();
                prop_assert!(peer.connect(endpoint.address()).is_ok(), "{}", endpoint.address());
            }
            Err(error) => prop_assert!(is_typed(&error), "bind {address:?}: {error:?}"),
        }
        if let Err(error) = pair.connect(&address) {
            prop_assert!(is_typed(&error), "connect {address:?}: {error:?}");
        }
    }
}

#[test]
fn fault_93_long_addresses_are_refused() {
    let pair = Pair::new().unwrap();
    for octets in [1024, 1025, 1 << 20] {
        for scheme in ["tcp", "inproc", "x"] {
            let address = format!("{scheme}://{}", "a".repeat(octets));
            assert!(is_typed(&pair.bind(&address).unwrap_err()));
            assert!(is_typed(&pair.connect(&address).unwrap_err()));
        }
    }
}

#[test]
fn an_address_without_a_transport_says_so() {
    let error = Pair::new()
        .unwrap()
        .connect("carrier-pigeon://1")
        .unwrap_err();
    assert_eq!(error.transport().unwrap().kind(), Kind::UnknownScheme);
    assert!(error.to_string().contains("carrier-pigeon"), "{error}");
}
