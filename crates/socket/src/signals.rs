//! Who wants to know whether a call on a socket would wait, and takes nothing by it: descriptors
//! that event loops watch, and threads that poll many sockets. See `rfc/sp-waiting.md` sections 3
//! and 4.

use std::sync::Arc;
use std::time::Instant;

use speedwell_message::CtxId;
#[cfg(unix)]
use speedwell_os::Latch;

use crate::few::Few;
use crate::hub::State;
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

/// What a descriptor shows of a way.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// A call would not wait: it would succeed, or fail at once.
    #[default]
    NoWait,
    /// The same, and an exchange has begun, so that a call out of order is not among it: a request
    /// to be answered, or one whose answer is awaited. Of a protocol without exchanges it is never
    /// up, but when the socket is closed.
    InExchange,
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
    shown: Vec<Shown>,
    pollers: Vec<(Arc<Sleeper>, Ways)>,
}

/// A descriptor, and what it shows.
#[cfg(unix)]
#[derive(Debug)]
struct Shown {
    is_send: bool,
    level: Level,
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
        let is_shown = !self.shown.is_empty();
        #[cfg(not(unix))]
        let is_shown = false;
        !is_shown && self.pollers.is_empty()
    }

    /// Whether it matters to anybody that an exchange has begun.
    fn ask_for_exchanges(&self) -> bool {
        #[cfg(unix)]
        return self
            .shown
            .iter()
            .any(|shown| shown.level == Level::InExchange);
        #[cfg(not(unix))]
        false
    }

    /// The descriptor of a way, made when it is asked for; it has to be told what to show.
    #[cfg(unix)]
    pub(crate) fn latch(&mut self, is_send: bool, level: Level) -> std::io::Result<Arc<Latch>> {
        let is_it = |shown: &&Shown| (shown.is_send, shown.level) == (is_send, level);
        if let Some(shown) = self.shown.iter().find(is_it) {
            return Ok(shown.latch.clone());
        }
        let latch = Arc::new(Latch::new()?);
        self.shown.push(Shown {
            is_send,
            level,
            latch: latch.clone(),
            is_raised: false,
        });
        Ok(latch)
    }

    /// Brings everybody up to date. Who is to be rung for, when the lock is let go, goes to `rung`.
    // rfc: sp-waiting W-10 W-14 W-20
    pub(crate) fn tell(&mut self, now: Ways, in_exchange: bool, rung: &mut Few<Arc<Sleeper>>) {
        #[cfg(not(unix))]
        let _ = in_exchange;
        #[cfg(unix)]
        {
            // The one system call under a socket's lock: it never blocks, comes only when the
            // level changes, and two threads could otherwise show their levels in the wrong order.
            for shown in &mut self.shown {
                let is_up = if shown.is_send { now.send } else { now.recv };
                shown.show(is_up && (in_exchange || shown.level == Level::NoWait));
            }
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

impl State {
    /// Which calls in `MAIN` would not wait: those that succeed, and those that fail at once.
    // rfc: sp-waiting W-10
    pub(crate) fn ways(&self) -> Ways {
        let ready = self.engine.ready(CtxId::MAIN);
        Ways {
            send: ready.send || !self.engine.may_send(CtxId::MAIN),
            recv: ready.recv || !self.engine.may_recv(CtxId::MAIN),
        }
    }

    /// Brings descriptors up to date, and says which polling threads are to be rung for.
    pub(crate) fn tell_signals(&mut self) -> Few<Arc<Sleeper>> {
        let mut rung = Few::default();
        if !self.signals.is_idle() {
            let ways = self.ways();
            // rfc: sp-waiting W-14
            let asks = self.signals.ask_for_exchanges();
            let in_exchange = asks && self.engine.is_in_exchange(CtxId::MAIN);
            self.signals.tell(ways, in_exchange, &mut rung);
        }
        rung
    }
}
