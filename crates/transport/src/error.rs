//! What goes wrong in a transport, and who is to blame. See `rfc/0001-contracts.md`.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::sync::Arc;

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The address does not say what its transport needs.
    InvalidAddress,
    /// No transport of this socket has the address's scheme.
    UnknownScheme,
    /// Somebody else listens there.
    AddressInUse,
    /// This host does not have the address to listen on or to dial from.
    AddressNotAvailable,
    /// The system forbids it.
    PermissionDenied,
    /// Nobody listens at the peer's address.
    Refused,
    /// No way leads to the peer.
    Unreachable,
    /// It took longer than allowed.
    TimedOut,
    /// The peer ended the connection in the middle.
    Disconnected,
    /// The peer does not speak the protocol of this transport.
    BadPeer,
    /// The peer is of an endpoint type that this socket does not link to.
    WrongProtocol,
    /// The peer announced a message above the limit.
    MessageTooLong,
    /// The system has run out of descriptors, memory, threads or disk.
    Exhausted,
    /// An option has a value that the transport cannot use.
    InvalidOption,
    /// Anything else the system reported.
    System,
}

/// Who has to change something for an operation to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The caller, by another argument.
    Caller,
    /// The peer, or the way to it; trying again may help.
    Peer,
    /// This host.
    System,
}

/// A failure of a transport. Cloning is cheap: statistics and events keep copies.
#[derive(Clone)]
pub struct Error {
    kind: ErrorKind,
    what: Cow<'static, str>,
    source: Option<Arc<io::Error>>,
}

impl Error {
    /// A failure that the transport found itself. `what` is lowercase without a full stop.
    #[must_use]
    pub fn new(kind: ErrorKind, what: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            what: what.into(),
            source: None,
        }
    }

    /// A failure that the system reported, with its own kind.
    #[must_use]
    pub fn from_io(what: impl Into<Cow<'static, str>>, source: io::Error) -> Self {
        Self {
            kind: kind_of(&source),
            what: what.into(),
            source: Some(Arc::new(source)),
        }
    }

    /// The same failure as one of another kind, for a transport that knows what the system's
    /// number means where it came up.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Who has to change something.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self.kind {
            ErrorKind::InvalidAddress
            | ErrorKind::UnknownScheme
            | ErrorKind::AddressInUse
            | ErrorKind::AddressNotAvailable
            | ErrorKind::PermissionDenied
            | ErrorKind::InvalidOption => Blame::Caller,
            ErrorKind::Refused
            | ErrorKind::Unreachable
            | ErrorKind::TimedOut
            | ErrorKind::Disconnected
            | ErrorKind::BadPeer
            | ErrorKind::WrongProtocol
            | ErrorKind::MessageTooLong => Blame::Peer,
            ErrorKind::Exhausted | ErrorKind::System => Blame::System,
        }
    }

    /// The system's own error number, when there is one.
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        self.source
            .as_ref()
            .and_then(|source| source.raw_os_error())
    }
}

/// The kind of failure that an error of the system means.
fn kind_of(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::AddrInUse => ErrorKind::AddressInUse,
        io::ErrorKind::AddrNotAvailable => ErrorKind::AddressNotAvailable,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            ErrorKind::PermissionDenied
        }
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory => ErrorKind::Refused,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown => ErrorKind::Unreachable,
        io::ErrorKind::TimedOut => ErrorKind::TimedOut,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::NotConnected
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::WriteZero => ErrorKind::Disconnected,
        io::ErrorKind::OutOfMemory | io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ErrorKind::Exhausted
        }
        _ => match error.raw_os_error() {
            Some(number) if is_exhaustion(number) => ErrorKind::Exhausted,
            _ => ErrorKind::System,
        },
    }
}

/// ENFILE, EMFILE and ENOBUFS, which the standard library gives no name.
#[cfg(unix)]
fn is_exhaustion(number: i32) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    const ENOBUFS: i32 = if cfg!(any(
        target_os = "illumos",
        target_os = "solaris",
        target_arch = "mips",
        target_arch = "mips64"
    )) {
        132
    } else if cfg!(any(target_os = "linux", target_os = "android")) {
        105
    } else {
        55
    };
    matches!(number, ENFILE | EMFILE | ENOBUFS)
}

/// WSAEMFILE and WSAENOBUFS, which the standard library gives no name.
#[cfg(not(unix))]
fn is_exhaustion(number: i32) -> bool {
    matches!(number, 10_024 | 10_055)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}: {source}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.kind)
    }
}

impl std::error::Error for Error {
    /// What is behind the system's error: that error is part of what this says already.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().and_then(|source| source.source())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_and_why_and_who() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let error = Error::from_io("cannot connect to 127.0.0.1:1", refused);
        assert_eq!(
            (error.kind(), error.blame()),
            (ErrorKind::Refused, Blame::Peer)
        );
        assert!(
            error
                .to_string()
                .starts_with("cannot connect to 127.0.0.1:1: ")
        );
    }

    #[test]
    fn another_kind_keeps_the_words_and_the_number_of_the_system() {
        let error = io::Error::from(io::ErrorKind::NotFound);
        let error = Error::from_io("cannot listen", error);
        assert_eq!(error.kind(), ErrorKind::Refused);
        let words = error.to_string();
        let error = error.with_kind(ErrorKind::AddressNotAvailable);
        assert_eq!(error.kind(), ErrorKind::AddressNotAvailable);
        assert_eq!(error.to_string(), words);
    }

    #[test]
    fn fault_59_a_full_disk_is_the_systems_fault_and_a_read_only_one_forbids() {
        for (of_system, kind) in [
            (io::ErrorKind::StorageFull, ErrorKind::Exhausted),
            (io::ErrorKind::QuotaExceeded, ErrorKind::Exhausted),
            (
                io::ErrorKind::ReadOnlyFilesystem,
                ErrorKind::PermissionDenied,
            ),
        ] {
            assert_eq!(Error::from_io("", of_system.into()).kind(), kind);
        }
    }

    #[cfg(unix)]
    #[test]
    fn running_out_of_descriptors_is_told_apart() {
        let error = Error::from_io("cannot accept", io::Error::from_raw_os_error(24));
        assert_eq!(
            (error.kind(), error.raw_os_error()),
            (ErrorKind::Exhausted, Some(24))
        );
    }
}
