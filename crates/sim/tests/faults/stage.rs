//! The stage of a test: sockets, and peers that speak raw octets, on one bench. A test says who
//! does what and how long to wait; nothing happens by itself.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where something is not as it must be"
)]

use std::io::{ErrorKind, IoSlice};
use std::time::{Duration, Instant};

use speedwell_engine::EndpointId;
use speedwell_message::{CtxId, Message};
use speedwell_protocol::{Priority, Protocol, Verdict};
use speedwell_sim::{Bench, Carrier, Place, Role, SimSocket, SocketSetup, Trace};
use speedwell_testkit::accounting::{Account, PartyId, Rules, Stamp, body, check};
use speedwell_testkit::bytes::silent_bell;
use speedwell_testkit::net::{HostId, NetOptions};
use speedwell_transport::{
    ByteHalves, EndpointOptions, PollCx, Progress, StreamAcceptor, StreamConnector,
};

pub(crate) const MS: Duration = Duration::from_millis(1);
pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// The host of the peers that speak raw octets.
const RAW: HostId = HostId(1000);

/// What the endpoint type of a role is in a greeting.
pub(crate) fn greeting(role: Role) -> [u8; 8] {
    let [high, low] = role.machine().ids().me.0.to_be_bytes();
    [0, b'S', b'P', 0, high, low, 0, 0]
}

/// A message as it stands on the wire.
pub(crate) fn framed(body: &[u8]) -> Vec<u8> {
    let len = u64::try_from(body.len()).unwrap();
    [&len.to_be_bytes()[..], body].concat()
}

/// A network that adds neither time nor noise.
pub(crate) fn instant() -> NetOptions {
    NetOptions {
        latency: Duration::ZERO,
        jitter: Duration::ZERO,
        noise: 0,
        ..NetOptions::default()
    }
}

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    /// Over what sockets connect from now on.
    pub(crate) carrier: Carrier,
    sockets: Vec<Option<SimSocket>>,
    sent: Vec<u64>,
}

impl Stage {
    pub(crate) fn new(net: NetOptions) -> Self {
        Self {
            bench: Bench::new(1, net, Trace::Off),
            carrier: Carrier::Network,
            sockets: Vec::new(),
            sent: Vec::new(),
        }
    }

    /// A socket; its number is also that of its host and of the address it binds.
    pub(crate) fn add(&mut self, role: Role, set: impl FnOnce(&mut SocketSetup)) -> usize {
        let number = self.sockets.len();
        self.sockets.push(None);
        self.sent.push(0);
        self.begin(number, role, set);
        number
    }

    /// The process starts, for the first time or anew.
    pub(crate) fn begin(&mut self, number: usize, role: Role, set: impl FnOnce(&mut SocketSetup)) {
        let mut setup = SocketSetup::new(HostId(u32::try_from(number).unwrap()));
        setup.form = role.form();
        set(&mut setup);
        let socket = SimSocket::new(role.machine(), setup, &mut self.bench);
        assert!(self.sockets[number].replace(socket).is_none());
    }

    pub(crate) fn socket(&mut self, number: usize) -> &mut SimSocket {
        self.sockets[number].as_mut().unwrap()
    }

    fn parts(&mut self, number: usize) -> (&mut SimSocket, &mut Bench) {
        (self.sockets[number].as_mut().unwrap(), &mut self.bench)
    }

    /// Does something to the machine of a socket, if it is a `P`.
    pub(crate) fn with<P: Protocol>(&mut self, number: usize, run: impl FnOnce(&mut P)) {
        let (socket, bench) = self.parts(number);
        socket.with(bench, |machine: &mut P, _| run(machine));
    }

    fn place(&self, number: usize) -> Place {
        Place {
            carrier: self.carrier,
            number: u32::try_from(number).unwrap(),
        }
    }

    pub(crate) fn bind(&mut self, number: usize) -> EndpointId {
        self.bind_at(number, number)
    }

