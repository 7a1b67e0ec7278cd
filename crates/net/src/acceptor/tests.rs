//! What becomes of each error that accepting and listening can meet.

use super::*;

#[test]
fn fault_56_each_error_of_accept_is_one_of_three() {
    // rfc: sp-tcp T-18, T-19
    for (kind, setback) in [
        (Io::WouldBlock, Setback::Nobody),
        (Io::Interrupted, Setback::Gone),
        (Io::ConnectionAborted, Setback::Gone),
        (Io::ConnectionReset, Setback::Gone),
        (Io::PermissionDenied, Setback::Failed),
        (Io::NetworkDown, Setback::Failed),
        (Io::HostUnreachable, Setback::Failed),
        (Io::InvalidInput, Setback::Failed),
        (Io::OutOfMemory, Setback::Failed),
    ] {
        assert_eq!(Setback::of(&kind.into()), setback, "{kind:?}");
    }
    let waits = (1..200)
        .map(io::Error::from_raw_os_error)
        .filter(|error| Setback::of(error) == Setback::Nobody)
        .count();
    assert!(
        waits <= 1,
        "one number of the system says that nobody is there"
    );
}

#[test]
fn a_taken_port_is_no_reason_to_do_without_ipv6() {
    // rfc: sp-tcp T-07
    assert!(!lacks_ipv6(&Io::AddrInUse.into()));
    assert!(!lacks_ipv6(&Io::PermissionDenied.into()));
    assert!(lacks_ipv6(&Io::AddrNotAvailable.into()));
    assert!(lacks_ipv6(&Io::Unsupported.into()));
}
