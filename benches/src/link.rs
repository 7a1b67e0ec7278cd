//! One socket of any pattern, with the two things that are measured. Measures nothing.

use anyhow::{Error, Result, bail};
use speedwell::{AnySocket, Bytes, Message, Pair, Pull, Push, Rep, Req, TransportErrorKind};

use crate::task::Task;

/// From here on a body is shared with the socket, not copied into it, when tuned.
const LARGE: usize = 64 * 1024;
/// Octets of each buffer over tcp, when tuned for large messages: more do not stay in the caches.
const BUFFER_TCP: usize = 1024 * 1024;
/// Octets of each buffer of ours over ipc, when tuned.
const BUFFER: usize = 4 * 1024 * 1024;
/// Messages that each buffer of ours holds in process, when tuned: as many as libzmq's queues do.
/// What is large is shared there, and takes no memory.
const DEPTH: usize = 1000;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Pattern {
    Push,
    Pull,
    Pair,
    Req,
    Rep,
}

enum Socket {
    Push(Push),
    Pull(Pull),
    Pair(Pair),
    Req(Req),
    Rep(Rep),
}

pub(crate) struct Link {
    socket: Socket,
    /// The body to send, when it is to be shared.
    shared: Option<Bytes>,
}

impl Link {
    pub(crate) fn bound(pattern: Pattern, task: &Task) -> Result<Self> {
        let link = Self::open(pattern, task)?;
        link.any().bind(&task.address)?;
        Ok(link)
    }

    pub(crate) fn connected(pattern: Pattern, task: &Task) -> Result<Self> {
        let link = Self::open(pattern, task)?;
        link.any().connect(&task.address)?;
        Ok(link)
    }

    fn open(pattern: Pattern, task: &Task) -> Result<Self> {
        let socket = match pattern {
            Pattern::Push => Socket::Push(Push::new()?),
            Pattern::Pull => Socket::Pull(Pull::new()?),
            Pattern::Pair => Socket::Pair(Pair::new()?),
            Pattern::Req => Socket::Req(Req::new()?),
            Pattern::Rep => Socket::Rep(Rep::new()?),
        };
        let link = Self {
            socket,
            shared: (task.tuned && task.size >= LARGE).then(|| vec![b'x'; task.size].into()),
        };
        link.any().set_recv_max(None);
        if let Some(octets) = buffer(task) {
            link.any().set_send_buffer(octets)?;
            link.any().set_recv_buffer(octets)?;
        }
        Ok(link)
    }

    fn any(&self) -> &AnySocket {
        match &self.socket {
            Socket::Push(push) => push,
            Socket::Pull(pull) => pull,
            Socket::Pair(pair) => pair,
            Socket::Req(req) => req,
            Socket::Rep(rep) => rep,
        }
    }

    #[inline]
    pub(crate) fn send(&self, body: &[u8]) -> Result<()> {
        match &self.socket {
            Socket::Push(push) => push.send(self.message(body))?,
            Socket::Pair(pair) => pair.send(self.message(body))?,
            Socket::Req(req) => req.send(self.message(body))?,
            Socket::Rep(rep) => rep.send(self.message(body))?,
            Socket::Pull(_) => bail!("a PULL does not send"),
        }
        Ok(())
    }

    #[inline]
    fn message(&self, body: &[u8]) -> Message {
        match &self.shared {
            Some(shared) => Message::from(shared.clone()),
            None => Message::copy_from_slice(body),
        }
    }

    #[inline]
    pub(crate) fn recv(&self) -> Result<Message> {
        match &self.socket {
            Socket::Pull(pull) => pull.recv(),
            Socket::Pair(pair) => pair.recv(),
            Socket::Req(req) => req.recv(),
            Socket::Rep(rep) => rep.recv(),
            Socket::Push(_) => bail!("a PUSH does not receive"),
        }
        .map_err(Error::from)
    }
}

/// Octets of each buffer, when tuned. Over tcp they stay unset for small messages: the figure would
/// go to the kernel, which tunes its own buffers better.
fn buffer(task: &Task) -> Option<usize> {
    match task.scheme() {
        _ if !task.tuned => None,
        "inproc" => Some(BUFFER.max(DEPTH * task.size)),
        "tcp" if task.size >= LARGE => Some(BUFFER_TCP),
        "tcp" => None,
        _ => Some(BUFFER),
    }
}

/// Whether there is no such transport, rather than something being wrong.
pub(crate) fn is_unknown_scheme(error: &Error) -> bool {
    error
        .downcast_ref::<speedwell::Error>()
        .and_then(speedwell::Error::transport)
        .is_some_and(|transport| transport.kind() == TransportErrorKind::UnknownScheme)
}
