//! Pipes inside one process: the real `inproc` transport, watched from outside. Counts what each
//! side has read, which no code under test has a part in; changes nothing that passes.
//! See `rfc/sp-simulation.md` section 5.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use speedwell_inproc::{Inproc, Names};
use speedwell_message::Inbox;
use speedwell_testkit::net::{ConnectionId, Side};
use speedwell_transport::{
    Addr, Budget, Conn, Dialer, EndpointOptions, Env, Error, Halves, Listener, PeerInfo, PollCx,
    Progress, ProtocolIds, RxHalf, RxState, Transport,
};

/// Octets that a message counts beyond its header and body, as a prefix does on the network.
const PREFIX_LEN: u64 = 8;

/// The `inproc` of one schedule, with a table of names of its own.
// rfc: sp-simulation S-20 S-24
pub struct Memory {
    inproc: Inproc,
    desk: Arc<Mutex<Desk>>,
}

/// Who met whom, and what was read.
#[derive(Debug, Default)]
struct Desk {
    /// Connections that wait for their listener, the oldest first, by its number.
    waiting: BTreeMap<u32, VecDeque<ConnectionId>>,
    /// Octets that the dialer and the listener of each connection have read.
    read: Vec<[u64; 2]>,
}

impl Memory {
    /// A memory in which nobody listens.
    pub(crate) fn new() -> Self {
        Self {
            inproc: Inproc::with_names(Names::default()),
            desk: Arc::default(),
        }
    }

    /// Listens under a number.
    ///
    /// # Errors
    ///
    /// When somebody does already.
    pub(crate) fn listener(
        &self,
        at: u32,
        options: &EndpointOptions,
    ) -> Result<Box<dyn Listener>, Error> {
        let addr = Addr::from_parts("inproc", at)?;
        let inner = self.inproc.listener(&addr, options, &Env::new())?;
        let desk = Arc::clone(&self.desk);
        Ok(Box::new(WatchedListener { inner, at, desk }))
    }

    /// Connects to whoever listens under a number.
    ///
    /// # Errors
    ///
    /// None in practice: the text of such an address is always valid.
    pub(crate) fn dialer(
        &self,
        to: u32,
        options: &EndpointOptions,
    ) -> Result<Box<dyn Dialer>, Error> {
        let addr = Addr::from_parts("inproc", to)?;
        let inner = self.inproc.dialer(&addr, options, &Env::new())?;
        let desk = Arc::clone(&self.desk);
        Ok(Box::new(WatchedDialer { inner, to, desk }))
    }

    /// Octets that a side has read: those of its messages, and a prefix for each.
    pub(crate) fn read(&self, connection: ConnectionId, reader: Side) -> u64 {
        lock(&self.desk)
            .place(connection, reader)
            .map_or(0, |octets| *octets)
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> u32 {
        lock(&self.desk).connections()
    }

    /// The connection behind the address of a peer.
    pub(crate) fn connection_of(peer: &Addr) -> Option<ConnectionId> {
        let (_, number) = peer.location().split_once('#')?;
        (peer.scheme() == "inproc").then_some(ConnectionId(number.parse().ok()?))
    }
}

impl Desk {
    fn connections(&self) -> u32 {
        u32::try_from(self.read.len()).unwrap_or(u32::MAX)
    }

