//! What becomes of each error that accepting can meet.

use socket2::{Domain, Type};
use speedwell_transport::ErrorKind;

use super::*;

/// What the driver makes of an error of `accept`.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// Waits for the next connection.
    Waits,
    /// Tries the next connection at once.
    TakesNext,
    /// Rests, however the connections before fared.
    Rests,
    /// Counts a failure.
    Fails,
}

fn outcome(error: io::Error) -> Outcome {
    if error.kind() == Io::WouldBlock {
        return Outcome::Waits;
    }
    if is_gone(&error) {
        return Outcome::TakesNext;
    }
    match Error::from_io("", error).kind() {
        ErrorKind::Exhausted => Outcome::Rests,
        _ => Outcome::Fails,
    }
}

/// Every number there may be, those of `accept(2)` by name.
#[cfg(all(
    target_os = "linux",
    not(any(target_arch = "mips", target_arch = "mips64"))
))]
#[test]
fn fault_56_each_error_number_of_accept() {
    // rfc: sp-tcp T-18, T-19, sp-ipc C-23
    const GONE: [(i32, &str); 12] = [
        (4, "EINTR"),
        (64, "ENONET"),
        (71, "EPROTO"),
        (92, "ENOPROTOOPT"),
        (95, "EOPNOTSUPP"),
        (100, "ENETDOWN"),
        (101, "ENETUNREACH"),
        (103, "ECONNABORTED"),
        (104, "ECONNRESET"),
        (110, "ETIMEDOUT"),
        (112, "EHOSTDOWN"),
        (113, "EHOSTUNREACH"),
    ];
    // The disk's are among them, whoever says so.
    const EXHAUSTED: [(i32, &str); 6] = [
        (12, "ENOMEM"),
        (23, "ENFILE"),
        (24, "EMFILE"),
        (28, "ENOSPC"),
        (105, "ENOBUFS"),
        (122, "EDQUOT"),
    ];
    for number in 1..=4096 {
        let named = |table: &[(i32, &str)]| table.iter().any(|(known, _)| *known == number);
        let expected = match number {
            11 => Outcome::Waits,
            _ if named(&GONE) => Outcome::TakesNext,
            _ if named(&EXHAUSTED) => Outcome::Rests,
            // Among them EPERM, which a firewall says, EBADF, EINVAL and ENOTSOCK.
            _ => Outcome::Fails,
        };
        let error = io::Error::from_raw_os_error(number);
        assert_eq!(outcome(error), expected, "{number}");
    }
}

/// What is alike on all systems.
#[test]
fn fault_56_each_kind_of_error_of_accept() {
    // rfc: sp-tcp T-18, T-19, sp-ipc C-23
    for (kind, expected) in [
        (Io::WouldBlock, Outcome::Waits),
        (Io::Interrupted, Outcome::TakesNext),
        (Io::ConnectionAborted, Outcome::TakesNext),
        (Io::ConnectionReset, Outcome::TakesNext),
        (Io::TimedOut, Outcome::TakesNext),
        (Io::NetworkDown, Outcome::TakesNext),
        (Io::NetworkUnreachable, Outcome::TakesNext),
        (Io::HostUnreachable, Outcome::TakesNext),
        (Io::OutOfMemory, Outcome::Rests),
        (Io::PermissionDenied, Outcome::Fails),
        (Io::InvalidInput, Outcome::Fails),
        (Io::Other, Outcome::Fails),
    ] {
        assert_eq!(outcome(kind.into()), expected, "{kind:?}");
    }
}

fn listener() -> Arc<Own<Socket>> {
    Arc::new(Own::new(
        Socket::new(Domain::IPV4, Type::STREAM, None).unwrap(),
    ))
}

/// Lets `accept` fail as scripted and then says how often it was asked, and what the driver hears.
fn failing(failures: impl IntoIterator<Item = Io>) -> (usize, Option<ErrorKind>) {
    let (mut failures, mut asked) = (failures.into_iter(), 0);
    let accept = || {
        asked += 1;
        Err(failures.next().unwrap_or(Io::WouldBlock).into())
    };
    let progress = next_of(&listener(), accept, |_, _| Err(Io::Other.into()));
    match progress {
        Progress::Ready(_) => panic!("nobody connected"),
        Progress::Wait(interest) => {
            assert!(interest.read() && interest.source().is_some());
            (asked, None)
        }
        Progress::Fail(error) => (asked, Some(error.kind())),
    }
}

#[test]
fn fault_56_what_the_driver_hears_of_failures_of_accept() {
    // rfc: sp-tcp T-18, T-19, sp-ipc C-23
    use Io::{ConnectionAborted, Interrupted, OutOfMemory, PermissionDenied};
    assert_eq!(failing([]), (1, None));
    assert_eq!(failing([Interrupted, ConnectionAborted]), (3, None));
    let refused = Some(ErrorKind::PermissionDenied);
    assert_eq!(failing([Interrupted, PermissionDenied]), (2, refused));
    assert_eq!(failing([OutOfMemory]), (1, Some(ErrorKind::Exhausted)));
    // The driver has its turn, and paces what goes on.
    let endless = std::iter::repeat(ConnectionAborted);
    let disconnected = Some(ErrorKind::Disconnected);
    assert_eq!(failing(endless), (GONE_MAX + 1, disconnected));
    assert_eq!(failing([ConnectionAborted; GONE_MAX]), (GONE_MAX + 1, None));
}
