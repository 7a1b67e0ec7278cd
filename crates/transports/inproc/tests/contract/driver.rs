//! A driver for tests: bells that count and can be waited for, and the steps of a connection.
//! It polls nothing by itself. See `rfc/0001-contracts.md`.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use speedwell_inproc::{Inproc, Names};
use speedwell_transport::{
    Addr, Budget, Conn, Dialer, DirectTx, Doorbell, End, EndpointOptions, Env, Error, Inbox,
    Listener, Message, PeerInfo, PollCx, Progress, ProtocolId, ProtocolIds, Ring, RxHalf, RxState,
    Scratch, Source, Transport, Tx,
};

/// After this long without a ring, one was lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// The endpoint numbers that pipes in these tests announce.
pub(crate) const PAIR: ProtocolIds = ProtocolIds {
    me: ProtocolId::PAIR,
    peer: ProtocolId::PAIR,
};

#[derive(Default)]
struct Count {
    rings: Mutex<u64>,
    rung: Condvar,
}

impl Ring for Count {
    fn ring(&self) {
        *self.rings.lock().unwrap() += 1;
        self.rung.notify_one();
    }
}

/// The bell of one object, and how often it was rung.
pub(crate) struct Bell {
    count: Arc<Count>,
    doorbell: Doorbell,
    seen: u64,
}

impl Bell {
    pub(crate) fn new() -> Self {
        let count = Arc::new(Count::default());
        Self {
            doorbell: Doorbell::new(count.clone()),
            count,
            seen: 0,
        }
    }

    /// Polls an object that this bell belongs to.
    pub(crate) fn poll<T>(&self, poll: impl FnOnce(&mut PollCx<'_>) -> T) -> T {
        poll(&mut PollCx::new(Instant::now(), &self.doorbell))
    }

    /// Rings since the beginning.
    pub(crate) fn rings(&self) -> u64 {
        *self.count.rings.lock().unwrap()
    }

    /// Whether it was rung since the last look.
    pub(crate) fn was_rung(&mut self) -> bool {
        let rings = self.rings();
        std::mem::replace(&mut self.seen, rings) != rings
    }

    /// Waits until it was rung since the last look.
    pub(crate) fn wait(&mut self) {
        let rings = self.count.rings.lock().unwrap();
        let (rings, waited) = self
            .count
            .rung
            .wait_timeout_while(rings, PATIENCE, |rings| *rings == self.seen)
            .unwrap();
        assert!(!waited.timed_out(), "a wake-up was lost");
        self.seen = *rings;
    }
}

/// What a poll came to, without what it waits for.
pub(crate) fn ready<T>(progress: Progress<T>) -> Result<Option<T>, Error> {
    match progress {
        Progress::Ready(value) => Ok(Some(value)),
        Progress::Wait(interest) => {
            assert!(interest.source().is_none() && interest.deadline().is_none());
            Ok(None)
        }
        Progress::Fail(error) => Err(error),
    }
}

/// Sockets that share a table of names.
pub(crate) struct World {
    inproc: Inproc,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_names(Names::default())
    }

    pub(crate) fn with_names(names: Names) -> Self {
        Self {
            inproc: Inproc::with_names(names),
        }
    }

    pub(crate) fn of_the_process() -> Self {
        Self {
            inproc: Inproc::new(),
        }
    }

    pub(crate) fn dials(&self, addr: &str) -> Dials {
        self.dials_with(addr, &EndpointOptions::default())
    }

    pub(crate) fn dials_with(&self, addr: &str, options: &EndpointOptions) -> Dials {
        let addr = Addr::parse(addr).unwrap();
        let dialer = self.inproc.dialer(&addr, options, &Env::new()).unwrap();
        Dials {
            dialer,
            bell: Bell::new(),
        }
    }

    pub(crate) fn listens(&self, addr: &str) -> Result<Listens, Error> {
        self.listens_with(addr, &EndpointOptions::default())
    }

    pub(crate) fn listens_with(
        &self,
        addr: &str,
        options: &EndpointOptions,
    ) -> Result<Listens, Error> {
        let addr = Addr::parse(addr).unwrap();
        let listener = self.inproc.listener(&addr, options, &Env::new())?;
        Ok(Listens {
            listener,
            bell: Bell::new(),
        })
    }

    /// Both ends of a pipe, the dialer's first. `recv_buffer` bounds the direction to the listener.
    pub(crate) fn pipe(&self, recv_buffer: Option<usize>) -> (Pipe, Pipe) {
        let mut options = EndpointOptions::default();
        options.recv_buffer = recv_buffer;
        let mut listens = self.listens_with("inproc://pipe", &options).unwrap();
        let mut dials = self.dials("inproc://pipe");
        let dialed = dials.poll().unwrap();
        let accepted = listens.poll().unwrap();
        meet(dialed, accepted)
    }
}

