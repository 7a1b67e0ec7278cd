//! The socket without its protocol's type: endpoints, options, statistics, closing.
//! See `rfc/sp-endpoint.md`.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use speedwell_engine::{Engine, SocketOptions};
use speedwell_message::{CtxId, Message};
use speedwell_protocol::{Priority, Protocol};
use speedwell_transport::{Addr, Env, ErrorKind as TransportErrorKind, Resolver};

use super::Messages;
use super::Socket;
use super::closing::Way;
use super::patience::Wait;
use crate::default_reactor::default_reactor;
use crate::hub::Hub;
use crate::io::{Limits, Role};
use crate::options::Options;
use crate::random::Random;
use crate::sync::Ordering;
use crate::turn::Work;
use crate::{Endpoint, Error, ErrorKind, Reactor, SendError, Transports};

/// Makes sockets with a reactor of their own choice.
#[derive(Clone, Debug)]
pub struct Builder {
    transports: Transports,
    reactor: Option<Reactor>,
    resolver: Option<Arc<dyn Resolver>>,
}

impl Builder {
    /// A builder of sockets over these transports, served by the process's reactor.
    #[must_use]
    pub fn new(transports: Transports) -> Self {
        Self {
            transports,
            reactor: None,
            resolver: None,
        }
    }

    /// Has another reactor serve the sockets.
    #[must_use]
    pub fn reactor(mut self, reactor: Reactor) -> Self {
        self.reactor = Some(reactor);
        self
    }

    /// Has names looked up by something else than the system.
    #[must_use]
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.resolver = Some(Arc::new(resolver));
        self
    }

    /// Opens a socket.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exhausted`] when the reactor cannot start; [`ErrorKind::Forked`] when it is one
    /// of a parent process.
    pub fn open<P: Protocol>(&self, protocol: P) -> Result<Socket<P>, Error> {
        let reactor = match &self.reactor {
            Some(reactor) => reactor.shared().check().map(|()| reactor.clone())?,
            None => default_reactor()?,
        };
        let mut random = Random::new();
        let engine = Engine::new(Box::new(protocol), SocketOptions::default(), random.next());
        let system = reactor.shared().resolver();
        let resolver = self.resolver.as_ref().unwrap_or(system).clone();
        let hub = Hub::new(reactor, engine, random);
        Ok(Socket::from_any(AnySocket {
            hub,
            resolver,
            transports: self.transports.clone(),
        }))
    }
}

/// A socket whatever its protocol.
pub struct AnySocket {
    pub(super) hub: Arc<Hub>,
    pub(super) resolver: Arc<dyn Resolver>,
    pub(super) transports: Transports,
}

impl AnySocket {
    /// Listens at an address, such as `tcp://127.0.0.1:0`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Transport`] when the address is wrong or cannot be had;
    /// [`ErrorKind::Closed`].
    pub fn bind(&self, address: impl AsRef<str>) -> Result<Endpoint, Error> {
        let addr = Addr::parse(address.as_ref())?;
        let options = self.hub.lock()?.options.endpoint.clone();
        let env = Env::new().with_resolver(&self.resolver);
        let listener = match self.transport(&addr)?.listener(&addr, &options, &env) {
            Ok(listener) => listener,
            Err(error) => {
                self.hub.state.lock().engine.bind_failed();
                return Err(error.into());
            }
        };
        let local = listener.local_addr();
        self.add(Role::Listener(listener), local, Limits::of(&options))
    }

    /// Connects to an address, and again whenever the connection is lost. Does not wait.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Transport`] when the address is wrong; [`ErrorKind::Closed`]. That nobody
    /// listens there is no error.
    pub fn connect(&self, address: impl AsRef<str>) -> Result<Endpoint, Error> {
        let addr = Addr::parse(address.as_ref())?;
        let options = self.hub.lock()?.options.endpoint.clone();
        let env = Env::new().with_resolver(&self.resolver);
        let dialer = self.transport(&addr)?.dialer(&addr, &options, &env)?;
        self.add(Role::Dialer(dialer), addr, Limits::of(&options))
    }

    fn transport(&self, addr: &Addr) -> Result<&dyn speedwell_transport::Transport, Error> {
        self.transports.find(addr.scheme()).ok_or_else(|| {
            let what = format!("no transport for {}://", addr.scheme());
            speedwell_transport::Error::new(TransportErrorKind::UnknownScheme, what).into()
        })
    }

    fn add(&self, role: Role, address: Addr, limits: Limits) -> Result<Endpoint, Error> {
        let mut work = Work::default();
        let mut state = self.hub.lock()?;
        if state.engine.is_closing() {
            return Err(ErrorKind::Closed.into());
        }
        work.trail.prepare(&mut state.engine);
        let (send, recv) = (state.options.send_priority, state.options.recv_priority);
        let id = match &role {
            Role::Dialer(_) => state.engine.add_dialer(send, recv),
            Role::Listener(_) => state.engine.add_listener(send, recv),
        };
        let endpoint = self.hub.install(id, role, limits, address.clone());
        state.endpoints.insert(id, endpoint);
        self.hub.leave(state, &mut work);
        self.hub.settle(&mut work);
        Ok(Endpoint {
            hub: Arc::downgrade(&self.hub),
            id,
            address,
        })
    }

