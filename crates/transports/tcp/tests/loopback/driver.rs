//! The smallest driver there is: polls until something happened or a deadline passed.

use std::io::{self, IoSlice};
use std::thread;
use std::time::{Duration, Instant};

use speedwell_tcp::Tcp;
use speedwell_testkit::bytes::silent_bell;
use speedwell_transport::{
    Addr, Budget, Conn, Dialer, End, EndpointOptions, Env, Error, Halves, Inbox, Listener, Message,
    PeerInfo, PollCx, Progress, ProtocolId, ProtocolIds, Scratch, Transport, Tx,
};

/// Ten times longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub const PUSH: ProtocolIds = ProtocolIds {
    me: ProtocolId::PUSH,
    peer: ProtocolId::PULL,
};
pub const PULL: ProtocolIds = ProtocolIds {
    me: ProtocolId::PULL,
    peer: ProtocolId::PUSH,
};

/// Tries again and again until there is an answer.
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

/// Polls until it is ready or fails.
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

pub fn addr(text: &str) -> Addr {
    Addr::parse(text).unwrap()
}

pub fn listen(text: &str) -> Result<Box<dyn Listener>, Error> {
    listen_with(text, &EndpointOptions::default())
}

pub fn listen_with(text: &str, options: &EndpointOptions) -> Result<Box<dyn Listener>, Error> {
    Tcp::new().listener(&addr(text), options, &Env::new())
}

pub fn dialer(text: &str) -> Result<Box<dyn Dialer>, Error> {
    dialer_with(text, &EndpointOptions::default())
}

pub fn dialer_with(text: &str, options: &EndpointOptions) -> Result<Box<dyn Dialer>, Error> {
    Tcp::new().dialer(&addr(text), options, &Env::new())
}

/// Connects without a handshake.
pub fn dial(to: &Addr) -> Result<Box<dyn Conn>, Error> {
    let mut dialer = dialer(to.as_str())?;
    settle(|cx| dialer.poll_dial(cx))
}

pub fn accept(listener: &mut dyn Listener) -> Result<Box<dyn Conn>, Error> {
    settle(|cx| listener.poll_accept(cx))
}

pub fn shake(mut conn: Box<dyn Conn>, me: ProtocolIds) -> Result<Pipe, Error> {
    let peer = settle(|cx| conn.poll_handshake(me, cx))?;
    let halves = conn.split();
    Ok(Pipe { peer, halves })
}

/// Both ends of a new connection: the dialed PUSH, the accepted PULL.
pub fn link(listener: &mut dyn Listener) -> (Pipe, Pipe) {
    let dialed = dial(&listener.local_addr()).unwrap();
    let accepted = accept(listener).unwrap();
    join(dialed, accepted)
}

/// Both ends of a connection shake hands: the dialed is PUSH, the accepted PULL.
pub fn join(dialed: Box<dyn Conn>, mut accepted: Box<dyn Conn>) -> (Pipe, Pipe) {
    let push = thread::scope(|scope| {
        let push = scope.spawn(|| shake(dialed, PUSH).unwrap());
        settle(|cx| accepted.poll_handshake(PULL, cx)).unwrap();
        push.join().unwrap()
    });
    (push, shake(accepted, PULL).unwrap())
}

/// A live pipe.
pub struct Pipe {
    pub peer: PeerInfo,
    pub halves: Halves,
}

impl Pipe {
    pub fn send(&mut self, body: &[u8]) {
        let Tx::Stream { framing, io } = &mut self.halves.tx else {
            panic!("tcp is a stream")
        };
        let mut prefix = [0; 16];
        let count = framing(body.len() as u64, &mut prefix);
        let (mut prefix, mut body) = (&prefix[..count], body);
        while !(prefix.is_empty() && body.is_empty()) {
            let slices = [IoSlice::new(prefix), IoSlice::new(body)];
            let taken = until(|| match io.write(&slices) {
                Ok(taken) => Some(taken),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
                Err(error) => panic!("{error}"),
            });
            let of_prefix = taken.min(prefix.len());
            prefix = &prefix[of_prefix..];
            body = &body[taken - of_prefix..];
        }
    }

    pub fn shutdown_write(&mut self) {
        let Tx::Stream { io, .. } = &mut self.halves.tx else {
            panic!("tcp is a stream")
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
