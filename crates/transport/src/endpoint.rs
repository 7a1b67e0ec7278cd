//! Transports, dialers, listeners and connections: how a pipe comes to be. Never what flows
//! through it. See `rfc/0001-contracts.md`.

use std::fmt;
use std::sync::Arc;

use crate::{
    Addr, EndpointOptions, Error, Halves, PollCx, Progress, ProtocolId, ProtocolIds, Resolver,
};

/// What a driver offers a transport while it makes an endpoint.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Env<'a> {
    resolver: Option<&'a Arc<dyn Resolver>>,
}

impl<'a> Env<'a> {
    /// Drivers and tests make these. It offers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers to look names up.
    #[must_use]
    pub fn with_resolver(self, resolver: &'a Arc<dyn Resolver>) -> Self {
        Self {
            resolver: Some(resolver),
        }
    }

    /// What looks names up, if anything does. An endpoint keeps a clone for as long as it lives.
    #[must_use]
    pub fn resolver(&self) -> Option<&'a Arc<dyn Resolver>> {
        self.resolver
    }
}

/// A way to reach peers, such as tcp. A value: a socket is given the set of transports it may use.
pub trait Transport: Send + Sync {
    /// The scheme of the addresses that belong to this transport, in lowercase.
    fn scheme(&self) -> &str;

    /// Makes a dialer. Does not wait, and does not fail because no peer is there.
    ///
    /// # Errors
    ///
    /// When the address or an option is wrong.
    fn dialer(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        env: &Env<'_>,
    ) -> Result<Box<dyn Dialer>, Error>;

    /// Makes a listener that is bound when this returns.
    ///
    /// # Errors
    ///
    /// When the address or an option is wrong, or the address cannot be had.
    fn listener(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        env: &Env<'_>,
    ) -> Result<Box<dyn Listener>, Error>;
}

/// Connects to one address, again and again: each `Ready` or `Fail` ends an attempt, and the next
/// poll starts another. The driver decides when.
pub trait Dialer: Send {
    /// Goes on with the present attempt, or starts one.
    fn poll_dial(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn Conn>>;

    /// Gives up the present attempt, if any; its deadline has passed.
    fn abandon(&mut self);
}

/// Accepts connections at one address until it is dropped.
pub trait Listener: Send {
    /// The address that peers connect to: with the port that the system chose, if it chose one.
    fn local_addr(&self) -> Addr;

    /// The next connection. A `Fail` concerns one connection; the listener goes on.
    fn poll_accept(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn Conn>>;
}

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerInfo {
    /// The endpoint type that the peer announced. The driver checks it, not the transport.
    pub protocol: ProtocolId,
    /// Where the peer is, when the transport knows.
    pub address: Option<Addr>,
    /// Who runs the peer, when it is a process of this host and the system says so.
    pub credentials: Option<Credentials>,
}

/// Who runs a peer, as the system says; the peer cannot forge it. Whoever passes a descriptor on
/// may be another than who is named here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Credentials {
    /// The number of its user.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
    /// The number of its process, where the system tells. It may have ended, and the number may be
    /// another's by now: good for a log, and not for a decision.
    pub pid: Option<u32>,
}

impl Credentials {
    /// A user and a group, by number.
    #[must_use]
    pub const fn new(uid: u32, gid: u32) -> Self {
        Self {
            uid,
            gid,
            pid: None,
        }
    }

    /// Adds the number of the process.
    #[must_use]
    pub const fn of_process(mut self, pid: u32) -> Self {
        self.pid = Some(pid);
        self
    }
}

impl PeerInfo {
    /// A peer of which only the endpoint type is known.
    #[must_use]
    pub fn new(protocol: ProtocolId) -> Self {
        Self {
            protocol,
            address: None,
            credentials: None,
        }
    }

    /// Adds where the peer is.
    #[must_use]
    pub fn at(mut self, address: Addr) -> Self {
        self.address = Some(address);
        self
    }

    /// Adds who runs the peer.
    #[must_use]
    pub fn run_by(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }
}

/// A connection before it is a pipe.
pub trait Conn: Send {
    /// Exchanges endpoint types. Both sides send at once, without waiting for the other. Whether
    /// the peer's type fits is the driver's decision, which drops the connection if not. The
    /// driver also keeps the deadline.
    fn poll_handshake(&mut self, me: ProtocolIds, cx: &mut PollCx<'_>) -> Progress<PeerInfo>;

    /// The two halves, after `poll_handshake` was ready. What arrived behind the peer's greeting
    /// is the first that the receiving half reads.
    fn split(self: Box<Self>) -> Halves;
}

impl fmt::Debug for dyn Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transport({})", self.scheme())
    }
}