    pub(super) fn send_in(
        &self,
        ctx: CtxId,
        message: &mut Option<Message>,
        wait: Wait,
    ) -> Result<(), SendError> {
        self.hub.send_in(ctx, message, wait)
    }

    pub(super) fn recv_in(&self, ctx: CtxId, wait: Wait) -> Result<Message, Error> {
        self.hub.recv_in(ctx, wait)
    }

    /// The messages of this socket, whatever its protocol: for devices.
    #[must_use]
    pub fn messages(&self) -> Messages {
        Messages::new(self.hub.clone())
    }

    /// The number of live pipes.
    #[must_use]
    pub fn pipes(&self) -> usize {
        self.hub.lock().map_or(0, |state| state.engine.live_pipes())
    }

    pub(super) fn set(&self, set: impl FnOnce(&mut Options)) {
        if let Ok(mut state) = self.hub.lock() {
            set(&mut state.options);
        }
    }

    pub(super) fn set_times(&self, set: impl FnOnce(&mut SocketOptions)) {
        if let Ok(mut state) = self.hub.lock() {
            set(state.engine.options_mut());
        }
    }

    /// How long `send` waits; `None`, the default, is for ever.
    pub fn set_send_timeout(&self, timeout: Option<Duration>) {
        self.set(|options| options.send_timeout = timeout);
    }

    /// How long `recv` waits; `None`, the default, is for ever.
    pub fn set_recv_timeout(&self, timeout: Option<Duration>) {
        self.set(|options| options.recv_timeout = timeout);
    }

    /// `SNDBUF` in octets, for endpoints added later.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidOption`] for 0.
    pub fn set_send_buffer(&self, octets: usize) -> Result<(), Error> {
        in_range(octets > 0)?;
        self.set(|options| options.endpoint.send_buffer = Some(octets));
        Ok(())
    }

    /// `RCVBUF` in octets, for endpoints added later.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidOption`] for 0.
    pub fn set_recv_buffer(&self, octets: usize) -> Result<(), Error> {
        in_range(octets > 0)?;
        self.set(|options| options.endpoint.recv_buffer = Some(octets));
        Ok(())
    }

    /// The largest message received, in octets, for endpoints added later; `None` is no limit.
    pub fn set_recv_max(&self, octets: Option<u64>) {
        self.set(|options| options.endpoint.recv_max = octets);
    }

    /// The priorities of endpoints added later.
    pub fn set_priorities(&self, send: Priority, recv: Priority) {
        self.set(|options| (options.send_priority, options.recv_priority) = (send, recv));
    }

    /// Options that a transport defines, for endpoints added later.
    pub fn set_transport_options<T: Any + Send + Sync>(&self, own: T) {
        self.set(|options| options.endpoint.set(own));
    }

    /// The bounds of the wait before a reconnection, for endpoints added later. Less than 1 ms
    /// counts as 1 ms.
    pub fn set_reconnect(&self, min: Duration, max: Duration) {
        self.set_times(|times| (times.reconnect_min, times.reconnect_max) = (min, max));
    }

    /// The time for connecting and shaking hands.
    pub fn set_handshake_timeout(&self, timeout: Duration) {
        self.set_times(|times| times.handshake_timeout = timeout);
    }

    /// How long closing may take.
    pub fn set_linger(&self, linger: Duration) {
        self.set_times(|times| times.linger = linger);
    }

    /// The limits of pipes altogether, and of accepted connections in their handshake.
    pub fn set_limits(&self, pipes_max: usize, half_open_max: usize) {
        self.set_times(|times| {
            (times.pipes_max, times.half_open_max) = (pipes_max, half_open_max);
        });
    }
}

impl Drop for AnySocket {
    // rfc: sp-contexts C-02
    fn drop(&mut self) {
        if self.hub.handles.fetch_sub(1, Ordering::AcqRel) > 1 || !self.hub.is_ours() {
            return;
        }
        if self.hub.reactor.shared().is_current() || std::thread::panicking() {
            self.hub.begin(Way::Close);
            // The reactor ends what is left, at the latest when the linger time is over.
        } else {
            self.end(Way::Close);
        }
    }
}

impl fmt::Debug for AnySocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hub.fmt(f)
    }
}

/// An option's range is kept.
fn in_range(kept: bool) -> Result<(), Error> {
    if kept {
        Ok(())
    } else {
        Err(ErrorKind::InvalidOption.into())
    }
}
