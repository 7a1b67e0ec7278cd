//! Why a protocol does not send or receive right now. Says nothing of transports.
//! See `rfc/0001-contracts.md`.

/// Why a message was not sent, or none received. After any of them nothing has changed, and a
/// message to be sent is still the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Verdict {
    /// Not now: [`Cx::wake`](crate::Cx::wake) tells when to try again.
    #[error("not ready now")]
    Wait,
    /// The caller has to do something else first, such as send a request before it receives.
    #[error("not possible in the present state of the socket")]
    State,
    /// This protocol never does this.
    #[error("not supported by this protocol")]
    Unsupported,
    /// The protocol's own deadline has passed.
    #[error("the deadline of the exchange has passed")]
    TimedOut,
    /// The peer that the exchange depends on is gone.
    #[error("the peer of the exchange is gone")]
    PeerLost,
    /// There is no peer, and the socket was told not to wait for one.
    #[error("there is no peer")]
    NoPeer,
    /// The message has a header that this protocol cannot send.
    #[error("the header of the message does not fit the protocol")]
    BadHeader,
}
