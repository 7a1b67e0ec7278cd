//! What a descriptor number meant when we got it, to be told from what it means by now: other code
//! in the process may close numbers that are not its own. Closes nothing. See `rfc/sp-waiting.md`
//! section 7.

use std::error::Error;
use std::fmt;
use std::io;

use speedwell_transport::OsHandle;

/// A descriptor is not the one that we had: a stranger in this process has closed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("other code in this process has closed the descriptor")
    }
}

impl Error for Lost {}

impl From<Lost> for io::Error {
    fn from(lost: Lost) -> Self {
        Self::other(lost)
    }
}

/// Whether an error says that a descriptor is [`Lost`].
#[must_use]
pub fn is_lost(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Lost>())
}

#[cfg(unix)]
mod system {
    use std::mem::MaybeUninit;
    use std::os::fd::{AsRawFd, RawFd};

    use super::OsHandle;
    use crate::generations::Generation;

    /// A number, how often we had it, and what the system says it is: a device and an inode, which
    /// each socket, pipe and file has for itself. All `eventfd` and `epoll` descriptors share one.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) struct Identity {
        number: RawFd,
        generation: Generation,
        found: Option<(libc::dev_t, libc::ino_t)>,
    }

    impl Identity {
        /// Of something that we have just got from the system.
        pub(crate) fn begin(handle: &dyn OsHandle) -> Self {
            let number = handle.as_fd().as_raw_fd();
            Self::with(number, Generation::begin(number))
        }

        /// Of something that somebody has.
        pub(crate) fn now(handle: &dyn OsHandle) -> Self {
            let number = handle.as_fd().as_raw_fd();
            Self::with(number, Generation::now(number))
        }

        fn with(number: RawFd, generation: Generation) -> Self {
            Self {
                number,
                generation,
                found: find(number),
            }
        }

        /// The number, which keeps those apart that are in use at the same time.
        pub(crate) fn number(self) -> RawFd {
            self.number
        }

        /// Whether nothing else of ours has the number by now; one load.
        #[inline]
        pub(crate) fn is_latest(self) -> bool {
            self.generation.is_latest()
        }

        /// Whether the system still says the same of the number; a system call.
        pub(crate) fn holds(self) -> bool {
            self.is_latest() && self.found.is_some() && find(self.number) == self.found
        }
    }

    fn find(number: RawFd) -> Option<(libc::dev_t, libc::ino_t)> {
        let mut stat = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: there is room for what is written; a number that means nothing is an error.
        if unsafe { libc::fstat(number, stat.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: the call has succeeded, so it was written.
        let stat = unsafe { stat.assume_init() };
        Some((stat.st_dev, stat.st_ino))
    }
}

#[cfg(not(unix))]
mod system {
    use super::OsHandle;

    /// Nothing is told apart here.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) struct Identity;

    impl Identity {
        pub(crate) fn begin(_: &dyn OsHandle) -> Self {
            Self
        }

        pub(crate) fn now(_: &dyn OsHandle) -> Self {
            Self
        }

        #[inline]
        pub(crate) fn is_latest(self) -> bool {
            true
        }

        pub(crate) fn holds(self) -> bool {
            true
        }
    }
}

pub(crate) use system::Identity;
