//! Descriptors that say whether a call would wait, for the event loops of others. They carry no
//! message. See `rfc/sp-waiting.md` section 3.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;

use speedwell_message::{CtxId, Message};
use speedwell_os::Latch;
use speedwell_protocol::{CanReceive, CanSend, Protocol, Verdict};

use super::Messages;
use crate::hub::Hub;
use crate::line::Side;
use crate::signals::Level;
use crate::turn::Work;
use crate::{Error, ErrorKind, Socket};

/// A descriptor that can be read exactly while a call on its socket would not wait.
///
/// [`Socket::recv_fd`] and [`Socket::send_fd`] make it. It is for `poll`, `epoll`, `kqueue` and
/// whatever stands on them, level-triggered: as long as the call would not wait, it is readable,
/// also for the descriptor of sending. It is never read from or written to. All clones are the same
/// descriptor, which is closed with the last of them and the socket; after the socket is closed it
/// stays readable, since a call says so at once. Programs that are executed do not inherit it.
///
/// ```
/// use std::os::fd::AsFd;
/// # use speedwell_socket::{Error, Socket, Transports};
/// # use speedwell_protocol::{CanReceive, Protocol};
/// fn watch<P: Protocol + CanReceive>(socket: &Socket<P>) -> Result<(), Error> {
///     let ready = socket.recv_fd()?;
///     let _fd = ready.as_fd(); // to be watched for reading
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct ReadyFd(Arc<Latch>);

impl AsFd for ReadyFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for ReadyFd {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Hub {
    /// The descriptor of a direction, made at the first request.
    fn ready_fd(self: &Arc<Self>, side: Side, level: Level) -> Result<ReadyFd, Error> {
        let mut state = self.lock()?;
        let is_send = matches!(side, Side::Send);
        let latch = state.signals.latch(is_send, level);
        let latch = latch.map_err(|_| ErrorKind::Exhausted)?;
        let mut work = Work::default();
        self.leave(state, &mut work);
        self.settle(&mut work);
        Ok(ReadyFd(latch))
    }

    /// Whether the protocol has a direction at all. What is ready is there; otherwise the machine
    /// is asked, which then neither gives nor takes a message.
    fn has(self: &Arc<Self>, side: Side) -> Result<bool, Error> {
        let mut state = self.lock()?;
        let ways = state.ways();
        let mut work = Work::default();
        let said = match side {
            Side::Send if !ways.send => state.call(&mut work, |engine, turn| {
                engine.send(CtxId::MAIN, &mut Some(Message::new()), turn)
            }),
            Side::Recv if !ways.recv => state.call(&mut work, |engine, turn| {
                engine.recv_into(CtxId::MAIN, &mut Message::new(), turn)
            }),
            _ => Ok(()),
        };
        self.leave(state, &mut work);
        self.settle(&mut work);
        Ok(said != Err(Verdict::Unsupported))
    }
}

impl<P: Protocol + CanReceive> Socket<P> {
    /// A descriptor that is readable while [`Socket::recv`] would not wait: while it would give a
    /// message, or fail at once. The same each time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exhausted`] when the system has no descriptor left.
    // rfc: sp-waiting W-10
    pub fn recv_fd(&self) -> Result<ReadyFd, Error> {
        self.any.hub.ready_fd(Side::Recv, Level::NoWait)
    }
}

impl<P: Protocol + CanSend> Socket<P> {
    /// A descriptor that is readable, not writable, while [`Socket::send`] would not wait. The same
    /// each time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exhausted`] when the system has no descriptor left.
    // rfc: sp-waiting W-10
    pub fn send_fd(&self) -> Result<ReadyFd, Error> {
        self.any.hub.ready_fd(Side::Send, Level::NoWait)
    }
}

impl Messages {
    /// As [`Socket::recv_fd`], whatever the protocol.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] when the protocol receives nothing; those of [`Socket::recv_fd`].
    // rfc: sp-waiting W-11
    pub fn recv_fd(&self) -> Result<ReadyFd, Error> {
        self.recv_fd_at(Level::NoWait)
    }

    /// A descriptor of receiving that shows something else; the same each time for a level.
    ///
    /// # Errors
    ///
    /// Those of [`Messages::recv_fd`].
    // rfc: sp-waiting W-14
    pub fn recv_fd_at(&self, level: Level) -> Result<ReadyFd, Error> {
        self.ready_fd(Side::Recv, level)
    }

    /// As [`Socket::send_fd`], whatever the protocol.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] when the protocol sends nothing; those of [`Socket::send_fd`].
    // rfc: sp-waiting W-11
    pub fn send_fd(&self) -> Result<ReadyFd, Error> {
        self.send_fd_at(Level::NoWait)
    }

    /// A descriptor of sending that shows something else; the same each time for a level.
    ///
    /// # Errors
    ///
    /// Those of [`Messages::send_fd`].
    // rfc: sp-waiting W-14
    pub fn send_fd_at(&self, level: Level) -> Result<ReadyFd, Error> {
        self.ready_fd(Side::Send, level)
    }

    fn ready_fd(&self, side: Side, level: Level) -> Result<ReadyFd, Error> {
        if self.hub.has(side)? {
            self.hub.ready_fd(side, level)
        } else {
            Err(ErrorKind::Unsupported.into())
        }
    }
}
