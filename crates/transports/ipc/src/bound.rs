//! A file that a listener made. It removes that file and no other. Obeys `rfc/sp-ipc.md` section 4.

use std::fmt;
use std::os::fd::{AsFd, OwnedFd};
use std::process;
use std::sync::Arc;

use rustix::fs::{AtFlags, Stat, statat, unlinkat};
use rustix::io::Errno;
use speedwell_os::Own;

/// The file of a bound socket. Dropping it removes the file, if that is still there.
///
/// The directory is kept open, so neither a change of the working directory nor a new name for the
/// directory leads to another file.
pub(crate) struct BoundFile {
    directory: Arc<Own<OwnedFd>>,
    file: String,
    made: Stat,
    process: u32,
}

impl BoundFile {
    /// The file `file` of `directory`, which was just made.
    ///
    /// # Errors
    ///
    /// When it is there no more.
    pub(crate) fn new(directory: Arc<Own<OwnedFd>>, file: &str) -> Result<Self, Errno> {
        Ok(Self {
            made: look(&*directory, file)?,
            directory,
            file: file.to_owned(),
            process: process::id(),
        })
    }
}

impl Drop for BoundFile {
    fn drop(&mut self) {
        // rfc: sp-ipc C-21: a forked process shares the socket, and the file is its parent's.
        if process::id() != self.process {
            return;
        }
        // rfc: sp-ipc C-20: a socket that is open keeps its inode, so no other has the number.
        match look(&*self.directory, &self.file) {
            Ok(there) if is_same(&there, &self.made) => {
                let _ = unlinkat(&*self.directory, &*self.file, AtFlags::empty());
            }
            Ok(_) | Err(_) => {}
        }
    }
}

impl fmt::Debug for BoundFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundFile")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// What stands at a name, not what it leads to.
pub(crate) fn look(directory: impl AsFd, file: &str) -> Result<Stat, Errno> {
    statat(directory, file, AtFlags::SYMLINK_NOFOLLOW)
}

/// Whether both are one file.
pub(crate) fn is_same(a: &Stat, b: &Stat) -> bool {
    (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)
}

#[cfg(test)]
mod tests;
