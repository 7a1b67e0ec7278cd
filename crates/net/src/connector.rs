//! Connects to one TCP address, again and again. Never blocks, and decides no pause between
//! attempts. Obeys `rfc/sp-tcp.md` sections 2, 4 and 6.

use std::collections::VecDeque;
use std::io::{self, ErrorKind as Io};
use std::mem;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::Socket;
use speedwell_os::{Connecting, Own, StreamSocket, connect};
use speedwell_transport::{
    Addr, ByteStream, EndpointOptions, Env, Error, ErrorKind, Interest, LookUp, PollCx, Progress,
    Source, StreamConnector,
};

use crate::TcpAddress;
use crate::socket::{SocketOptions, to_addr};
use crate::target::{ADDRESSES_MAX, Target};

/// How long one address of several may give no answer, before the next is tried.
const SILENCE_MAX: Duration = Duration::from_secs(1);

/// A [`StreamConnector`] to one TCP address.
///
/// ```text
///         name             found             connected
///  Idle ────────► LookingUp ────► Connecting ────────► (a stream) Idle
///   └── literal ────────────────────►  │ ▲
///                                      └─┘ failed, silent: the next address
///  any ── nothing left to try, abandoned ──► Idle
/// ```
#[derive(Debug)]
pub struct TcpConnector {
    target: Target,
    scheme: String,
    options: SocketOptions,
    attempt: Attempt,
    /// Addresses of the name that gave no answer since it last led to a connection.
    silent: Vec<SocketAddr>,
}

#[derive(Debug)]
enum Attempt {
    Idle,
    LookingUp(Box<dyn LookUp>),
    Connecting(Trial),
}

/// A socket that the system is connecting, and what else there is to try.
#[derive(Debug)]
struct Trial {
    socket: Arc<Own<Socket>>,
    to: SocketAddr,
    rest: VecDeque<SocketAddr>,
    /// When the next address is tried; `None` for the last one.
    until: Option<Instant>,
}

/// What a step of an attempt came to.
enum Step {
    Next(Attempt),
    Waits(Attempt, Interest),
    Done(StreamSocket),
}

impl TcpConnector {
    /// A connector to `addr`, whatever its scheme. Does not look for a peer yet. Names are looked
    /// up for each attempt, by the resolver of `env`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidAddress`] when the address is not `[LOCAL;]HOST:PORT`;
    /// [`ErrorKind::AddressNotAvailable`] when `LOCAL` names no interface, or `HOST` is a name and
    /// there is no resolver.
    pub fn new(addr: &Addr, options: &EndpointOptions, env: &Env<'_>) -> Result<Self, Error> {
        let options = SocketOptions::new(options);
        let address = TcpAddress::parse(addr.location())?;
        Ok(Self {
            target: Target::new(address, &options, env.resolver())?,
            scheme: addr.scheme().to_owned(),
            options,
            attempt: Attempt::Idle,
            silent: Vec::new(),
        })
    }

    fn step(&mut self, attempt: Attempt, cx: &PollCx<'_>) -> Result<Step, Error> {
        match attempt {
            Attempt::Idle => match (self.target.literal(), self.target.look_up(cx.bell())) {
                (Some(literal), _) => self.connect([literal].into(), cx.now()),
                (None, Some(look_up)) => Ok(Step::Next(Attempt::LookingUp(look_up))),
                (None, None) => Err(nowhere()),
            },
            Attempt::LookingUp(mut look_up) => match look_up.poll() {
                None => Ok(Step::Waits(
                    Attempt::LookingUp(look_up),
                    Interest::look_up(),
                )),
                Some(found) => {
                    let rest = self.target.choose(found?, &self.silent);
                    self.connect(rest, cx.now())
                }
            },
            Attempt::Connecting(trial) => self.look_after(trial, cx.now()),
        }
    }