    /// Binds the place of another socket.
    pub(crate) fn bind_at(&mut self, number: usize, at: usize) -> EndpointId {
        let (any, at) = (Priority::default(), self.place(at));
        let (socket, bench) = self.parts(number);
        socket.bind(at, any, any, bench).unwrap()
    }

    pub(crate) fn connect(&mut self, number: usize, to: usize) -> EndpointId {
        let (any, to) = (Priority::default(), self.place(to));
        let (socket, bench) = self.parts(number);
        socket.connect(to, any, any, bench).unwrap()
    }

    pub(crate) fn remove(&mut self, number: usize, endpoint: EndpointId) {
        let (socket, bench) = self.parts(number);
        assert!(socket.remove_endpoint(endpoint, bench));
    }

    pub(crate) fn close(&mut self, number: usize, linger: Duration) {
        let (socket, bench) = self.parts(number);
        socket.close(linger, bench);
    }

    /// The process dies.
    pub(crate) fn kill(&mut self, number: usize) {
        let socket = self.sockets[number].take().unwrap();
        socket.crash(&mut self.bench);
    }

    /// Sends the next message, of so many octets. False: it would block.
    pub(crate) fn sends(&mut self, number: usize, len: usize) -> bool {
        let seq = self.sent[number];
        let producer = PartyId(u32::try_from(number).unwrap());
        let stamp = Stamp { producer, seq };
        let mut message = Some(Message::from(body(stamp, len)));
        let (socket, bench) = self.parts(number);
        match socket.send(stamp, &mut message, bench) {
            Ok(()) => self.sent[number] += 1,
            Err(verdict) => assert_eq!(verdict, Verdict::Wait),
        }
        message.is_none()
    }

    /// Sends messages until that would block, at most so many; says how many.
    pub(crate) fn sends_all(&mut self, number: usize, len: usize, most: usize) -> usize {
        for sent in 0..most {
            self.now();
            if !self.sends(number, len) {
                return sent;
            }
        }
        most
    }

    /// Takes a message, if one is there.
    pub(crate) fn receives(&mut self, number: usize) -> Option<Vec<u8>> {
        self.now();
        let (socket, bench) = self.parts(number);
        let message = socket.recv(bench).ok()?;
        Some(message.body().to_vec())
    }

    /// Takes a message as it is, or says why there is none.
    pub(crate) fn takes(&mut self, number: usize) -> Result<Message, Verdict> {
        self.now();
        let (socket, bench) = self.parts(number);
        socket.recv(bench)
    }

    /// Gives a message that is not accounted for.
    pub(crate) fn gives(&mut self, number: usize, message: Message) {
        let (socket, bench) = self.parts(number);
        let given = socket.send_in(CtxId::MAIN, None, &mut Some(message), bench);
        assert_eq!(given, Ok(()));
    }

    /// Nothing was noticed on the way.
    pub(crate) fn is_fine(&self) {
        assert_eq!(self.bench.journal.breaches(), Vec::<String>::new());
    }

    /// Takes messages until none is there; says how many.
    pub(crate) fn receives_all(&mut self, number: usize) -> usize {
        std::iter::from_fn(|| self.receives(number)).count()
    }

    /// Does everything that can be done without time going by.
    pub(crate) fn now(&mut self) {
        loop {
            self.bench.net.run_due();
            let mut is_busy = false;
            for socket in self.sockets.iter_mut().flatten() {
                while socket.work(&mut self.bench) {
                    is_busy = true;
                }
            }
            let now = self.bench.now();
            if !is_busy && self.bench.net.next_event().is_none_or(|at| at > now) {
                return;
            }
        }
    }

    /// Lets time go by.
    pub(crate) fn wait(&mut self, time: Duration) {
        let until = self.bench.now() + time;
        self.wait_until(until, |_| false);
    }

    /// The machine sleeps, and nobody does anything when it should; then it wakes.
    pub(crate) fn sleeps(&mut self, time: Duration) {
        self.bench.clock.advance_to(self.bench.now() + time);
        self.now();
    }

