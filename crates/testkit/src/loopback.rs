//! The smallest driver there is, for transports over the real system: polls until something
//! happened or patience ends. It never sleeps and knows no deadline of its own but that one.
//! See `rfc/0001-contracts.md`.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test fails by a panic"
)]

use std::fmt;
use std::io::{self, IoSlice};
use std::thread;
use std::time::{Duration, Instant};

use speedwell_transport::{
    Addr, Budget, Conn, Dialer, End, EndpointOptions, Env, Error, Halves, Inbox, Listener, Message,
    PeerInfo, PollCx, Progress, ProtocolId, ProtocolIds, Scratch, Transport, Tx,
};

use crate::bytes::silent_bell;

pub mod promises;

/// Ten times longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A side that sends.
pub const PUSH: ProtocolIds = ProtocolIds {
    me: ProtocolId::PUSH,
    peer: ProtocolId::PULL,
};

/// A side that receives.
pub const PULL: ProtocolIds = ProtocolIds {
    me: ProtocolId::PULL,
    peer: ProtocolId::PUSH,
};

/// Tries again and again until there is an answer; panics when patience ends.
pub fn until<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = attempt() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "nothing happened");
        thread::yield_now();
    }
}

/// Polls until it is ready or fails. What waits must name a source and a direction.
///
/// # Errors
///
/// That of the poll.
pub fn settle<T>(mut poll: impl FnMut(&mut PollCx<'_>) -> Progress<T>) -> Result<T, Error> {
    let bell = silent_bell();
    until(|| match poll(&mut PollCx::new(Instant::now(), &bell)) {
        Progress::Ready(answer) => Some(Ok(answer)),
        Progress::Wait(interest) => {
            assert!(interest.source().is_some() && (interest.read() || interest.write()));
            None
        }
        Progress::Fail(error) => Some(Err(error)),
    })
}

/// An address of which the test knows that it is one.
#[must_use]
pub fn addr(text: &str) -> Addr {
    Addr::parse(text).unwrap()
}

/// A listener of `transport`.
///
/// # Errors
///
/// Those of the transport.
pub fn listen(
    transport: &dyn Transport,
    text: &str,
    options: &EndpointOptions,
) -> Result<Box<dyn Listener>, Error> {
    transport.listener(&addr(text), options, &Env::new())
}

/// A dialer of `transport`.
///
/// # Errors
///
/// Those of the transport.
pub fn dialer(
    transport: &dyn Transport,
    text: &str,
    options: &EndpointOptions,
) -> Result<Box<dyn Dialer>, Error> {
    transport.dialer(&addr(text), options, &Env::new())
}

/// Connects without a handshake.
///
/// # Errors
///
/// Those of the attempt.
pub fn dial(transport: &dyn Transport, to: &Addr) -> Result<Box<dyn Conn>, Error> {
    let mut dialer = transport.dialer(to, &EndpointOptions::default(), &Env::new())?;
    settle(|cx| dialer.poll_dial(cx))
}

/// Accepts without a handshake.
///
/// # Errors
///
/// Those of accepting.
pub fn accept(listener: &mut dyn Listener) -> Result<Box<dyn Conn>, Error> {
    settle(|cx| listener.poll_accept(cx))
}

/// A handshake, seen from one side.
///
/// # Errors
///
/// Those of the handshake.
pub fn shake(mut conn: Box<dyn Conn>, me: ProtocolIds) -> Result<Pipe, Error> {
    let peer = settle(|cx| conn.poll_handshake(me, cx))?;
    let halves = conn.split();
    Ok(Pipe { peer, halves })
}

/// Both ends of a new connection: the dialed PUSH, the accepted PULL.
pub fn link(transport: &dyn Transport, listener: &mut dyn Listener) -> (Pipe, Pipe) {
    let dialed = dial(transport, &listener.local_addr()).unwrap();
    join(dialed, accept(listener).unwrap())
}

/// The handshake of a dialed PUSH with the accepted PULL.
#[must_use]
pub fn join(dialed: Box<dyn Conn>, mut accepted: Box<dyn Conn>) -> (Pipe, Pipe) {
    let push = thread::scope(|scope| {
        let push = scope.spawn(|| shake(dialed, PUSH).unwrap());
        settle(|cx| accepted.poll_handshake(PULL, cx)).unwrap();
        push.join().unwrap()
    });
    (push, shake(accepted, PULL).unwrap())
}

/// A live pipe over a byte stream.
pub struct Pipe {
    /// Who is at the other end.
    pub peer: PeerInfo,
    /// The two halves.
    pub halves: Halves,
}

impl Pipe {
    /// Sends a message whole, and panics when that fails.
    pub fn send(&mut self, body: &[u8]) {
        self.try_send(body).unwrap();
    }

    /// Sends a message whole.
    ///
    /// # Errors
    ///
    /// That of the connection.
    pub fn try_send(&mut self, body: &[u8]) -> io::Result<()> {
        let Tx::Stream { framing, io } = &mut self.halves.tx else {
            panic!("not a pipe over a byte stream")
        };
        let mut prefix = [0; 16];
        let count = framing(body.len() as u64, &mut prefix);
        let (mut prefix, mut body) = (prefix.get(..count).unwrap(), body);
        while !(prefix.is_empty() && body.is_empty()) {
            let slices = [IoSlice::new(prefix), IoSlice::new(body)];
            let taken = until(|| match io.write(&slices) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
                result => Some(result),
            })?;
            let of_prefix = taken.min(prefix.len());
            prefix = prefix.get(of_prefix..).unwrap();
            body = body.get(taken.saturating_sub(of_prefix)..).unwrap();
        }
        Ok(())
    }

    /// Tells the peer that nothing more comes.
    pub fn shutdown_write(&mut self) {
        let Tx::Stream { io, .. } = &mut self.halves.tx else {
            panic!("not a pipe over a byte stream")
        };
        io.shutdown_write().unwrap();
    }

    /// Reads until so many messages have come or the pipe has ended.
    pub fn receive(&mut self, count: usize) -> (Vec<Message>, Option<End>) {
        let (mut read, mut inbox, mut scratch) = (Vec::new(), Inbox::new(), Scratch::new());
        let end = until(|| {
            let mut budget = Budget {
                messages: 64,
                octets: 64 * 1024,
                scratch: &mut scratch,
            };
            let state = self.halves.rx.read(&mut inbox, &mut budget);
            read.extend(std::iter::from_fn(|| inbox.pop()));
            match state.end {
                Some(end) => Some(Some(end)),
                None => (read.len() >= count).then_some(None),
            }
        });
        (read, end)
    }
}

impl fmt::Debug for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipe")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}
