//! Where somebody who waits is called, a future by its waker. Runs nothing of the waker's while a
//! lock is held, for what a waker does is the executor's. See `rfc/sp-waiting.md` section 5.
//!
//! No call is lost: who waits leaves its waker first and then looks whether it was called, who
//! calls says so first and then takes the waker.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

use crate::sync::{AtomicBool, Mutex, Ordering};

/// One call, for one who waits.
#[derive(Debug, Default)]
pub(crate) struct WakerCell {
    /// Written under the lock of the socket.
    is_called: AtomicBool,
    /// Of a future that waits; a thread has none.
    waker: Mutex<Option<Waker>>,
}

impl WakerCell {
    /// Another one is going to wait here.
    pub(crate) fn reset(&self) {
        self.is_called.store(false, Ordering::Relaxed);
    }

    /// Calls; [`WakerCell::wake`] has to follow, with no lock held.
    pub(crate) fn call(&self) {
        self.is_called.store(true, Ordering::Release);
    }

    pub(crate) fn is_called(&self) -> bool {
        self.is_called.load(Ordering::Acquire)
    }

    /// Has `waker` woken by the call, instead of the one before it. True when it was called
    /// already: then it may not be woken.
    // rfc: sp-waiting W-33
    pub(crate) fn watch(&self, waker: &Waker) -> bool {
        let is_known = matches!(&*self.waker.lock(), Some(known) if known.will_wake(waker));
        if !is_known {
            let new = waker.clone();
            let old = self.waker.lock().replace(new);
            drop(old);
        }
        self.is_called()
    }

    /// Wakes a future that waits. It is woken once for each time that it was polled.
    pub(crate) fn wake(&self) {
        let waker = self.waker.lock().take();
        if let Some(waker) = waker {
            // A waker that panics is its executor's trouble; the thread here serves other sockets.
            // rfc: sp-waiting W-34
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
                std::mem::forget(panic);
            }
        }
    }

    /// Nobody waits here any more.
    pub(crate) fn forget(&self) {
        let waker = self.waker.lock().take();
        drop(waker);
    }
}
