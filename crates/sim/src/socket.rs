//! The other driver: one engine with its dialers, listeners and pipes, moved one small step at a
//! time in an order that chance decides. Owns no thread, no lock that anybody waits for, and no
//! clock. Obeys `rfc/sp-endpoint.md` section 10; see `rfc/sp-simulation.md` section 5.

mod bells;
mod calls;
mod commands;
mod ending;
mod form;
mod lent;
mod looks;
mod pipe;
mod place;
mod reading;
mod steps;
mod wire;
mod writing;

use std::collections::BTreeMap;
use std::time::Instant;

use speedwell_engine::{EndpointId, Engine, SocketOptions};
use speedwell_message::{CtxId, PipeId, ProtocolId};
use speedwell_protocol::{Priority, Protocol};
use speedwell_pubsub::Overflow;
use speedwell_stream::{Framing, StreamDialer, StreamListener};
use speedwell_testkit::accounting::PartyId;
use speedwell_testkit::net::{HostId, Side};
use speedwell_transport::{Conn, Dialer, Doorbell, EndpointOptions, Error, Listener};

use crate::Bench;
use bells::{Bells, Owner};
use lent::Nameless;
use pipe::LivePipe;
use wire::Wire;

pub use form::{Draws, Form};
pub use place::{Carrier, Place};

/// A socket in a schedule.
///
/// ```
/// use speedwell_pair::Pair;
/// use speedwell_protocol::Priority;
/// use speedwell_sim::{Bench, Place, SimSocket, SocketSetup, Trace};
/// use speedwell_testkit::net::{HostId, NetOptions};
///
/// let mut bench = Bench::new(1, NetOptions::default(), Trace::Off);
/// let setup = |host| SocketSetup::new(HostId(host));
/// let mut one = SimSocket::new(Box::new(Pair::new()), setup(1), &mut bench);
/// let mut two = SimSocket::new(Box::new(Pair::new()), setup(2), &mut bench);
/// one.bind(Place::network(1), Priority::default(), Priority::default(), &mut bench)?;
/// two.connect(Place::network(1), Priority::default(), Priority::default(), &mut bench)?;
/// while one.stats().accepted == 0 {
///     let _ = one.work(&mut bench) || two.work(&mut bench) || {
///         bench.clock.advance_to(bench.net.next_event().unwrap());
///         bench.net.run_due();
///         true
///     };
/// }
/// # Ok::<(), speedwell_transport::Error>(())
/// ```
pub struct SimSocket {
    engine: Engine,
    setup: SocketSetup,
    bells: Bells,
    endpoints: BTreeMap<EndpointId, Endpoint>,
    half_open: BTreeMap<PipeId, HalfOpen>,
    pipes: BTreeMap<PipeId, LivePipe>,
    /// Where each pipe ran that ever was.
    wires: BTreeMap<PipeId, Wire>,
    /// Pipes that may have something to write.
    dirty: Vec<PipeId>,
    /// Pipes that may have something to read.
    reading: Vec<PipeId>,
    nameless: Nameless,
    woken: Vec<CtxId>,
    dials: Vec<Instant>,
    /// Whether the checker is told of links and drops: where a message goes to many.
    is_told: bool,
}

/// What a socket is made with.
#[derive(Clone, Debug)]
pub struct SocketSetup {
    /// Where it lives.
    pub host: HostId,
    /// What the accounting calls its application.
    pub party: PartyId,
    /// The options of the engine.
    pub options: SocketOptions,
    /// The options of its endpoints.
    pub endpoint: EndpointOptions,
    /// What its messages look like.
    pub form: Form,
    /// What random numbers it is given.
    pub draws: Draws,
    /// What its machine does when a pipe is full.
    pub overflow: Overflow,
}

impl SocketSetup {
    /// A socket on a host, with the options that are there unless set.
    #[must_use]
    pub fn new(host: HostId) -> Self {
        Self {
            host,
            party: PartyId(host.0),
            options: SocketOptions::default(),
            endpoint: EndpointOptions::default(),
            form: Form::default(),
            draws: Draws::default(),
            overflow: Overflow::default(),
        }
    }
}

