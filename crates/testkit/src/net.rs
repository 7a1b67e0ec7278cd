//! A network in one process: byte streams whose octets are split, joined, delayed and lost as one
//! seed decides. It moves only when it is told, and opens no socket of the system.
//! See `rfc/sp-simulation.md` section 3.

mod close;
mod connection;
mod endpoint;
mod fault;
mod lane;
mod options;
mod state;
mod stream;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use speedwell_transport::{Addr, Error, StreamAcceptor, StreamConnector};

use crate::clock::VirtualClock;

pub use connection::{ConnectionId, Side};
pub use fault::Break;
pub use options::NetOptions;

use endpoint::{SimAcceptor, SimConnector};
use state::State;

/// A host of the network: the one thing that dies as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub u32);

/// What has gone one way through a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Octets that the stream took from its writer.
    pub taken: u64,
    /// Octets of them that the reader has read.
    pub read: u64,
    /// True when the reader has seen the end of the stream.
    pub ended: bool,
}

/// The network. A clone is the same network.
///
/// An address is `sim://N`; the address of a peer is `sim://HOST:CONNECTION`. Whoever drives the
/// network moves its clock to [`SimNet::next_event`] and calls [`SimNet::run_due`], which rings the
/// doorbells of those who can go on.
///
/// ```
/// use speedwell_testkit::{bytes::silent_bell, clock::VirtualClock, net::*};
/// use speedwell_transport::{PollCx, Progress};
///
/// let clock = VirtualClock::new();
/// let net = SimNet::new(clock.clone(), 1, NetOptions::default());
/// let mut acceptor = net.listen(HostId(0), 5)?;
/// let mut connector = net.connector(HostId(1), 5);
/// let (bell, now) = (silent_bell(), clock.now());
/// assert!(matches!(connector.poll_connect(&mut PollCx::new(now, &bell)), Progress::Wait(_)));
/// while let Some(at) = net.next_event() {
///     clock.advance_to(at);
///     net.run_due();
/// }
/// assert!(matches!(connector.poll_connect(&mut PollCx::new(now, &bell)), Progress::Ready(_)));
/// assert!(matches!(acceptor.poll_accept(&mut PollCx::new(now, &bell)), Progress::Ready(_)));
/// # Ok::<(), speedwell_transport::Error>(())
/// ```
#[derive(Clone)]
pub struct SimNet {
    shared: Arc<Mutex<State>>,
}

impl SimNet {
    /// A network without hosts.
    #[must_use]
    pub fn new(clock: VirtualClock, seed: u64, options: NetOptions) -> Self {
        Self {
            shared: Arc::new(Mutex::new(State::new(clock, seed, options))),
        }
    }

    /// Changes how octets travel from now on. The buffers of connections that are open stay.
    pub fn set_options(&self, options: NetOptions) {
        self.state().options = options;
    }

    /// The address with this number.
    ///
    /// # Errors
    ///
    /// None in practice: the text of such an address is always valid.
    pub fn address(number: u32) -> Result<Addr, Error> {
        Addr::from_parts("sim", number)
    }

    /// The connection behind the address of a peer.
    #[must_use]
    pub fn connection_of(peer: &Addr) -> Option<ConnectionId> {
        let (_, number) = peer.location().split_once(':')?;
        number.parse().ok().map(ConnectionId)
    }

    /// Connects from a host to an address, as often as it is polled.
    #[must_use]
    pub fn connector(&self, host: HostId, to: u32) -> Box<dyn StreamConnector> {
        Box::new(SimConnector::new(Arc::clone(&self.shared), host, to))
    }

    /// Listens at an address.
    ///
    /// # Errors
    ///
    /// [`speedwell_transport::ErrorKind::AddressInUse`] when somebody does already.
    pub fn listen(&self, host: HostId, at: u32) -> Result<Box<dyn StreamAcceptor>, Error> {
        let addr = Self::address(at)?;
        self.state().add_listener(host, at)?;
        Ok(Box::new(SimAcceptor::new(
            Arc::clone(&self.shared),
            at,
            addr,
        )))
    }

    /// When something happens next.
    #[must_use]
    pub fn next_event(&self) -> Option<Instant> {
        self.state().next_event()
    }

    /// Lets everything happen whose time has come.
    pub fn run_due(&self) {
        self.state().run_due();
    }

    /// How many connections there have been. Their numbers are 0 and up.
    #[must_use]
    pub fn connections(&self) -> u32 {
        self.state().connections_len()
    }

    /// The connections that both sides still hold, in the order they were made.
    #[must_use]
    pub fn open_connections(&self) -> Vec<ConnectionId> {
        self.state().open_connections()
    }

    /// Octets that were written to connections, and that their readers may yet read.
    #[must_use]
    pub fn octets_under_way(&self) -> usize {
        self.state().octets_under_way()
    }

    /// What went through a connection from the side that writes; `None` for one that never was.
    #[must_use]
    pub fn traffic(&self, connection: ConnectionId, writer: Side) -> Option<Traffic> {
        self.state().traffic(connection, writer)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared)
    }
}

impl fmt::Debug for SimNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimNet")
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

/// A schedule that panicked is over; what it left in the network is of no further use.
fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
