//! From our errors to the numbers of C. Decides nothing else. Obeys `rfc/sp-capi.md` section 2.

use speedwell::{Error, ErrorKind, TransportError, TransportErrorKind};

use crate::errno::Errno;

impl From<Error> for Errno {
    fn from(error: Error) -> Self {
        match error.transport() {
            Some(cause) => Self::from(cause),
            None => Self::from(error.kind()),
        }
    }
}

impl From<ErrorKind> for Errno {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Closed => Self::BADF,
            ErrorKind::WouldBlock => Self::AGAIN,
            ErrorKind::TimedOut => Self::TIMEDOUT,
            ErrorKind::State => Self::FSM,
            ErrorKind::Unsupported => Self::NOTSUP,
            ErrorKind::PeerLost => Self::CONNRESET,
            ErrorKind::NoPeer => Self::NOTCONN,
            ErrorKind::Exhausted => Self::MFILE,
            // rfc: sp-capi A-18
            ErrorKind::Forked => Self::FORKED,
            // A header, an option or a topic that will not do.
            _ => Self::INVAL,
        }
    }
}

impl From<&TransportError> for Errno {
    fn from(error: &TransportError) -> Self {
        if let Some(number) = error.raw_os_error() {
            return Self(number);
        }
        match error.kind() {
            TransportErrorKind::UnknownScheme => Self::PROTONOSUPPORT,
            TransportErrorKind::AddressInUse => Self::ADDRINUSE,
            // No interface has the name: an address that is not here is the system's to refuse.
            TransportErrorKind::AddressNotAvailable => Self::NODEV,
            TransportErrorKind::PermissionDenied => Self::ACCESS,
            TransportErrorKind::Refused => Self::CONNREFUSED,
            TransportErrorKind::Unreachable => Self::HOSTUNREACH,
            TransportErrorKind::TimedOut => Self::TIMEDOUT,
            TransportErrorKind::Disconnected => Self::CONNRESET,
            TransportErrorKind::BadPeer | TransportErrorKind::WrongProtocol => Self::PROTO,
            TransportErrorKind::MessageTooLong => Self::MSGSIZE,
            TransportErrorKind::Exhausted => Self::NOBUFS,
            _ => Self::INVAL,
        }
    }
}