pub(crate) struct Dials {
    pub(crate) dialer: Box<dyn Dialer>,
    pub(crate) bell: Bell,
}

impl Dials {
    pub(crate) fn poll(&mut self) -> Option<Joining> {
        let conn = self.bell.poll(|cx| self.dialer.poll_dial(cx));
        ready(conn).unwrap().map(Joining::new)
    }
}

pub(crate) struct Listens {
    pub(crate) listener: Box<dyn Listener>,
    pub(crate) bell: Bell,
}

impl Listens {
    pub(crate) fn poll(&mut self) -> Option<Joining> {
        let conn = self.bell.poll(|cx| self.listener.poll_accept(cx));
        ready(conn).unwrap().map(Joining::new)
    }
}

/// One side of a connection that shakes hands.
pub(crate) struct Joining {
    conn: Box<dyn Conn>,
    pub(crate) bell: Bell,
}

impl Joining {
    fn new(conn: Box<dyn Conn>) -> Self {
        Self {
            conn,
            bell: Bell::new(),
        }
    }

    pub(crate) fn poll(&mut self) -> Result<Option<PeerInfo>, Error> {
        self.poll_as(PAIR)
    }

    pub(crate) fn poll_as(&mut self, me: ProtocolIds) -> Result<Option<PeerInfo>, Error> {
        ready(self.bell.poll(|cx| self.conn.poll_handshake(me, cx)))
    }

    pub(crate) fn split(self) -> Pipe {
        let halves = self.conn.split();
        assert!(matches!(halves.source, Source::Doorbell));
        let Tx::Direct(tx) = halves.tx else {
            panic!("inproc hands messages over");
        };
        Pipe {
            tx: Some(tx),
            rx: Some(halves.rx),
            bell: self.bell,
            scratch: Scratch::new(),
        }
    }
}

/// Shakes hands on both sides.
pub(crate) fn meet(mut left: Joining, mut right: Joining) -> (Pipe, Pipe) {
    assert_eq!(left.poll().unwrap(), None);
    assert!(right.poll().unwrap().is_some());
    assert!(left.poll().unwrap().is_some());
    (left.split(), right.split())
}

/// One end of a live pipe.
pub(crate) struct Pipe {
    pub(crate) tx: Option<Box<dyn DirectTx>>,
    pub(crate) rx: Option<Box<dyn RxHalf>>,
    pub(crate) bell: Bell,
    scratch: Scratch,
}

impl Pipe {
    pub(crate) fn tx(&mut self) -> &mut dyn DirectTx {
        self.tx.as_deref_mut().unwrap()
    }

    pub(crate) fn sends(&mut self, message: impl Into<Message>) -> bool {
        let flow = self.tx().push(message.into());
        if let Some(peer) = self.tx().take_ring() {
            peer.ring();
        }
        flow.is_open()
    }

    /// What a driver does for the transmitting half once its bell has rung.
    pub(crate) fn visits(&mut self) {
        self.tx().flush();
        if let Some(peer) = self.tx().take_ring() {
            peer.ring();
        }
    }

    pub(crate) fn reads(&mut self, messages: usize, octets: usize) -> (Inbox, RxState) {
        let mut inbox = Inbox::new();
        let state = self.reads_into(&mut inbox, messages, octets);
        (inbox, state)
    }

    pub(crate) fn reads_into(
        &mut self,
        inbox: &mut Inbox,
        messages: usize,
        octets: usize,
    ) -> RxState {
        let mut budget = Budget {
            messages,
            octets,
            scratch: &mut self.scratch,
        };
        self.rx.as_mut().unwrap().read(inbox, &mut budget)
    }

    /// Everything there is, and whether the peer has closed.
    pub(crate) fn receives(&mut self) -> (Vec<Message>, bool) {
        let mut all = Vec::new();
        loop {
            let (mut inbox, state) = self.reads(64, 64 * 1024);
            all.extend(std::iter::from_fn(|| inbox.pop()));
            match state.end {
                Some(End::Closed) => return (all, true),
                Some(End::Failed(error)) => panic!("an in-process pipe does not fail: {error}"),
                None if state.more => {}
                None => return (all, false),
            }
        }
    }

    /// Everything that the peer did not take.
    pub(crate) fn takes_unsent(&mut self) -> Vec<Message> {
        std::iter::from_fn(|| self.tx().take_unsent()).collect()
    }
}

/// A sequence that looks random and is the same every time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// A message that says which one it is.
pub(crate) fn numbered(number: u64) -> Message {
    Message::from(&number.to_le_bytes())
}

pub(crate) fn number(message: &Message) -> u64 {
    u64::from_le_bytes(message.body()[..8].try_into().unwrap())
}