    /// Lets time go by until something is so, and says how long that took; not longer than `most`.
    pub(crate) fn wait_for(
        &mut self,
        most: Duration,
        is_so: impl FnMut(&mut Self) -> bool,
    ) -> Duration {
        let from = self.bench.now();
        assert!(
            self.wait_until(from + most, is_so),
            "it is not so after {most:?}"
        );
        self.bench.now() - from
    }

    fn wait_until(&mut self, until: Instant, mut is_so: impl FnMut(&mut Self) -> bool) -> bool {
        loop {
            self.now();
            if is_so(self) {
                return true;
            }
            let sockets = self.sockets.iter().flatten();
            let deadlines = sockets.filter_map(SimSocket::next_deadline);
            let next = deadlines.chain(self.bench.net.next_event()).min();
            let now = self.bench.now();
            let Some(next) = next.filter(|at| *at <= until && *at > now) else {
                // Something that was made while looking may be due at this very time.
                if next.is_some_and(|at| at <= now) {
                    continue;
                }
                self.bench.clock.advance_to(until);
                self.now();
                return is_so(self);
            };
            self.bench.clock.advance_to(next);
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.bench.clock.elapsed()
    }

    pub(crate) fn live_pipes(&mut self, number: usize) -> usize {
        self.socket(number).engine().live_pipes()
    }

    /// Nothing was noticed on the way, and the books are right but for messages that still are in
    /// open sockets.
    pub(crate) fn account(&mut self, rules: Rules) -> Account {
        self.is_fine();
        check(self.bench.journal.events(), rules)
    }

    /// A raw peer that has connected to a socket.
    pub(crate) fn raw(&mut self, to: usize) -> Raw {
        let to = u32::try_from(to).unwrap();
        let mut connector = self.bench.net.connector(RAW, to);
        let bell = silent_bell();
        let mut stream = None;
        self.wait_for(SECOND, |stage| {
            stream = stage.raw_poll(&mut *connector, &bell);
            stream.is_some()
        });
        stream.unwrap()
    }

    fn raw_poll(
        &self,
        connector: &mut dyn StreamConnector,
        bell: &speedwell_transport::Doorbell,
    ) -> Option<Raw> {
        match connector.poll_connect(&mut PollCx::new(self.bench.now(), bell)) {
            Progress::Ready(stream) => Some(Raw(stream.split())),
            Progress::Wait(_) => None,
            Progress::Fail(error) => panic!("{error}"),
        }
    }

    /// A raw listener at an address that no socket has.
    pub(crate) fn raw_listener(&self, at: usize) -> Box<dyn StreamAcceptor> {
        let at = u32::try_from(at).unwrap();
        self.bench.net.listen(RAW, at).unwrap()
    }

    /// The next raw peer of a listener, if one has come.
    pub(crate) fn raw_accept(&self, listener: &mut dyn StreamAcceptor) -> Option<Raw> {
        let bell = silent_bell();
        match listener.poll_accept(&mut PollCx::new(self.bench.now(), &bell)) {
            Progress::Ready(stream) => Some(Raw(stream.split())),
            Progress::Wait(_) | Progress::Fail(_) => None,
        }
    }
}

/// A peer that says what the test says.
pub(crate) struct Raw(pub(crate) ByteHalves);

impl Raw {
    pub(crate) fn writes(&mut self, octets: &[u8]) {
        let slices = [IoSlice::new(octets)];
        assert_eq!(self.0.tx.write(&slices).unwrap(), octets.len());
    }

    /// Everything that has come, and whether that was the end.
    pub(crate) fn reads(&mut self) -> (Vec<u8>, bool) {
        let (mut all, mut buffer) = (Vec::new(), [0; 1024]);
        loop {
            match self.0.rx.read(&mut buffer) {
                Ok(0) => return (all, true),
                Ok(count) => all.extend_from_slice(&buffer[..count]),
                Err(error) => return (all, error.kind() != ErrorKind::WouldBlock),
            }
        }
    }
}

/// Small buffers on both sides of an endpoint.
pub(crate) fn small(limit: usize) -> EndpointOptions {
    let mut options = EndpointOptions::default();
    options.send_buffer = Some(limit);
    options.recv_buffer = Some(limit);
    options
}
