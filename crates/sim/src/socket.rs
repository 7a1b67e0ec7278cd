//! The other driver: one engine with its dialers, listeners and pipes, moved one small step at a
//! time in an order that chance decides. Owns no thread, no lock that anybody waits for, and no
//! clock. Obeys `rfc/sp-endpoint.md` section 10; see `rfc/sp-simulation.md` section 5.

mod bells;
mod commands;
mod ending;
mod lent;
mod pipe;
mod reading;
mod writing;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use speedwell_engine::{CloseReport, EndpointId, Engine, SocketOptions, Stats};
use speedwell_message::{CtxId, Message, PipeId};
use speedwell_protocol::{Priority, Protocol, Verdict};
use speedwell_stream::{Framing, StreamDialer, StreamListener};
use speedwell_testkit::accounting::{Event, LinkId, PartyId, Stamp, print_of, stamp_of};
use speedwell_testkit::net::{HostId, Side, SimNet};
use speedwell_transport::{Conn, Dialer, Doorbell, EndpointOptions, Error, Listener};

use crate::Bench;
use bells::{Bells, Owner};
use lent::{Lent, Nameless};
use pipe::{LivePipe, Wire};

/// A socket in a schedule.
///
/// ```
/// use speedwell_pair::Pair;
/// use speedwell_protocol::Priority;
/// use speedwell_sim::{Bench, SimSocket, SocketSetup, Trace};
/// use speedwell_testkit::net::{HostId, NetOptions};
///
/// let mut bench = Bench::new(1, NetOptions::default(), Trace::Off);
/// let setup = |host| SocketSetup::new(HostId(host));
/// let mut one = SimSocket::new(Box::new(Pair::new()), setup(1), &mut bench);
/// let mut two = SimSocket::new(Box::new(Pair::new()), setup(2), &mut bench);
/// one.bind(1, Priority::default(), Priority::default(), &mut bench)?;
/// two.connect(1, Priority::default(), Priority::default(), &mut bench);
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
    is_woken: bool,
    dials: Vec<Instant>,
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

/// A step that a socket could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Command,
    Deadline,
    Visit(usize),
    Write(usize),
    Read(usize),
}

impl SimSocket {
    /// A socket without endpoints.
    #[must_use]
    pub fn new(machine: Box<dyn Protocol>, setup: SocketSetup, bench: &mut Bench) -> Self {
        let random = bench.random.bits();
        Self {
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
            is_woken: true,
            dials: Vec::new(),
        }
    }

    /// Listens at an address of the network.
    ///
    /// # Errors
    ///
    /// When it is taken.
    pub fn bind(
        &mut self,
        at: u32,
        send: Priority,
        recv: Priority,
        bench: &mut Bench,
    ) -> Result<EndpointId, Error> {
        let acceptor = bench.net.listen(self.setup.host, at)?;
        let listener = StreamListener::new(acceptor, Framing::Tcp, &self.setup.endpoint);
        let id = self.engine.add_listener(send, recv);
        let endpoint = Endpoint::Listener {
            listener: Box::new(listener),
            bell: self.bells.make(Owner::Endpoint(id)),
            is_resting: false,
        };
        self.endpoints.insert(id, endpoint);
        Ok(id)
    }

    /// Connects to an address of the network, now and whenever the connection is lost.
    pub fn connect(
        &mut self,
        to: u32,
        send: Priority,
        recv: Priority,
        bench: &mut Bench,
    ) -> EndpointId {
        let connector = bench.net.connector(self.setup.host, to);
        let dialer = StreamDialer::new(connector, Framing::Tcp, &self.setup.endpoint);
        let id = self.engine.add_dialer(send, recv);
        let endpoint = Endpoint::Dialer {
            dialer: Box::new(dialer),
            bell: self.bells.make(Owner::Endpoint(id)),
            is_trying: false,
        };
        self.endpoints.insert(id, endpoint);
        id
    }

    /// Removes an endpoint and ends its pipes.
    pub fn remove_endpoint(&mut self, id: EndpointId, bench: &mut Bench) -> bool {
        self.call(bench, |engine, lent| engine.remove_endpoint(id, lent))
    }

