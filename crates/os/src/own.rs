//! The owner of a descriptor, which closes that one and nothing else, whatever its number means by
//! then. Takes part in no reading and writing. See `rfc/sp-waiting.md` section 7.

use std::fmt;
use std::io;
use std::mem::ManuallyDrop;
use std::ops::Deref;

use speedwell_transport::OsHandle;

use crate::identity::{Identity, Lost};

/// A descriptor of ours. Other code in the process may close it, by mistake or in a sweep of all
/// numbers, and the number may come to mean something else: this notices, and leaves that alone.
/// To close what is closed already would end a program that is built for debugging.
///
/// Where descriptors are not numbers (Windows) it is what it holds, and notices nothing.
///
/// ```
/// use speedwell_os::Own;
///
/// let socket = Own::new(std::net::UdpSocket::bind("127.0.0.1:0")?);
/// socket.check()?;
/// socket.look()?;
/// assert_ne!(socket.local_addr()?.port(), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Own<T: OsHandle> {
    held: ManuallyDrop<T>,
    identity: Identity,
}

impl<T: OsHandle> Own<T> {
    /// Of something that the system has just given; a system call.
    pub fn new(held: T) -> Self {
        Self {
            identity: Identity::begin(&held),
            held: ManuallyDrop::new(held),
        }
    }

    /// Whether nothing else that is owned like this has its number by now: to be asked before each
    /// use, and costs one relaxed load.
    ///
    /// # Errors
    ///
    /// [`Lost`].
    // rfc: sp-waiting W-60
    #[inline]
    pub fn check(&self) -> io::Result<()> {
        if self.identity.is_latest() {
            Ok(())
        } else {
            Err(Lost.into())
        }
    }

    /// Whether the system says that it is still what it was; a system call.
    ///
    /// # Errors
    ///
    /// [`Lost`].
    // rfc: sp-waiting W-61
    pub fn look(&self) -> io::Result<()> {
        if self.identity.holds() {
            Ok(())
        } else {
            Err(Lost.into())
        }
    }
}

impl<T: OsHandle> Drop for Own<T> {
    fn drop(&mut self) {
        // rfc: sp-waiting W-62
        if self.identity.holds() {
            // SAFETY: it is not used again: this is the end of the only one who has it.
            unsafe { ManuallyDrop::drop(&mut self.held) }
        }
    }
}

impl<T: OsHandle> Deref for Own<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.held
    }
}

#[cfg(unix)]
impl<T: OsHandle> std::os::fd::AsFd for Own<T> {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.held.as_fd()
    }
}

#[cfg(windows)]
impl<T: OsHandle> std::os::windows::io::AsSocket for Own<T> {
    fn as_socket(&self) -> std::os::windows::io::BorrowedSocket<'_> {
        self.held.as_socket()
    }
}

impl<T: OsHandle + fmt::Debug> fmt::Debug for Own<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}