    /// Goes on to the first address that does not fail at once.
    ///
    /// rfc: sp-tcp T-28
    fn connect(&self, mut rest: VecDeque<SocketAddr>, now: Instant) -> Result<Step, Error> {
        let mut failure = None;
        while let Some(to) = rest.pop_front() {
            match self.start(to) {
                Ok(socket) => {
                    let until = (!rest.is_empty()).then(|| now + SILENCE_MAX);
                    return Ok(Step::Next(Attempt::Connecting(Trial {
                        socket: Arc::new(socket),
                        to,
                        rest,
                        until,
                    })));
                }
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(nowhere))
    }

    fn start(&self, to: SocketAddr) -> Result<Own<Socket>, Error> {
        // rfc: sp-tcp T-17
        let failed = |error| cannot_connect(to, error);
        let local = self.target.local_for(to)?;
        let socket = self.options.socket_for(to).map_err(failed)?;
        self.options.apply(&socket).map_err(failed)?;
        if let Some(local) = local {
            let what = |error| Error::from_io(format!("cannot connect from {local}"), error);
            socket.bind(&local.into()).map_err(what)?;
        }
        match connect(&socket, &to.into()).map_err(failed)? {
            Connecting::Connected | Connecting::UnderWay => Ok(socket),
        }
    }

    /// Looks how far the system has come.
    fn look_after(&mut self, trial: Trial, now: Instant) -> Result<Step, Error> {
        let failure = match Outcome::of(&trial.socket) {
            Ok(Outcome::Connected) => {
                self.silent.clear();
                let peer = to_addr(&self.scheme, trial.to).ok();
                return Ok(Step::Done(self.options.stream(trial.socket, peer)));
            }
            Ok(Outcome::UnderWay) if trial.until.is_none_or(|until| now < until) => {
                let source = Source::os(Arc::<Own<Socket>>::clone(&trial.socket));
                let mut interest = Interest::writable(source);
                if let Some(until) = trial.until {
                    interest = interest.until(until);
                }
                return Ok(Step::Waits(Attempt::Connecting(trial), interest));
            }
            Ok(Outcome::UnderWay) => {
                self.note_silent(trial.to);
                let what = format!("{} gives no answer", trial.to);
                Error::new(ErrorKind::TimedOut, what)
            }
            Ok(Outcome::ToItself) => {
                let what = format!("nobody listens at {}: it answered itself", trial.to);
                Error::new(ErrorKind::Refused, what)
            }
            Err(error) => cannot_connect(trial.to, error),
        };
        if trial.rest.is_empty() {
            return Err(failure);
        }
        self.connect(trial.rest, now)
    }

    /// rfc: sp-tcp T-29
    fn note_silent(&mut self, address: SocketAddr) {
        let is_named = self.target.literal().is_none();
        if is_named && !self.silent.contains(&address) && self.silent.len() < ADDRESSES_MAX {
            self.silent.push(address);
        }
    }
}

impl StreamConnector for TcpConnector {
    fn poll_connect(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>> {
        loop {
            let attempt = mem::replace(&mut self.attempt, Attempt::Idle);
            match self.step(attempt, cx) {
                Ok(Step::Next(attempt)) => self.attempt = attempt,
                Ok(Step::Waits(attempt, interest)) => {
                    self.attempt = attempt;
                    return Progress::Wait(interest);
                }
                Ok(Step::Done(stream)) => return Progress::Ready(Box::new(stream)),
                Err(error) => return Progress::Fail(error),
            }
        }
    }

    fn abandon(&mut self) {
        if let Attempt::Connecting(trial) = mem::replace(&mut self.attempt, Attempt::Idle) {
            self.note_silent(trial.to);
        }
    }
}

fn cannot_connect(to: SocketAddr, error: io::Error) -> Error {
    Error::from_io(format!("cannot connect to {to}"), error)
}

fn nowhere() -> Error {
    let what = "the name has no address of a version that may be used";
    Error::new(ErrorKind::Unreachable, what)
}

/// How far a socket has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    UnderWay,
    Connected,
    /// The system chose the very port that was to be connected to, and nobody listened there.
    ToItself,
}

impl Outcome {
    fn of(socket: &Own<Socket>) -> io::Result<Self> {
        // rfc: sp-waiting W-61
        socket.look()?;
        if let Some(error) = socket.take_error()? {
            return Err(error);
        }
        let peer = match socket.peer_addr() {
            Ok(peer) => peer,
            Err(error) if error.kind() == Io::NotConnected => return Ok(Self::UnderWay),
            Err(error) => return Err(error),
        };
        // rfc: sp-tcp T-20
        if socket.local_addr()? == peer {
            // Closed by a reset, or the port would be taken for minutes.
            let _ = socket.set_linger(Some(Duration::ZERO));
            return Ok(Self::ToItself);
        }
        Ok(Self::Connected)
    }
}

#[cfg(test)]
mod tests;
