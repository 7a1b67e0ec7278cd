//! One socket of any pattern, with the two things that are measured. Measures nothing.

use anyhow::{Result, bail};
use speedwell::{Bytes, Message, Pair, Pull, Push};

use crate::Task;

/// From here on a body is shared with the socket, not copied into it, when tuned.
const LARGE: usize = 64 * 1024;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Pattern {
    Push,
    Pull,
    Pair,
}

enum Socket {
    Push(Push),
    Pull(Pull),
    Pair(Pair),
}

pub(crate) struct Link {
    socket: Socket,
    /// The body to send, when it is to be shared.
    shared: Option<Bytes>,
}

impl Link {
    pub(crate) fn open(pattern: Pattern, task: &Task) -> Result<Self> {
        let socket = match pattern {
            Pattern::Push => Socket::Push(Push::new()?),
            Pattern::Pull => Socket::Pull(Pull::new()?),
            Pattern::Pair => Socket::Pair(Pair::new()?),
        };
        let link = Self {
            socket,
            shared: (task.tuned && task.size >= LARGE).then(|| vec![b'x'; task.size].into()),
        };
        match &link.socket {
            Socket::Push(push) => push.set_recv_max(None),
            Socket::Pull(pull) => pull.set_recv_max(None),
            Socket::Pair(pair) => pair.set_recv_max(None),
        }
        Ok(link)
    }

    pub(crate) fn bind(&self, address: &str) -> Result<()> {
        match &self.socket {
            Socket::Push(push) => push.bind(address)?,
            Socket::Pull(pull) => pull.bind(address)?,
            Socket::Pair(pair) => pair.bind(address)?,
        };
        Ok(())
    }

    pub(crate) fn connect(&self, address: &str) -> Result<()> {
        match &self.socket {
            Socket::Push(push) => push.connect(address)?,
            Socket::Pull(pull) => pull.connect(address)?,
            Socket::Pair(pair) => pair.connect(address)?,
        };
        Ok(())
    }

    #[inline]
    pub(crate) fn send(&self, body: &[u8]) -> Result<()> {
        match (&self.socket, &self.shared) {
            (Socket::Push(push), Some(shared)) => push.send(shared.clone())?,
            (Socket::Push(push), None) => push.send(body)?,
            (Socket::Pair(pair), Some(shared)) => pair.send(shared.clone())?,
            (Socket::Pair(pair), None) => pair.send(body)?,
            (Socket::Pull(_), _) => bail!("a PULL does not send"),
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn recv(&self) -> Result<Message> {
        Ok(match &self.socket {
            Socket::Pull(pull) => pull.recv()?,
            Socket::Pair(pair) => pair.recv()?,
            Socket::Push(_) => bail!("a PUSH does not receive"),
        })
    }
}
