//! Connecting and listening in the simulated network. Never tries again by itself.
//! See `rfc/sp-simulation.md` section 3.

use std::sync::{Arc, Mutex};

use speedwell_transport::{
    Addr, ByteStream, Error, ErrorKind, Interest, PollCx, Progress, Source, StreamAcceptor,
    StreamConnector,
};

use super::connection::Side;
use super::state::{Fate, State};
use super::stream::SimStream;
use super::{HostId, lock};

pub(super) struct SimConnector {
    shared: Arc<Mutex<State>>,
    host: HostId,
    to: u32,
    attempt: Option<u64>,
}

impl SimConnector {
    pub(super) fn new(shared: Arc<Mutex<State>>, host: HostId, to: u32) -> Self {
        Self {
            shared,
            host,
            to,
            attempt: None,
        }
    }
}

impl StreamConnector for SimConnector {
    fn poll_connect(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>> {
        let mut state = lock(&self.shared);
        let waiting = Progress::Wait(Interest::writable(Source::Doorbell));
        let Some(number) = self.attempt else {
            self.attempt = Some(state.add_attempt(self.host, self.to, cx.bell().clone()));
            return waiting;
        };
        let connection = match state.attempts.get(&number).map(|attempt| attempt.fate) {
            Some(Fate::Open | Fate::Decided { came: false, .. }) => return waiting,
            Some(Fate::Decided { connection, .. }) => connection,
            None => None,
        };
        state.attempts.remove(&number);
        self.attempt = None;
        match connection {
            Some(id) => {
                let peer = peer_addr(&mut state, id, Side::Dialer);
                let shared = Arc::clone(&self.shared);
                Progress::Ready(Box::new(SimStream::new(shared, id, Side::Dialer, peer)))
            }
            None => Progress::Fail(Error::new(ErrorKind::Refused, "nobody listens there")),
        }
    }

    fn abandon(&mut self) {
        if let Some(number) = self.attempt.take() {
            lock(&self.shared).drop_attempt(number);
        }
    }
}

impl Drop for SimConnector {
    fn drop(&mut self) {
        self.abandon();
    }
}

pub(super) struct SimAcceptor {
    shared: Arc<Mutex<State>>,
    at: u32,
    addr: Addr,
}

impl SimAcceptor {
    pub(super) fn new(shared: Arc<Mutex<State>>, at: u32, addr: Addr) -> Self {
        Self { shared, at, addr }
    }
}

impl StreamAcceptor for SimAcceptor {
    fn local_addr(&self) -> Addr {
        self.addr.clone()
    }

    fn poll_accept(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>> {
        let mut state = lock(&self.shared);
        let Some(listening) = state.listeners.get_mut(&self.at) else {
            return Progress::Wait(Interest::bell());
        };
        if listening.exhausted > 0 && !listening.backlog.is_empty() {
            listening.exhausted -= 1;
            return Progress::Fail(Error::new(ErrorKind::Exhausted, "no descriptor is left"));
        }
        let Some(id) = listening.backlog.pop_front() else {
            listening.bell = Some(cx.bell().clone());
            return Progress::Wait(Interest::bell());
        };
        let peer = peer_addr(&mut state, id, Side::Listener);
        let shared = Arc::clone(&self.shared);
        Progress::Ready(Box::new(SimStream::new(shared, id, Side::Listener, peer)))
    }
}

impl Drop for SimAcceptor {
    fn drop(&mut self) {
        lock(&self.shared).drop_listener(self.at);
    }
}

/// What a side calls the other.
fn peer_addr(state: &mut State, id: super::ConnectionId, side: Side) -> Option<Addr> {
    let host = state.connection(id)?.host(side.other());
    Addr::from_parts("sim", format_args!("{}:{}", host.0, id.0)).ok()
}