    fn place(&mut self, connection: ConnectionId, reader: Side) -> Option<&mut u64> {
        let octets = self.read.get_mut(usize::try_from(connection.0).ok()?)?;
        let [dialer, listener] = octets;
        Some(match reader {
            Side::Dialer => dialer,
            Side::Listener => listener,
        })
    }
}

struct WatchedDialer {
    inner: Box<dyn Dialer>,
    to: u32,
    desk: Arc<Mutex<Desk>>,
}

impl Dialer for WatchedDialer {
    fn poll_dial(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn Conn>> {
        let inner = match self.inner.poll_dial(cx) {
            Progress::Ready(inner) => inner,
            other => return other,
        };
        let mut desk = lock(&self.desk);
        let id = ConnectionId(desk.connections());
        desk.read.push([0; 2]);
        // rfc: sp-inproc I-06: behind those that wait already.
        let waiting = desk.waiting.entry(self.to).or_default();
        waiting.push_back(id);
        drop(desk);
        let side = Side::Dialer;
        Progress::Ready(WatchedConn::boxed(inner, self.to, id, side, &self.desk))
    }

    fn abandon(&mut self) {
        self.inner.abandon();
    }
}

struct WatchedListener {
    inner: Box<dyn Listener>,
    at: u32,
    desk: Arc<Mutex<Desk>>,
}

impl Listener for WatchedListener {
    fn local_addr(&self) -> Addr {
        self.inner.local_addr()
    }

    fn poll_accept(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn Conn>> {
        let inner = match self.inner.poll_accept(cx) {
            Progress::Ready(inner) => inner,
            other => return other,
        };
        let mut desk = lock(&self.desk);
        let waiting = desk.waiting.get_mut(&self.at);
        let Some(id) = waiting.and_then(VecDeque::pop_front) else {
            unreachable!("what is accepted was dialed before");
        };
        drop(desk);
        let side = Side::Listener;
        Progress::Ready(WatchedConn::boxed(inner, self.at, id, side, &self.desk))
    }
}

impl Drop for WatchedListener {
    fn drop(&mut self) {
        // rfc: sp-inproc I-08
        lock(&self.desk).waiting.remove(&self.at);
    }
}

struct WatchedConn {
    inner: Box<dyn Conn>,
    /// The address of the session, and the number of the connection behind it.
    addr: Option<Addr>,
    id: ConnectionId,
    side: Side,
    desk: Arc<Mutex<Desk>>,
}

impl WatchedConn {
    fn boxed(
        inner: Box<dyn Conn>,
        at: u32,
        id: ConnectionId,
        side: Side,
        desk: &Arc<Mutex<Desk>>,
    ) -> Box<dyn Conn> {
        let named = format!("{at}#{}", id.0);
        Box::new(Self {
            inner,
            addr: Addr::from_parts("inproc", named).ok(),
            id,
            side,
            desk: Arc::clone(desk),
        })
    }
}

impl Conn for WatchedConn {
    fn poll_handshake(&mut self, me: ProtocolIds, cx: &mut PollCx<'_>) -> Progress<PeerInfo> {
        match (self.inner.poll_handshake(me, cx), &self.addr) {
            (Progress::Ready(peer), Some(addr)) => Progress::Ready(peer.at(addr.clone())),
            (other, _) => other,
        }
    }

    fn split(self: Box<Self>) -> Halves {
        let halves = self.inner.split();
        let rx = WatchedRx {
            inner: halves.rx,
            id: self.id,
            side: self.side,
            desk: self.desk,
        };
        Halves {
            rx: Box::new(rx),
            ..halves
        }
    }
}

struct WatchedRx {
    inner: Box<dyn RxHalf>,
    id: ConnectionId,
    side: Side,
    desk: Arc<Mutex<Desk>>,
}

impl RxHalf for WatchedRx {
    fn read(&mut self, inbox: &mut Inbox, budget: &mut Budget<'_>) -> RxState {
        let before = octets_in(inbox);
        let state = self.inner.read(inbox, budget);
        let came = octets_in(inbox).saturating_sub(before);
        if let Some(read) = lock(&self.desk).place(self.id, self.side) {
            *read += came;
        }
        state
    }

    fn give_back(&mut self) -> bool {
        self.inner.give_back()
    }
}

fn octets_in(inbox: &Inbox) -> u64 {
    let wide = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    wide(inbox.octets()) + wide(inbox.len()) * PREFIX_LEN
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

/// A schedule that panicked is over; what it left here is of no further use.
fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}
