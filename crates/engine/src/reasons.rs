//! Why a connection was refused and why a pipe ended, in words. Decides nothing: the reasons are
//! those of the engine. Obeys `rfc/sp-monitor.md` section 3.

use std::fmt;

use crate::{EndReason, Refusal};

/// A clause without a full stop, such as `the peer closed the connection`; of a failure, with what
/// the system said.
// rfc: sp-monitor M-13
impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClosedByPeer => f.write_str("the peer closed the connection"),
            Self::Broken(error) => write!(f, "the connection broke: {error}"),
            Self::Protocol(cause) => cause.fmt(f),
            Self::Local => f.write_str("the connection was closed here"),
        }
    }
}

/// A clause without a full stop, such as `the peer was not approved`; of a failure, with what the
/// system said.
// rfc: sp-monitor M-13
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handshake(error) => write!(f, "the handshake failed: {error}"),
            Self::WrongProtocol(peer) => {
                write!(f, "a peer of type {peer} does not fit this socket")
            }
            Self::Rejected(reject) => reject.fmt(f),
            Self::Denied => f.write_str("the peer was not approved"),
            Self::Unanswered => f.write_str("nobody approved of the peer in time"),
            Self::Closed => f.write_str("the endpoint was closed here"),
        }
    }
}

#[cfg(test)]
mod tests {
    use speedwell_message::ProtocolId;
    use speedwell_protocol::{EndCause, Reject};
    use speedwell_transport::{Error, ErrorKind};

    use super::*;

    // rfc: sp-monitor M-13
    #[test]
    fn each_reason_reads_as_a_clause() {
        let error = || Error::new(ErrorKind::Disconnected, "cannot receive");
        let table: [(&dyn fmt::Display, &str); 10] = [
            (&EndReason::ClosedByPeer, "the peer closed the connection"),
            (
                &EndReason::Broken(error()),
                "the connection broke: cannot receive",
            ),
            (
                &EndReason::Protocol(EndCause::Violation),
                "the peer broke the rules of its protocol",
            ),
            (&EndReason::Local, "the connection was closed here"),
            (
                &Refusal::Handshake(error()),
                "the handshake failed: cannot receive",
            ),
            (
                &Refusal::WrongProtocol(ProtocolId::PUSH),
                "a peer of type 0x0050 does not fit this socket",
            ),
            (
                &Refusal::Rejected(Reject::Occupied),
                "the socket already has its only peer",
            ),
            (&Refusal::Denied, "the peer was not approved"),
            (&Refusal::Unanswered, "nobody approved of the peer in time"),
            (&Refusal::Closed, "the endpoint was closed here"),
        ];
        for (reason, words) in table {
            assert_eq!(reason.to_string(), words);
        }
    }
}
