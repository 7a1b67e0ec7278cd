//! What a socket is set to, to be read, and the options that only name it. Where a value has a
//! range, its setter keeps it. See `rfc/sp-endpoint.md` section 2.

use std::any::Any;
use std::time::Duration;

use speedwell_protocol::Priority;

use speedwell_engine::SocketOptions;

use super::AnySocket;
use crate::options::Options;
use crate::{Error, ErrorKind};

/// The options of a socket at one time; each has a setter of its name on [`AnySocket`]. Those of
/// protocols and transports are theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How long `send` waits; `None` is for ever.
    pub send_timeout: Option<Duration>,
    /// How long `recv` waits; `None` is for ever.
    pub recv_timeout: Option<Duration>,
    /// `SNDBUF` in octets; `None` is 128 KiB, and the system's own part as the system likes.
    pub send_buffer: Option<usize>,
    /// `RCVBUF` in octets; `None` is 128 KiB, and the system's own part as the system likes.
    pub recv_buffer: Option<usize>,
    /// The largest message received, in octets; `None` is no limit.
    pub recv_max: Option<u64>,
    /// Octets under way that one place may hold; `None` is no limit of this kind.
    pub inflight: Option<usize>,
    /// The send priority of endpoints added later.
    pub send_priority: Priority,
    /// The receive priority of endpoints added later.
    pub recv_priority: Priority,
    /// The longest wait before the first reconnection.
    pub reconnect_min: Duration,
    /// Up to where the longest wait doubles; at or below `reconnect_min` it does not grow.
    pub reconnect_max: Duration,
    /// How long a connection must last before the waits are short again.
    pub stable_after: Duration,
    /// The time for connecting and shaking hands.
    pub handshake_timeout: Duration,
    /// How long closing may take.
    pub linger: Duration,
    /// Pipes and connections in their handshake that the socket may have.
    pub pipes_max: usize,
    /// Accepted connections that may be in their handshake.
    pub half_open_max: usize,
}

impl Settings {
    fn of(options: &Options, times: &SocketOptions) -> Self {
        Self {
            send_timeout: options.send_timeout,
            recv_timeout: options.recv_timeout,
            send_buffer: options.endpoint.send_buffer,
            recv_buffer: options.endpoint.recv_buffer,
            recv_max: options.endpoint.recv_max,
            inflight: options.endpoint.inflight,
            send_priority: options.send_priority,
            recv_priority: options.recv_priority,
            reconnect_min: times.reconnect_min,
            reconnect_max: times.reconnect_max,
            stable_after: times.stable_after,
            handshake_timeout: times.handshake_timeout,
            linger: times.linger,
            pipes_max: times.pipes_max,
            half_open_max: times.half_open_max,
        }
    }
}

impl AnySocket {
    /// The longest name of a socket, in octets.
    pub const NAME_LEN_MAX: usize = 63;

    /// What this socket is set to.
    #[must_use]
    pub fn settings(&self) -> Settings {
        match self.hub.lock() {
            Ok(state) => Settings::of(&state.options, state.engine.options()),
            Err(_) => Settings::of(&Options::default(), &SocketOptions::default()),
        }
    }

    /// The options that a transport defines, as they were set for endpoints added later; `None`
    /// when they were not.
    #[must_use]
    pub fn transport_options<T: Any + Clone>(&self) -> Option<T> {
        self.hub.lock().ok()?.options.endpoint.get().cloned()
    }

    /// Bounds what a pipe may lose when the process at one end is killed, for endpoints added
    /// later; `None`, the default, leaves that to the buffers. The system's buffer of the sending
    /// side holds at most so many octets, and of the receiving side the system's buffer, what was
    /// read from it at a time, and each of two inboxes. Each holds a message of any size, and as
    /// much as the system insists on: on Linux 4.6 kB for sending and 2.3 kB for receiving. What
    /// waits in this process is not counted: it goes to another peer when its own is lost.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidOption`] for 0.
    // rfc: sp-endpoint E-75
    pub fn set_inflight(&self, octets: Option<usize>) -> Result<(), Error> {
        if octets == Some(0) {
            return Err(ErrorKind::InvalidOption.into());
        }
        self.hub.check()?;
        self.set(|options| options.endpoint.inflight = octets);
        Ok(())
    }

    /// How long a connection must last before the wait for the next is short again; 1 s unless set.
    pub fn set_stable_after(&self, time: Duration) {
        self.set_times(|options| options.stable_after = time);
    }

    /// Names the socket, for logs and figures; nobody else sees it. Empty unless set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidOption`] above [`AnySocket::NAME_LEN_MAX`] octets.
    // rfc: sp-endpoint E-72
    pub fn set_name(&self, name: impl Into<String>) -> Result<(), Error> {
        let name = name.into();
        if name.len() > Self::NAME_LEN_MAX {
            return Err(ErrorKind::InvalidOption.into());
        }
        self.hub.check()?;
        self.set(|options| options.name = name);
        Ok(())
    }

    /// The name of the socket.
    #[must_use]
    pub fn name(&self) -> String {
        let state = self.hub.lock();
        state.map_or_else(|_| String::new(), |state| state.options.name.clone())
    }
}
