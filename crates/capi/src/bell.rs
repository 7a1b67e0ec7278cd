//! A bell that a thread waits for on a descriptor, and any other rings; each thread keeps one.
//! Carries nothing else. Obeys `rfc/sp-capi.md` section 5, and `rfc/sp-waiting.md` section 7: what
//! the program closed by mistake, and opened as something of its own, is not touched.

use std::cell::Cell;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use rustix::net::{RecvFlags, SendFlags, recv, send};
use speedwell_os::{Own, generation};

use crate::errno::Errno;
use crate::waiting::{Deadline, readable, wait_for};

thread_local! {
    /// What the calls of this thread wait for, one after the other.
    static OWN: Cell<Option<(Arc<Bell>, ProcessId)>> = const { Cell::new(None) };
}

/// Which of a process and its ancestors.
type ProcessId = u32;

/// How long a call sleeps before it looks whether the descriptor it sleeps on is still the bell's.
// rfc: sp-waiting W-63
const LOOK_MS: i32 = 10_000;

/// A program that is rung in need not expect a signal for it. Where there is no such flag, the
/// standard library has told the socket.
#[cfg(not(target_vendor = "apple"))]
const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);
#[cfg(target_vendor = "apple")]
const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT;

/// A bell of one waiting call. Its ends are sockets, which can be told not to block and not to
/// raise a signal in the call itself, and each of which the system tells from all others.
// rfc: sp-waiting W-60
pub(crate) struct Bell {
    reader: Own<UnixStream>,
    writer: Own<UnixStream>,
    /// There is an octet on its way, or in there.
    is_rung: AtomicBool,
}

/// Why a wait for a bell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// It was rung, or it is time to look.
    Rung,
    /// It was not, in time.
    Late,
    /// A stranger closed it: who rang, rang in vain.
    Lost,
}

impl Bell {
    pub(crate) fn new() -> Result<Arc<Self>, Errno> {
        let (reader, writer) = UnixStream::pair().map_err(|_| Errno::MFILE)?;
        Ok(Arc::new(Self {
            reader: Own::new(reader),
            writer: Own::new(writer),
            is_rung: AtomicBool::new(false),
        }))
    }

    /// Lends a call the bell of its thread, or a new one: the thread's is lent already when the
    /// handler of a signal waits in the midst of a call, that of a parent process is no child's,
    /// and a stranger may have closed it. A ring that was meant for the call before may be heard.
    pub(crate) fn lend<R>(run: impl FnOnce(&Arc<Self>) -> Result<R, Errno>) -> Result<R, Errno> {
        let process = generation();
        let own = OWN.try_with(Cell::take).ok().flatten();
        let own = own.filter(|(bell, owner)| *owner == process && bell.reader.look().is_ok());
        let bell = match own {
            Some((bell, _)) => bell,
            None => Self::new()?,
        };
        let result = run(&bell);
        // A thread that is at its end keeps none.
        let _kept = OWN.try_with(|own| own.set(Some((bell, process))));
        result
    }

    /// Never waits: there is at most one octet at a time.
    pub(crate) fn ring(&self) {
        if !self.is_rung.swap(true, Ordering::AcqRel) && self.writer.look().is_ok() {
            let _rung = send(self.writer.as_fd(), &[1], SEND_FLAGS);
        }
    }

    /// Waits until it is rung, and makes it silent again. Whoever rings before this returns is
    /// heard, as what it rang for is looked at only then. A signal that was handled ends it.
    // rfc: sp-capi A-40
    pub(crate) fn wait(&self, deadline: Deadline) -> Result<Woken, Errno> {
        let woken = wait_for(&mut [readable(self)], deadline.within_ms(LOOK_MS))?;
        if woken == 0 && deadline.is_over() {
            return Ok(Woken::Late);
        }
        // rfc: sp-waiting W-61
        if self.reader.look().is_err() {
            return Ok(Woken::Lost);
        }
        let heard = recv(self.reader.as_fd(), &mut [0; 8], RecvFlags::DONTWAIT);
        self.is_rung.store(false, Ordering::Release);
        match heard {
            // The other end is closed, and nobody can ring.
            Ok((0, _)) => Ok(Woken::Lost),
            _ => Ok(Woken::Rung),
        }
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-capi A-40
    #[test]
    fn a_thread_has_one_bell_and_another_in_the_midst_of_a_call() {
        let lent = || Bell::lend(|bell| Ok(Arc::as_ptr(bell)));
        let first = lent().unwrap();
        assert_eq!(lent(), Ok(first));
        // The call of a handler: its bell is kept until the call around it has ended.
        let (outer, inner) = Bell::lend(|bell| Ok((Arc::as_ptr(bell), lent()?))).unwrap();
        assert_eq!(outer, first);
        assert_ne!(inner, first);
        assert_eq!(lent(), Ok(first));
    }

    // rfc: sp-capi A-40
    #[test]
    fn a_ring_for_the_call_before_is_heard_once() {
        Bell::lend(|bell| {
            bell.ring();
            bell.ring();
            Ok(())
        })
        .unwrap();
        let hears = || Bell::lend(|bell| bell.wait(Deadline::after_ms(0)));
        assert_eq!(hears(), Ok(Woken::Rung));
        assert_eq!(hears(), Ok(Woken::Late));
    }

    // rfc: sp-waiting W-60 W-62
    #[test]
    fn fault_68_a_bell_whose_other_end_is_closed_is_lost_and_raises_no_signal() {
        let bell = Bell::new().unwrap();
        bell.reader.shutdown(std::net::Shutdown::Both).unwrap();
        bell.ring();
        assert_eq!(bell.wait(Deadline::NEVER), Ok(Woken::Lost));
    }
}
