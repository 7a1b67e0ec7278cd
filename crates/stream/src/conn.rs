//! A connection before it is a pipe: opening, then the greeting, then the split. Never judges the
//! peer's endpoint type, and keeps no deadline. Obeys `rfc/sp-wire.md` section 2.

use std::fmt;
use std::mem;

use speedwell_transport::{
    ByteStream, Conn, EndpointOptions, Halves, PeerInfo, PollCx, Progress, ProtocolIds, Tx,
};
use speedwell_wire::frame::{ipc_prefix, tcp_prefix};

use crate::greeting::Exchange;
use crate::nothing::Nothing;
use crate::{Framing, StreamRxHalf};

/// A [`Conn`] over a [`ByteStream`].
///
/// ```text
///            stream is open
///  Opening ─────────────────► Greeting ── split ──► Halves
/// ```
pub struct StreamConn {
    state: State,
    framing: Framing,
    recv_max: Option<u64>,
}

enum State {
    Opening(Box<dyn ByteStream>),
    Greeting(Exchange),
}

impl StreamConn {
    /// A connection with this framing and the receive limit of `options`.
    #[must_use]
    pub fn new(stream: Box<dyn ByteStream>, framing: Framing, options: &EndpointOptions) -> Self {
        Self::with_limit(stream, framing, options.recv_max)
    }

    /// What a connector or acceptor answered, with the stream wrapped.
    pub(crate) fn over(
        stream: Progress<Box<dyn ByteStream>>,
        framing: Framing,
        recv_max: Option<u64>,
    ) -> Progress<Box<dyn Conn>> {
        match stream {
            Progress::Ready(stream) => {
                Progress::Ready(Box::new(Self::with_limit(stream, framing, recv_max)))
            }
            Progress::Wait(interest) => Progress::Wait(interest),
            Progress::Fail(error) => Progress::Fail(error),
        }
    }

    fn with_limit(stream: Box<dyn ByteStream>, framing: Framing, recv_max: Option<u64>) -> Self {
        Self {
            state: State::Opening(stream),
            framing,
            recv_max,
        }
    }
}

impl Conn for StreamConn {
    fn poll_handshake(&mut self, me: ProtocolIds, cx: &mut PollCx<'_>) -> Progress<PeerInfo> {
        loop {
            match &mut self.state {
                State::Opening(stream) => match stream.poll_open(cx) {
                    Progress::Ready(()) => {
                        let stream = mem::replace(stream, Box::new(Nothing));
                        self.state = State::Greeting(Exchange::new(stream));
                    }
                    Progress::Wait(interest) => return Progress::Wait(interest),
                    Progress::Fail(error) => return Progress::Fail(error),
                },
                State::Greeting(exchange) => return exchange.poll(me.me),
            }
        }
    }

    fn split(self: Box<Self>) -> Halves {
        let halves = match self.state {
            State::Opening(stream) => stream.split(),
            State::Greeting(exchange) => exchange.into_halves(),
        };
        let framing = match self.framing {
            Framing::Tcp => tcp_prefix,
            Framing::Ipc => ipc_prefix,
        };
        let rx = StreamRxHalf::new(halves.rx, &halves.source, self.framing, self.recv_max);
        Halves {
            source: halves.source,
            tx: Tx::Stream {
                framing,
                io: halves.tx,
            },
            rx: Box::new(rx),
        }
    }
}

impl fmt::Debug for StreamConn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamConn")
            .field("framing", &self.framing)
            .field("recv_max", &self.recv_max)
            .finish_non_exhaustive()
    }
}
