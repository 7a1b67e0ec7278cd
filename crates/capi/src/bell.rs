//! A bell that a thread waits for on a descriptor, and any other rings; each thread keeps one.
//! Carries nothing else. Obeys `rfc/sp-capi.md` section 5.

use std::cell::Cell;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::{AsFd, BorrowedFd};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use crate::errno::Errno;

thread_local! {
    /// What the calls of this thread wait for, one after the other.
    static OWN: Cell<Option<(Arc<Bell>, ProcessId)>> = const { Cell::new(None) };
}

type ProcessId = u32;

/// A bell of one waiting call.
pub(crate) struct Bell {
    reader: PipeReader,
    writer: PipeWriter,
    /// There is an octet on its way, or in there.
    is_rung: AtomicBool,
}

impl Bell {
    pub(crate) fn new() -> Result<Arc<Self>, Errno> {
        let (reader, writer) = pipe().map_err(|_| Errno::MFILE)?;
        Ok(Arc::new(Self {
            reader,
            writer,
            is_rung: AtomicBool::new(false),
        }))
    }

    /// Lends a call the bell of its thread, or a new one: the thread's is lent already when the
    /// handler of a signal waits in the midst of a call, and that of a parent process is no
    /// child's. A ring that was meant for the call before may be heard.
    pub(crate) fn lend<R>(run: impl FnOnce(&Arc<Self>) -> Result<R, Errno>) -> Result<R, Errno> {
        let process = process::id();
        let own = OWN.try_with(Cell::take).ok().flatten();
        let bell = match own.filter(|(_, owner)| *owner == process) {
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
        if !self.is_rung.swap(true, Ordering::AcqRel) {
            let _rung = (&self.writer).write(&[1]);
        }
    }

    /// Makes a bell that was heard silent again. Whoever rings before this returns is heard, as
    /// what it rang for is looked at only then.
    pub(crate) fn silence(&self) {
        let _heard = (&self.reader).read(&mut [0]);
        self.is_rung.store(false, Ordering::Release);
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
    use crate::waiting::{Deadline, readable, wait_for};

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
        let is_heard =
            || Bell::lend(|bell| wait_for(&mut [readable(&**bell)], Deadline::after_ms(0)));
        assert_eq!(is_heard(), Ok(1));
        Bell::lend(|bell| {
            bell.silence();
            Ok(())
        })
        .unwrap();
        assert_eq!(is_heard(), Ok(0));
    }
}
