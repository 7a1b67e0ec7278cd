//! Who wants to know whether a call on a socket would wait, and takes nothing by it: descriptors
//! that event loops watch, and threads that poll many sockets. See `rfc/sp-waiting.md` sections 3
//! and 4.

use std::sync::Arc;
use std::time::Instant;

#[cfg(unix)]
use speedwell_os::Latch;

use crate::few::Few;
use crate::sync::{Condvar, Mutex};

/// What would not wait: a call that succeeds, or fails at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ways {
    pub(crate) send: bool,
    pub(crate) recv: bool,
}

impl Ways {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            send: self.send && other.send,
            recv: self.recv && other.recv,
        }
    }

    pub(crate) fn is_any(self) -> bool {
        self.send || self.recv
    }
}

/// A thread that polls sockets.
#[derive(Debug, Default)]
pub(crate) struct Sleeper {
    is_rung: Mutex<bool>,
    bell: Condvar,
}

impl Sleeper {
    pub(crate) fn ring(&self) {
        *self.is_rung.lock() = true;
        self.bell.notify_one();
    }

    /// Sleeps until it is rung for, since the last sleep or during this one; false when the time
    /// has come before that.
    pub(crate) fn sleep(&self, until: Option<Instant>) -> bool {
        let mut is_rung = self.is_rung.lock();
        while !*is_rung {
            match until {
                Some(at) if self.bell.wait_until(&mut is_rung, at).timed_out() => break,
                Some(_) => {}
                None => self.bell.wait(&mut is_rung),
            }
        }
        std::mem::take(&mut *is_rung)
    }
}

/// All that want to know of one socket. The lock of the socket guards it.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    #[cfg(unix)]
    send: Option<Shown>,
    #[cfg(unix)]
    recv: Option<Shown>,
    pollers: Vec<(Arc<Sleeper>, Ways)>,
}

/// A descriptor, and what it shows.
#[cfg(unix)]
#[derive(Debug)]
struct Shown {
    latch: Arc<Latch>,
    is_raised: bool,
}

#[cfg(unix)]
impl Shown {
    // rfc: sp-waiting W-10
    fn show(&mut self, raised: bool) {
        if self.is_raised != raised {
            self.is_raised = raised;
            if raised {
                self.latch.raise();
            } else {
                self.latch.lower();
            }
        }
    }
}

impl Signals {
    /// Nobody wants to know anything.
    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        #[cfg(unix)]
        let is_shown = self.send.is_some() || self.recv.is_some();
        #[cfg(not(unix))]
        let is_shown = false;
        !is_shown && self.pollers.is_empty()
    }

    /// The descriptor of a way, made when it is asked for; it has to be told what to show.
    #[cfg(unix)]
    pub(crate) fn latch(&mut self, is_send: bool) -> std::io::Result<Arc<Latch>> {
        let place = if is_send {
            &mut self.send
        } else {
            &mut self.recv
        };
        if let Some(shown) = place {
            return Ok(shown.latch.clone());
        }
        let latch = Arc::new(Latch::new()?);
        *place = Some(Shown {
            latch: latch.clone(),
            is_raised: false,
        });
        Ok(latch)
    }

    /// Brings everybody up to date. Who is to be rung for, when the lock is let go, goes to `rung`.
    // rfc: sp-waiting W-10 W-20
    pub(crate) fn tell(&mut self, now: Ways, rung: &mut Few<Arc<Sleeper>>) {
        #[cfg(unix)]
        {
            // The one system call under a socket's lock: it never blocks, comes only when the
            // level changes, and two threads could otherwise show their levels in the wrong order.
            self.send.iter_mut().for_each(|shown| shown.show(now.send));
            self.recv.iter_mut().for_each(|shown| shown.show(now.recv));
        }
        for (sleeper, wants) in &self.pollers {
            if wants.and(now).is_any() {
                rung.push(sleeper.clone());
            }
        }
    }

    pub(crate) fn join(&mut self, sleeper: &Arc<Sleeper>, wants: Ways) {
        self.pollers.push((sleeper.clone(), wants));
    }

    pub(crate) fn leave(&mut self, sleeper: &Arc<Sleeper>) {
        self.pollers
            .retain(|(known, _)| !Arc::ptr_eq(known, sleeper));
    }
}
