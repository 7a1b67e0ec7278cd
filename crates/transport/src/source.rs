//! Where readiness comes from: a descriptor of the system, or a doorbell. A source keeps its
//! descriptor open, so that nobody ever waits on a number that means something else by now.
//! See `rfc/0001-contracts.md`.

use std::fmt;
use std::sync::Arc;

/// Something with a descriptor (Unix) or socket (Windows) that a poll set can watch: the same one
/// each time it is asked, and open until it is dropped.
#[cfg(unix)]
pub trait OsHandle: std::os::fd::AsFd + Send + Sync {}
#[cfg(unix)]
impl<T: std::os::fd::AsFd + Send + Sync> OsHandle for T {}

/// Something with a descriptor (Unix) or socket (Windows) that a poll set can watch: the same one
/// each time it is asked, and open until it is dropped.
#[cfg(windows)]
pub trait OsHandle: std::os::windows::io::AsSocket + Send + Sync {}
#[cfg(windows)]
impl<T: std::os::windows::io::AsSocket + Send + Sync> OsHandle for T {}

/// A shared, open descriptor. Clones watch the same one; the last one closes it.
#[derive(Clone)]
pub struct OsSource(Arc<dyn OsHandle>);

impl OsSource {
    /// Shares what owns the descriptor, such as an `Arc<TcpStream>`.
    pub fn new(handle: Arc<dyn OsHandle>) -> Self {
        Self(handle)
    }

    /// The owner of the descriptor.
    #[must_use]
    pub fn handle(&self) -> &dyn OsHandle {
        &*self.0
    }

    /// True when both are clones of one source.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for OsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OsSource")
    }
}

/// Where the readiness of a pipe comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A descriptor that the driver watches for reading and writing.
    Os(OsSource),
    /// The doorbell that the object was given with its polls.
    Doorbell,
}

impl Source {
    /// A source over something that owns a descriptor.
    pub fn os(handle: Arc<dyn OsHandle>) -> Self {
        Self::Os(OsSource::new(handle))
    }
}