enum Endpoint {
    Dialer {
        dialer: Box<dyn Dialer>,
        bell: Doorbell,
        /// An attempt is under way: only then a ring is followed.
        is_trying: bool,
    },
    Listener {
        listener: Box<dyn Listener>,
        bell: Doorbell,
        /// It waits for `Command::Accept`.
        is_resting: bool,
    },
}

struct HalfOpen {
    conn: Box<dyn Conn>,
    bell: Doorbell,
    side: Side,
}

impl SimSocket {
    /// A socket without endpoints.
    #[must_use]
    pub fn new(machine: Box<dyn Protocol>, setup: SocketSetup, bench: &mut Bench) -> Self {
        let random = bench.random.bits();
        let ids = machine.ids();
        Self {
            is_told: [ids.me, ids.peer].into_iter().any(goes_to_many),
            engine: Engine::new(machine, setup.options.clone(), random),
            setup,
            bells: Bells::default(),
            endpoints: BTreeMap::new(),
            half_open: BTreeMap::new(),
            pipes: BTreeMap::new(),
            wires: BTreeMap::new(),
            dirty: Vec::new(),
            reading: Vec::new(),
            nameless: Nameless::default(),
            woken: Vec::new(),
            dials: Vec::new(),
        }
    }

    /// Listens at a place.
    ///
    /// # Errors
    ///
    /// When it is taken.
    pub fn bind(
        &mut self,
        at: Place,
        send: Priority,
        recv: Priority,
        bench: &mut Bench,
    ) -> Result<EndpointId, Error> {
        let options = &self.setup.endpoint;
        let listener: Box<dyn Listener> = match at.carrier {
            Carrier::Memory => bench.memory.listener(at.number, options)?,
            Carrier::Network => {
                let acceptor = bench.net.listen(self.setup.host, at.number)?;
                Box::new(StreamListener::new(acceptor, Framing::Tcp, options))
            }
        };
        let id = self.engine.add_listener(send, recv);
        let endpoint = Endpoint::Listener {
            listener,
            bell: self.bells.make(Owner::Endpoint(id)),
            is_resting: false,
        };
        self.endpoints.insert(id, endpoint);
        Ok(id)
    }

    /// Connects to a place, now and whenever the connection is lost.
    ///
    /// # Errors
    ///
    /// None in practice: a place always has an address.
    pub fn connect(
        &mut self,
        to: Place,
        send: Priority,
        recv: Priority,
        bench: &mut Bench,
    ) -> Result<EndpointId, Error> {
        let options = &self.setup.endpoint;
        let dialer: Box<dyn Dialer> = match to.carrier {
            Carrier::Memory => bench.memory.dialer(to.number, options)?,
            Carrier::Network => {
                let connector = bench.net.connector(self.setup.host, to.number);
                Box::new(StreamDialer::new(connector, Framing::Tcp, options))
            }
        };
        let id = self.engine.add_dialer(send, recv);
        let endpoint = Endpoint::Dialer {
            dialer,
            bell: self.bells.make(Owner::Endpoint(id)),
            is_trying: false,
        };
        self.endpoints.insert(id, endpoint);
        Ok(id)
    }

    /// Removes an endpoint and ends its pipes.
    pub fn remove_endpoint(&mut self, id: EndpointId, bench: &mut Bench) -> bool {
        self.call(bench, |engine, lent| engine.remove_endpoint(id, lent))
    }
}

/// Whether a socket of this type sends each message to everybody.
fn goes_to_many(id: ProtocolId) -> bool {
    [ProtocolId::PUB, ProtocolId::SURVEYOR, ProtocolId::BUS].contains(&id)
}

/// Adds a pipe to a list of pipes to be visited.
fn mark(list: &mut Vec<PipeId>, pipe: PipeId) {
    if !list.contains(&pipe) {
        list.push(pipe);
    }
}
