//! What the tests beside the code share: a protocol that does nothing, and a transport whose
//! dialers and connections do what a test says. Never part of the product.

use std::fmt;
use std::io::{self, IoSlice};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use crate::sync::PollSet;
use speedwell_engine::{Engine, SocketOptions};
use speedwell_message::{CtxId, Flow, Inbox, Message, PipeId};
use speedwell_protocol::{
    Cx, PipeInfo, Protocol, ProtocolId, ProtocolIds, Readiness, Reject, Unsent, Verdict,
};
use speedwell_transport::{
    Addr, Budget, Conn, Dialer, DirectTx, Doorbell, EndpointOptions, Env, Error, ErrorKind, Halves,
    Interest, Listener, PeerInfo, PollCx, Progress, RxHalf, RxState, Source, StreamTx, Transport,
    Tx,
};

use crate::Reactor;
use crate::hub::Hub;
use crate::random::Random;
use crate::reactor::Shared;

/// Far longer than anything here takes.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < SOON, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A protocol that takes every peer and no message, and calls every context ready.
pub(crate) struct Mute;

impl Protocol for Mute {
    fn ids(&self) -> ProtocolIds {
        ProtocolIds {
            me: ProtocolId(0xff00),
            peer: ProtocolId(0xff00),
        }
    }

    fn attach(&mut self, _: PipeId, _: &PipeInfo, _: &mut Cx<'_>) -> Result<(), Reject> {
        Ok(())
    }

    fn detach(&mut self, _: PipeId, _: &mut Unsent<'_>, _: &mut Cx<'_>) {}

    fn send(&mut self, _: CtxId, _: &mut Option<Message>, _: &mut Cx<'_>) -> Result<(), Verdict> {
        Err(Verdict::Unsupported)
    }

    fn recv_into(&mut self, _: CtxId, _: &mut Message, _: &mut Cx<'_>) -> Result<(), Verdict> {
        Err(Verdict::Unsupported)
    }

    fn on_batch(&mut self, _: PipeId, _: &mut Inbox, _: &mut Cx<'_>) {}

    fn on_writable(&mut self, _: PipeId, _: &mut Cx<'_>) {}

    fn ready(&self, _: CtxId) -> Readiness {
        Readiness {
            send: true,
            recv: true,
        }
    }
}

/// What a reactor shares with its users, without its thread: nobody is visited.
pub(crate) fn still() -> Arc<Shared> {
    Arc::new(Shared::new(PollSet::new().unwrap()))
}

/// A socket's driver without the socket.
pub(crate) fn hub(reactor: &Reactor) -> Arc<Hub> {
    let engine = Engine::new(Box::new(Mute), SocketOptions::default(), 1);
    Hub::new(reactor.clone(), engine, Random::new())
}

/// A visit of a dialer: the location of its address, and its bell.
pub(crate) type Visit = (String, Doorbell);

/// `visit://NAME` reports each poll of its dialers and waits for the bell; `visit://NAME@MS` also
/// for a point in time so many milliseconds after the transport was made. Each poll of
/// `refuse://NAME` fails at once.
pub(crate) struct Visits {
    scheme: &'static str,
    start: Instant,
    visits: mpsc::Sender<Visit>,
}

impl Visits {
    pub(crate) fn new(scheme: &'static str) -> (Self, mpsc::Receiver<Visit>) {
        let (visits, visited) = mpsc::channel();
        let start = Instant::now();
        let transport = Self {
            scheme,
            start,
            visits,
        };
        (transport, visited)
    }
}

impl Transport for Visits {
    fn scheme(&self) -> &str {
        self.scheme
    }

    fn dialer(
        &self,
        addr: &Addr,
        _: &EndpointOptions,
        _: &Env<'_>,
    ) -> Result<Box<dyn Dialer>, Error> {
        let due_ms = addr
            .location()
            .split_once('@')
            .and_then(|(_, ms)| ms.parse().ok());
        Ok(Box::new(VisitedDialer {
            name: addr.location().to_owned(),
            due: due_ms.map(|ms| self.start + Duration::from_millis(ms)),
            refuses: self.scheme == "refuse",
            visits: self.visits.clone(),
        }))
    }

    fn listener(
        &self,
        _: &Addr,
        _: &EndpointOptions,
        _: &Env<'_>,
    ) -> Result<Box<dyn Listener>, Error> {
        Err(Error::new(ErrorKind::AddressNotAvailable, "nobody listens"))
    }
}

struct VisitedDialer {
    name: String,
    due: Option<Instant>,
    refuses: bool,
    visits: mpsc::Sender<Visit>,
}

impl Dialer for VisitedDialer {
    fn poll_dial(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn Conn>> {
        let _ = self.visits.send((self.name.clone(), cx.bell().clone()));
        if self.refuses {
            return Progress::Fail(Error::new(ErrorKind::Refused, "nobody is there"));
        }
        match self.due.filter(|due| *due > cx.now()) {
            Some(due) => Progress::Wait(Interest::bell().until(due)),
            None => Progress::Wait(Interest::bell()),
        }
    }

    fn abandon(&mut self) {}
}
/// A connection whose handshake never ends, or is done at once; it tells when it is dropped.
pub(crate) struct StubConn {
    pub(crate) greeting: Option<ProtocolId>,
    /// Holds a count while the connection exists.
    pub(crate) alive: Arc<()>,
}

impl Conn for StubConn {
    fn poll_handshake(&mut self, _: ProtocolIds, _: &mut PollCx<'_>) -> Progress<PeerInfo> {
        match self.greeting {
            Some(protocol) => Progress::Ready(PeerInfo::new(protocol)),
            None => Progress::Wait(Interest::bell()),
        }
    }

    fn split(self: Box<Self>) -> Halves {
        Halves {
            source: Source::Doorbell,
            tx: Tx::Direct(Box::new(StubHalf(self.alive.clone()))),
            rx: Box::new(StubHalf(self.alive)),
        }
    }
}

/// Either half: takes everything and gives nothing.
struct StubHalf(#[expect(dead_code, reason = "held for its count")] Arc<()>);

impl DirectTx for StubHalf {
    fn push(&mut self, _: Message) -> Flow {
        Flow::Open
    }

    fn flow(&self) -> Flow {
        Flow::Open
    }

    fn is_alive(&self) -> bool {
        true
    }

    fn take_unsent(&mut self) -> Option<Message> {
        None
    }
}

impl RxHalf for StubHalf {
    fn read(&mut self, _: &mut Inbox, _: &mut Budget<'_>) -> RxState {
        RxState::idle()
    }
}

impl fmt::Debug for StubConn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StubConn")
    }
}

/// A stream that takes nothing now.
pub(crate) struct FullStream;

impl StreamTx for FullStream {
    fn write(&mut self, _: &[IoSlice<'_>]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        Ok(())
    }
}