    /// Sends a message that has this stamp.
    ///
    /// # Errors
    ///
    /// The machine's verdict; then `message` is still there.
    pub fn send(
        &mut self,
        stamp: Stamp,
        message: &mut Option<Message>,
        bench: &mut Bench,
    ) -> Result<(), Verdict> {
        let print = message
            .as_ref()
            .map_or(0, |message| print_of(message.body()));
        let was_ready = self.engine.ready(CtxId::MAIN).send;
        self.nameless.sending = Some(stamp);
        let (verdict, pushed) = self.call_apart(bench, |engine, lent| {
            engine.send(CtxId::MAIN, message, lent)
        });
        self.nameless.sending = None;
        if verdict.is_ok() {
            bench.journal.log(Event::Accepted { stamp, print });
        }
        pushed
            .into_iter()
            .for_each(|event| bench.journal.log(event));
        if was_ready == (verdict == Err(Verdict::Wait)) && !self.engine.is_closing() {
            bench.journal.breach("readiness to send was not true");
        }
        verdict
    }

    /// Receives a message.
    ///
    /// # Errors
    ///
    /// The machine's verdict.
    pub fn recv(&mut self, bench: &mut Bench) -> Result<Message, Verdict> {
        let was_ready = self.engine.ready(CtxId::MAIN).recv;
        let result = self.call(bench, |engine, lent| engine.recv(CtxId::MAIN, lent));
        if was_ready == (result == Err(Verdict::Wait)) {
            bench.journal.breach("readiness to receive was not true");
        }
        if let Ok(message) = &result {
            let body = message.body();
            bench.journal.log(Event::Delivered {
                consumer: self.setup.party,
                link: message.origin().and_then(|pipe| self.inward(pipe)),
                stamp: stamp_of(body),
                print: print_of(body),
            });
        }
        result
    }

    /// Starts to close; see [`SimSocket::is_done`].
    pub fn close(&mut self, linger: Duration, bench: &mut Bench) {
        bench.journal.log(Event::Deaf(self.setup.party));
        self.call(bench, |engine, lent| engine.begin_close(linger, lent));
    }

    /// True once the application's last call found nothing and something may have come since.
    pub fn take_woken(&mut self) -> bool {
        std::mem::take(&mut self.is_woken)
    }

    /// True when there is something to do now.
    #[must_use]
    pub fn has_work(&self, now: Instant) -> bool {
        self.engine.has_work()
            || self.bells.len() > 0
            || !self.dirty.is_empty()
            || !self.reading.is_empty()
            || self.next_deadline().is_some_and(|at| at <= now)
    }

