//! Accepts from a listening socket, and what its errors mean. Never blocks, and decides neither how
//! many connections there may be nor what to do when the system has run out.
//! Obeys `rfc/sp-tcp.md` section 4.

use std::io::{self, ErrorKind as Io};
use std::sync::Arc;

use socket2::{SockAddr, Socket};
use speedwell_transport::{ByteStream, Error, Interest, Progress, Source};

use crate::Own;

/// Connections in a row that may be gone when they are accepted. Then the driver has its turn, and
/// paces a listener that never gets further.
const GONE_MAX: usize = 64;

/// The next connection of a socket that listens and does not block, and that is not gone already;
/// `take` makes it ready for use. A `Fail` concerns one connection, or the system.
pub fn poll_accept(
    listener: &Arc<Own<Socket>>,
    take: impl FnMut(Own<Socket>, &SockAddr) -> io::Result<Box<dyn ByteStream>>,
) -> Progress<Box<dyn ByteStream>> {
    // rfc: sp-waiting W-61
    let accept = || {
        listener.look()?;
        listener.accept()
    };
    next_of(listener, accept, take)
}

/// The next connection that `accept` gives.
fn next_of(
    listener: &Arc<Own<Socket>>,
    mut accept: impl FnMut() -> io::Result<(Socket, SockAddr)>,
    mut take: impl FnMut(Own<Socket>, &SockAddr) -> io::Result<Box<dyn ByteStream>>,
) -> Progress<Box<dyn ByteStream>> {
    let mut gone = 0;
    let failure = loop {
        let error = match accept() {
            Ok((socket, peer)) => match take(Own::new(socket), &peer) {
                Ok(stream) => return Progress::Ready(stream),
                Err(error) => error,
            },
            Err(error) if error.kind() == Io::WouldBlock => {
                let source = Source::os(Arc::<Own<Socket>>::clone(listener));
                return Progress::Wait(Interest::readable(source));
            }
            Err(error) if !is_gone(&error) => break error,
            Err(error) => error,
        };
        // rfc: sp-tcp T-18
        gone += 1;
        if gone > GONE_MAX {
            break error;
        }
    };
    // rfc: sp-tcp T-19
    Progress::Fail(Error::from_io("cannot accept a connection", failure))
}

/// The numbers of errors that `accept` reports of one connection and that the standard library
/// gives no kind. Linux hands out whatever the network said of a connection before it was accepted:
/// `ENONET`, `EPROTO`, `ENOPROTOOPT`, `EOPNOTSUPP` and `EHOSTDOWN`. Elsewhere it is `EPROTO` alone.
const GONE: &[i32] = if cfg!(all(
    any(target_os = "linux", target_os = "android"),
    any(target_arch = "mips", target_arch = "mips64")
)) {
    &[64, 71, 99, 122, 147]
} else if cfg!(any(target_os = "linux", target_os = "android")) {
    &[64, 71, 92, 95, 112]
} else if cfg!(any(target_os = "illumos", target_os = "solaris")) {
    &[71]
} else if cfg!(target_vendor = "apple") {
    &[100]
} else if cfg!(target_os = "freebsd") {
    &[92]
} else {
    &[]
};

/// Whether an error of `accept` is that of one connection, or a signal's: the next one may do.
fn is_gone(error: &io::Error) -> bool {
    match error.kind() {
        Io::Interrupted
        | Io::ConnectionAborted
        | Io::ConnectionReset
        | Io::TimedOut
        | Io::HostUnreachable
        | Io::NetworkUnreachable
        | Io::NetworkDown => true,
        _ => error
            .raw_os_error()
            .is_some_and(|number| GONE.contains(&number)),
    }
}

#[cfg(test)]
mod tests;
