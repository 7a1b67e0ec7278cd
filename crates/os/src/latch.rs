//! A level that other programs' event loops can wait for: a descriptor that is readable while the
//! level is up. It never blocks, and never decides when the level changes. See `rfc/sp-waiting.md`
//! section 3.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::{Errno, retry_on_intr};

use crate::Own;

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
mod ends {
    //! One descriptor that counts.

    use super::{Own, OwnedFd, io};
    use rustix::event::{EventfdFlags, eventfd};

    #[derive(Debug)]
    pub(super) struct Ends(Own<OwnedFd>);

    impl Ends {
        pub(super) fn new() -> io::Result<Self> {
            let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
            Ok(Self(Own::new(eventfd(0, flags)?)))
        }

        pub(super) fn reader(&self) -> &Own<OwnedFd> {
            &self.0
        }

        pub(super) fn writer(&self) -> &Own<OwnedFd> {
            &self.0
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
mod ends {
    //! Both ends of a pipe, which has eight octets in it or none.

    use super::{Own, OwnedFd, io};
    use rustix::io::{FdFlags, fcntl_setfd, ioctl_fionbio};

    #[derive(Debug)]
    pub(super) struct Ends {
        reader: Own<OwnedFd>,
        writer: Own<OwnedFd>,
    }

    impl Ends {
        pub(super) fn new() -> io::Result<Self> {
            let (reader, writer) = rustix::pipe::pipe()?;
            for end in [&reader, &writer] {
                fcntl_setfd(end, FdFlags::CLOEXEC)?;
                ioctl_fionbio(end, true)?;
            }
            Ok(Self {
                reader: Own::new(reader),
                writer: Own::new(writer),
            })
        }

        pub(super) fn reader(&self) -> &Own<OwnedFd> {
            &self.reader
        }

        pub(super) fn writer(&self) -> &Own<OwnedFd> {
            &self.writer
        }
    }
}

/// A descriptor that is readable while a level is up. Whoever waits for it only polls it, by
/// whatever means, and never reads it. It is closed in programs that this one executes.
///
/// One caller at a time raises and lowers it, in turn.
///
/// ```
/// use speedwell_os::Latch;
///
/// let latch = Latch::new()?;
/// latch.raise();
/// assert!(latch.is_raised()?);
/// latch.lower();
/// assert!(!latch.is_raised()?);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Latch(ends::Ends);

impl Latch {
    /// A level that is down.
    ///
    /// # Errors
    ///
    /// When the system has no descriptor left.
    pub fn new() -> io::Result<Self> {
        ends::Ends::new().map(Self)
    }

    /// Puts the level up: the descriptor is readable from now on.
    pub fn raise(&self) {
        // Full means up already.
        let _ = Self::with(self.0.writer(), |end| {
            rustix::io::write(end, &1_u64.to_ne_bytes())
        });
    }

    /// Puts the level down.
    pub fn lower(&self) {
        // Empty means down already.
        let _ = Self::with(self.0.reader(), |end| rustix::io::read(end, &mut [0_u8; 8]));
    }

    /// Reads or writes, but not what has the number of a descriptor that a stranger has closed.
    // rfc: sp-waiting W-60
    fn with<R>(end: &Own<OwnedFd>, run: impl Fn(BorrowedFd<'_>) -> Result<R, Errno>) -> Option<R> {
        end.check().ok()?;
        retry_on_intr(|| run(end.as_fd())).ok()
    }

    /// What the system says of the level.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn is_raised(&self) -> io::Result<bool> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut fds = [PollFd::new(self.0.reader(), PollFlags::IN)];
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        match retry_on_intr(|| poll(&mut fds, Some(&now))) {
            Ok(ready) => Ok(ready > 0),
            Err(error) => Err(Errno::into(error)),
        }
    }
}

impl AsFd for Latch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.reader().as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-waiting W-10
    #[test]
    fn the_level_stays_until_it_is_changed() {
        let latch = Latch::new().unwrap();
        assert!(!latch.is_raised().unwrap());
        for _ in 0..3 {
            latch.raise();
            assert!(latch.is_raised().unwrap() && latch.is_raised().unwrap());
            latch.lower();
            assert!(!latch.is_raised().unwrap());
        }
        latch.lower();
        latch.raise();
        assert!(
            latch.is_raised().unwrap(),
            "one too many takes nothing away"
        );
    }

    // rfc: sp-waiting W-13
    #[test]
    fn the_descriptor_is_closed_in_programs_that_are_executed() {
        let latch = Latch::new().unwrap();
        let flags = rustix::io::fcntl_getfd(latch.as_fd()).unwrap();
        assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
    }
}
