//! Tells a socket to connect, and what the answers mean. Never waits: who connects asks the system
//! later how far it has come. Obeys `rfc/sp-tcp.md` section 4 and `rfc/sp-waiting.md` section 6.

use std::io::{self, ErrorKind as Io};

#[cfg(unix)]
use rustix::io::Errno;
use socket2::{SockAddr, Socket};

/// Signals in a row that may come while the system is told. Then it counts as a failure, and the
/// driver has its turn.
const SIGNALS_MAX: usize = 64;

/// What the system does with a socket that was told to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connecting {
    /// It has connected it.
    Connected,
    /// It goes on by itself, and says that the socket can be written to when it is done.
    UnderWay,
}

/// Tells a new socket that does not block to connect.
///
/// After a signal it is told again: the system may be connecting all the same, as it is over TCP,
/// or may not have begun, when it was still looking for the file of a Unix socket.
///
/// # Errors
///
/// What the system says.
pub fn connect(socket: &Socket, to: &SockAddr) -> io::Result<Connecting> {
    whatever_signals(|| socket.connect(to))
}

// rfc: sp-waiting W-52
fn whatever_signals(mut connect: impl FnMut() -> io::Result<()>) -> io::Result<Connecting> {
    let mut signals = 0;
    loop {
        match connect() {
            Ok(()) => return Ok(Connecting::Connected),
            Err(error) if error.kind() == Io::Interrupted && signals < SIGNALS_MAX => signals += 1,
            Err(error) => return already(&error).ok_or(error),
        }
    }
}

/// How far the system has come, when that is what an error says.
#[cfg(unix)]
fn already(error: &io::Error) -> Option<Connecting> {
    match Errno::from_io_error(error)? {
        Errno::INPROGRESS | Errno::ALREADY => Some(Connecting::UnderWay),
        Errno::ISCONN => Some(Connecting::Connected),
        _ => None,
    }
}

/// How far the system has come, when that is what an error says. No signal interrupts it here.
#[cfg(not(unix))]
fn already(error: &io::Error) -> Option<Connecting> {
    (error.kind() == Io::WouldBlock).then_some(Connecting::UnderWay)
}

#[cfg(test)]
mod tests;
