//! Threads that the schedule runs. Those that the driver starts and nobody waits for are waited for
//! at the end of a model.

use std::io;

pub use shuttle::thread::{JoinHandle, Thread, ThreadId, current, spawn, yield_now};

use super::lock::Mutex;

shuttle::lazy_static! {
    static ref STARTED: Mutex<Vec<JoinHandle<()>>> = Mutex::default();
}

/// Stands in for `std::thread::Builder`.
#[derive(Debug, Default)]
pub struct Builder(String);

/// A thread that was started.
#[derive(Debug)]
pub struct Started(Thread);

impl Builder {
    /// A thread with no name.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Names it.
    #[must_use]
    pub fn name(mut self, name: String) -> Self {
        self.0 = name;
        self
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// None: there is always another thread.
    pub fn spawn(self, run: impl FnOnce() + Send + 'static) -> io::Result<Started> {
        let handle = shuttle::thread::Builder::new().name(self.0).spawn(run)?;
        let thread = handle.thread().clone();
        STARTED.lock().push(handle);
        Ok(Started(thread))
    }
}

impl Started {
    /// Which it is.
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.0
    }
}

/// Waits for all that were started.
pub(super) fn join_all() {
    loop {
        let Some(handle) = STARTED.lock().pop() else {
            return;
        };
        handle.join().expect("a thread of the driver panicked");
    }
}
