//! Those of a schedule that `shuttle` runs, and a poll set for sockets that need no descriptor.
//! Never part of the product. See `CONTRIBUTING.md`.

use std::io;
use std::time::Duration;

pub(crate) use speedwell_testkit::schedules::atomic::{AtomicBool, AtomicUsize, Ordering};
pub(crate) use speedwell_testkit::schedules::{Condvar, Mutex, MutexGuard, now, thread};

use speedwell_os::{Events, Watch};
use speedwell_testkit::schedules::random;
use speedwell_transport::OsSource;

/// The schedule's own, so that it is the same again.
pub(crate) fn seed() -> u64 {
    random()
}

/// There is no descriptor to look after.
pub(crate) const SLEEP_MAX: Duration = Duration::MAX;

/// After what never fails here.
pub(crate) fn rest(_: Duration) {
    thread::yield_now();
}

/// A poll set that is notified, or late, and knows no descriptor.
#[derive(Debug)]
pub(crate) struct PollSet {
    is_notified: Mutex<bool>,
    bell: Condvar,
}

impl PollSet {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            is_notified: Mutex::new(false),
            bell: Condvar::new(),
        })
    }

    pub(crate) fn add(&self, _: usize, _: &OsSource, _: Watch) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn modify(&self, _: usize, _: Watch) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn remove(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    /// Nobody is there to close what it does not have.
    pub(crate) fn has(&self, _: usize) -> bool {
        true
    }

    pub(crate) fn take_lost(&self) -> Option<usize> {
        None
    }

    pub(crate) fn notify(&self) {
        *self.is_notified.lock() = true;
        self.bell.notify_one();
    }

    pub(crate) fn wait(&self, _: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        let until = timeout.and_then(|timeout| now().checked_add(timeout));
        let mut is_notified = self.is_notified.lock();
        while !*is_notified && timeout != Some(Duration::ZERO) {
            match until {
                Some(at) if self.bell.wait_until(&mut is_notified, at).timed_out() => break,
                Some(_) => {}
                None => self.bell.wait(&mut is_notified),
            }
        }
        *is_notified = false;
        Ok(())
    }
}
