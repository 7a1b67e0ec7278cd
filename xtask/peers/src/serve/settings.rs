//! The options of the role `serve`, and what they set. See `CONTRIBUTING.md`.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use speedwell::{AnySocket, BlockingResolver, Builder, Reactor, default_transports};

use super::kind::{Kind, Served};

/// A socket and its options; what is not given stays as the library has it.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// What to be.
    kind: Kind,
    /// Where to listen.
    #[arg(long)]
    pub(crate) bind: Vec<String>,
    /// Where to connect.
    #[arg(long)]
    pub(crate) connect: Vec<String>,
    /// How many endpoints connect to each address.
    #[arg(long, default_value_t = 1)]
    pub(crate) dialers: usize,
    /// Who sends: the first word of each body.
    #[arg(long, default_value_t = 0)]
    pub(crate) producer: u32,
    /// A file that gets a line for each message accepted or received.
    #[arg(long)]
    pub(crate) log: Option<PathBuf>,
    /// How long `send` and `recv` wait for one message.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) timeout_ms: u64,
    /// SNDBUF in octets.
    #[arg(long)]
    send_buffer: Option<usize>,
    /// RCVBUF in octets.
    #[arg(long)]
    recv_buffer: Option<usize>,
    /// The time for connecting and shaking hands.
    #[arg(long)]
    handshake_ms: Option<u64>,
    /// For how long a survey is answered.
    #[arg(long)]
    pub(super) deadline_ms: Option<u64>,
    /// How long a question waits for its answer before it is asked again.
    #[arg(long)]
    pub(super) resend_ms: Option<u64>,
    /// How long closing may take.
    #[arg(long)]
    linger_ms: Option<u64>,
    /// The bounds of the wait before a reconnection.
    #[arg(long, num_args = 2, value_names = ["MIN", "MAX"])]
    reconnect_ms: Vec<u64>,
    /// The limits of pipes, and of connections in their handshake.
    #[arg(long, num_args = 2, value_names = ["PIPES", "HALF_OPEN"])]
    limits: Vec<usize>,
    /// Has every look-up of a name hang for ever.
    #[arg(long)]
    names_hang: bool,
}

impl Settings {
    /// Opens the socket, with a reactor that ends with it, and sets its options.
    pub(crate) fn open(&self) -> Result<Box<dyn Served>> {
        let mut builder = Builder::new(default_transports()).reactor(Reactor::new()?);
        if self.names_hang {
            builder = builder.resolver(BlockingResolver::new(|_, _| {
                loop {
                    thread::park();
                }
            }));
        }
        let socket = self.kind.open(&builder)?;
        self.apply(socket.any())?;
        socket.begin(self)?;
        Ok(socket)
    }

    fn apply(&self, socket: &AnySocket) -> Result<()> {
        if let Some(octets) = self.send_buffer {
            socket.set_send_buffer(octets)?;
        }
        if let Some(octets) = self.recv_buffer {
            socket.set_recv_buffer(octets)?;
        }
        if let Some(ms) = self.handshake_ms {
            socket.set_handshake_timeout(Duration::from_millis(ms));
        }
        if let Some(ms) = self.linger_ms {
            socket.set_linger(Duration::from_millis(ms));
        }
        if let [min, max] = *self.reconnect_ms.as_slice() {
            socket.set_reconnect(Duration::from_millis(min), Duration::from_millis(max));
        }
        if let [pipes, half_open] = *self.limits.as_slice() {
            socket.set_limits(pipes, half_open);
        }
        Ok(())
    }
}
