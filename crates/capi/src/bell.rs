//! A bell that a thread waits for on a descriptor, and any other rings. Carries nothing else. Obeys
//! `rfc/sp-capi.md` section 5.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use std::sync::Arc;

use crate::errno::Errno;

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
