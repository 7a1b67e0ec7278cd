//! The poller of systems other than Linux, by the crate `polling`. Where the system reports only
//! once, a source is asked for again. See `rfc/0001-contracts.md`.

use std::io;
use std::time::Instant;

use parking_lot::Mutex;
use polling::PollMode;
use speedwell_transport::OsSource;

use super::poller::Poller;
use super::{Watch, borrow};
use crate::{Event, Events};

/// The poller.
pub(super) struct Portable {
    poller: polling::Poller,
    mode: PollMode,
    /// What was reported, to be asked for again; always empty in level mode.
    again: Mutex<Vec<usize>>,
}

impl Portable {
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn new() -> io::Result<Self> {
        let poller = polling::Poller::new()?;
        let mode = if poller.supports_level() {
            PollMode::Level
        } else {
            PollMode::Oneshot
        };
        Ok(Self::with_mode(poller, mode))
    }

    pub(super) fn with_mode(poller: polling::Poller, mode: PollMode) -> Self {
        Self {
            poller,
            mode,
            again: Mutex::default(),
        }
    }
}

impl Poller for Portable {
    fn add(&self, source: &OsSource, key: usize, watch: Watch) -> io::Result<()> {
        let handle = borrow(source);
        // SAFETY: the descriptor is open now, since `handle` borrows it, and it stays open while
        // the poller knows it: the poll set keeps a clone of its owner, and gives that up only
        // after `delete`. That the owner names the same descriptor each time is the promise of
        // `OsHandle`.
        let result = unsafe {
            self.poller
                .add_with_mode(&handle, event(key, watch), self.mode)
        };
        match &result {
            // Some pollers remember a source that the system refused, and would say then that it
            // is watched already. One that really is watched already belongs to another key.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                let _ = self.poller.delete(handle);
            }
            _ => {}
        }
        result
    }

    fn modify(&self, source: &OsSource, key: usize, watch: Watch) -> io::Result<()> {
        self.poller
            .modify_with_mode(borrow(source), event(key, watch), self.mode)
    }

    fn delete(&self, source: &OsSource) -> io::Result<()> {
        self.poller.delete(borrow(source))
    }

    fn wait(&self, events: &mut Events, deadline: Option<Instant>) -> io::Result<()> {
        events.told.clear();
        match deadline {
            Some(deadline) => self.poller.wait_deadline(&mut events.told, deadline)?,
            None => self.poller.wait(&mut events.told, None)?,
        };
        let found = events.told.iter().map(|event| Event {
            key: event.key,
            readable: event.readable,
            writable: event.writable,
            hangup: event.is_interrupt() || event.is_err() == Some(true),
        });
        events.found.extend(found);
        if !self.is_level() {
            let keys = events.found.iter().map(|event| event.key);
            self.again.lock().extend(keys);
        }
        Ok(())
    }

    fn take_reported(&self) -> Vec<usize> {
        std::mem::take(&mut self.again.lock())
    }

    fn notify(&self) {
        // Fails only when the set's own descriptor is gone, and then nobody waits.
        let _ = self.poller.notify();
    }

    fn is_level(&self) -> bool {
        self.mode == PollMode::Level
    }

    fn renew(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

fn event(key: usize, watch: Watch) -> polling::Event {
    polling::Event::new(key, watch.read, watch.write)
}
