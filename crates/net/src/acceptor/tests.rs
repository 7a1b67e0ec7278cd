//! What becomes of each error that listening can meet.

use super::*;

#[test]
fn a_taken_port_is_no_reason_to_do_without_ipv6() {
    // rfc: sp-tcp T-07
    assert!(!lacks_ipv6(&Io::AddrInUse.into()));
    assert!(!lacks_ipv6(&Io::PermissionDenied.into()));
    assert!(lacks_ipv6(&Io::AddrNotAvailable.into()));
    assert!(lacks_ipv6(&Io::Unsupported.into()));
}