    /// When there is something to do in any case.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.engine.next_deadline()
    }

    /// Makes one step of those that could be made, whichever chance decides. False when there is
    /// none.
    pub fn work(&mut self, bench: &mut Bench) -> bool {
        let Some(step) = self.choose(bench) else {
            return false;
        };
        match step {
            Step::Command => self.carry_out_next(bench),
            Step::Deadline => self.call(bench, |engine, lent| engine.on_deadline(lent)),
            Step::Visit(at) => {
                if let Some(owner) = self.bells.take(at) {
                    self.visit(owner, bench);
                }
            }
            Step::Write(at) => {
                let pipe = self.dirty.swap_remove(at);
                self.write(pipe, bench);
            }
            Step::Read(at) => {
                let pipe = self.reading.swap_remove(at);
                self.read(pipe, bench);
            }
        }
        true
    }

    fn choose(&self, bench: &mut Bench) -> Option<Step> {
        let commands = usize::from(self.engine.has_work());
        let due = self.next_deadline().is_some_and(|at| at <= bench.now());
        let deadlines = usize::from(due);
        let bells = self.bells.len();
        let (dirty, reading) = (self.dirty.len(), self.reading.len());
        let choices = commands + deadlines + bells + dirty + reading;
        if choices == 0 {
            return None;
        }
        let mut at = bench.random.size(0..=choices - 1);
        for (count, step) in [
            (commands, (|_| Step::Command) as fn(usize) -> Step),
            (deadlines, |_| Step::Deadline),
            (bells, Step::Visit),
            (dirty, Step::Write),
        ] {
            if at < count {
                return Some(step(at));
            }
            at -= count;
        }
        Some(Step::Read(at))
    }

    /// Calls the engine, and logs what it pushed.
    fn call<R>(
        &mut self,
        bench: &mut Bench,
        call: impl FnOnce(&mut Engine, &mut Lent<'_>) -> R,
    ) -> R {
        let (answer, pushed) = self.call_apart(bench, call);
        pushed
            .into_iter()
            .for_each(|event| bench.journal.log(event));
        answer
    }

    /// Calls the engine, and leaves to the caller to log what it pushed.
    fn call_apart<R>(
        &mut self,
        bench: &mut Bench,
        call: impl FnOnce(&mut Engine, &mut Lent<'_>) -> R,
    ) -> (R, Vec<Event>) {
        let mut lent = Lent {
            now: bench.clock.now(),
            random: &mut bench.random,
            pipes: &mut self.pipes,
            nameless: &mut self.nameless,
            pushed: Vec::new(),
            breaches: Vec::new(),
        };
        let answer = call(&mut self.engine, &mut lent);
        let Lent {
            pushed, breaches, ..
        } = lent;
        let mut woken = Vec::new();
        self.engine.take_woken(&mut woken);
        self.is_woken |= !woken.is_empty();
        for breach in breaches {
            bench.journal.breach(breach);
        }
        let mut events = Vec::with_capacity(pushed.len());
        for (pipe, event) in pushed {
            mark(&mut self.dirty, pipe);
            events.push(event);
        }
        if self.engine.ids().me == speedwell_message::ProtocolId::PAIR
            && self.engine.live_pipes() > 1
        {
            bench.journal.breach("a pair has two peers");
        }
        (answer, events)
    }

    /// The link that a pipe received on.
    fn inward(&self, pipe: PipeId) -> Option<LinkId> {
        self.wires.get(&pipe).map(|wire| wire.inward())
    }

    /// True once everything is gone: the socket was closed, and all its commands are carried out.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.engine.is_closed() && !self.engine.has_work()
    }

    /// What is left behind by a socket that is done; `None` when nothing is.
    #[must_use]
    pub fn leak(&self) -> Option<String> {
        let (endpoints, half_open) = (self.endpoints.len(), self.half_open.len());
        let pipes = self.pipes.len().max(self.engine.live_pipes());
        let timers = usize::from(self.engine.next_deadline().is_some());
        let is_clean = endpoints + half_open + pipes + timers == 0;
        (!is_clean).then(|| {
            format!(
                "left: {endpoints} endpoints, {half_open} half-open, {pipes} pipes, {timers} timers"
            )
        })
    }

    /// True while the machine has messages that no pipe took.
    #[must_use]
    pub fn holds_messages(&self) -> bool {
        self.engine.machine().held().messages > 0
    }

    /// True when the socket holds no message on any way, in or out.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let idle = |pipe: &LivePipe| {
            pipe.is_written()
                && pipe
                    .intake
                    .as_ref()
                    .is_none_or(|intake| !intake.is_paused())
        };
        !self.holds_messages()
            && !self.engine.ready(CtxId::MAIN).recv
            && self.pipes.values().all(idle)
    }

    /// Octets that wait in the transmit buffers of all pipes.
    #[must_use]
    pub fn pending_octets(&self) -> usize {
        self.pipes.values().map(|pipe| pipe.outbox.pending()).sum()
    }

    /// What closing reported.
    #[must_use]
    pub fn report(&self) -> CloseReport {
        self.engine.close_report()
    }

    /// The engine's counters.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        self.engine.stats()
    }

    /// The engine, for looking only.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// When each attempt to connect began.
    #[must_use]
    pub fn dials(&self) -> &[Instant] {
        &self.dials
    }

    /// What the socket was made with.
    #[must_use]
    pub fn setup(&self) -> &SocketSetup {
        &self.setup
    }

    /// The address that stands for a number, as an application would write it.
    ///
    /// # Errors
    ///
    /// As [`SimNet::address`].
    pub fn address(number: u32) -> Result<speedwell_transport::Addr, Error> {
        SimNet::address(number)
    }
}

impl fmt::Debug for SimSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimSocket")
            .field("engine", &self.engine)
            .field("endpoints", &self.endpoints.len())
            .field("half_open", &self.half_open.len())
            .field("pipes", &self.pipes.len())
            .finish_non_exhaustive()
    }
}

/// Adds a pipe to a list of pipes to be visited.
fn mark(list: &mut Vec<PipeId>, pipe: PipeId) {
    if !list.contains(&pipe) {
        list.push(pipe);
    }
}
