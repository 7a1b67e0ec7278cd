//! The right to bind one path, which one process has at a time. Leaves nothing behind, and never
//! removes what it did not make. Obeys `rfc/sp-ipc.md` section 4.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{
    AtFlags, CWD, FlockOperation, Mode, OFlags, flock, fstat, mkdirat, openat, unlinkat,
};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::geteuid;
use socket2::SockAddr;
use speedwell_os::Own;
use speedwell_transport::{Addr, Error, ErrorKind};

use crate::bound::{is_same, look};
use crate::name::{NAME_LEN_MAX, Path};
use crate::socket::cannot_listen;

/// How long another may have the right: it takes a handful of system calls to use it.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// The pause between two tries to get it.
const PAUSE: Duration = Duration::from_millis(1);

/// The name of a socket that is made ready out of everybody's reach.
const STAGED: &str = "s";

/// How a directory is opened only to name what is in it; Linux asks for no permission to list it.
const DIRECTORY: OFlags = {
    let flags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let flags = flags.union(OFlags::PATH);
    flags
};

/// The right to bind a path: a directory `.FILE.binding` beside it, which is locked, is there only
/// while somebody binds, and that nobody else may enter.
#[derive(Debug)]
pub(crate) struct Claim {
    /// Where the path lies.
    directory: Arc<Own<OwnedFd>>,
    /// The locked directory.
    room: OwnedFd,
    name: String,
}

impl Claim {
    /// Waits for the right to bind `path`, for a second at most.
    ///
    /// rfc: sp-ipc C-07
    pub(crate) fn of(path: &Path, addr: &Addr) -> Result<Self, Error> {
        let failed = |errno: Errno| cannot_listen(addr, errno);
        // rfc: sp-waiting W-52: some file systems take their time to open and to lock.
        let open = || openat(CWD, path.directory(), DIRECTORY, Mode::empty());
        let directory = retry_on_intr(open).map_err(|errno| no_directory(errno, path, addr))?;
        let name = room_name(path);
        let start = Instant::now();
        loop {
            match retry_on_intr(|| mkdirat(&directory, &*name, Mode::RWXU)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(failed(errno)),
            }
            if let Some(room) = enter(&directory, &name, addr)? {
                return Ok(Self {
                    directory: Arc::new(Own::new(directory)),
                    room,
                    name,
                });
            }
            if start.elapsed() > WAIT_MAX {
                let why = format!("somebody else is about to listen at {addr}");
                return Err(Error::new(ErrorKind::AddressInUse, why));
            }
            thread::sleep(PAUSE);
        }
    }

    /// The directory in which the path lies.
    pub(crate) fn directory(&self) -> &Arc<Own<OwnedFd>> {
        &self.directory
    }

    /// The locked directory, where a socket can be made ready under the name `staged`.
    pub(crate) fn room(&self) -> BorrowedFd<'_> {
        self.room.as_fd()
    }

    /// The name of what is made ready, in [`Claim::room`].
    pub(crate) fn staged(&self) -> &'static str {
        STAGED
    }

    /// Where a socket is bound to be made ready.
    ///
    /// rfc: sp-ipc C-13
    pub(crate) fn staging_address(&self, path: &Path) -> Result<SockAddr, Error> {
        path.beside(&format!("{}/{STAGED}", self.name))
            .map_err(|_| {
                let added = self.name.len() + STAGED.len() + 1 - path.file().len();
                let max = NAME_LEN_MAX - added;
                let why = format!("with a mode or an owner, an ipc path has at most {max} octets");
                Error::new(ErrorKind::InvalidAddress, why)
            })
    }

    /// Removes a socket that somebody left in the room, killed while making it ready.
    pub(crate) fn sweep(&self) {
        let _ = unlinkat(&self.room, STAGED, AtFlags::empty());
    }
}

impl Drop for Claim {
    /// The directory goes while it is locked: who waits for it finds that it has.
    fn drop(&mut self) {
        self.sweep();
        let _ = unlinkat(&*self.directory, &*self.name, AtFlags::REMOVEDIR);
    }
}

fn room_name(path: &Path) -> String {
    format!(".{}.binding", path.file())
}

/// Opens and locks the directory `name`; `None` if somebody else has it, or has just removed it.
fn enter(directory: &OwnedFd, name: &str, addr: &Addr) -> Result<Option<OwnedFd>, Error> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let failed = |errno: Errno| cannot_listen(addr, errno);
    let in_the_way = |why: &str| {
        let why = format!("cannot listen at {addr}: beside it, {name} {why}");
        Err(Error::new(ErrorKind::AddressInUse, why))
    };
    let room = match retry_on_intr(|| openat(directory, name, flags, Mode::empty())) {
        Ok(room) => room,
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => {
            return in_the_way("is no directory");
        }
        Err(Errno::ACCESS) => return in_the_way("is another user's"),
        Err(errno) => return Err(failed(errno)),
    };
    let opened = fstat(&room).map_err(failed)?;
    // Whoever owns it could exchange what is made ready in it.
    if opened.st_uid != geteuid().as_raw() {
        return in_the_way("is another user's");
    }
    let is_ours = lock(directory, name, &room).map_err(failed)?;
    Ok(is_ours.then_some(room))
}

/// Locks the directory that was opened at `name`; false if somebody else has it, or it is there no
/// more: then a lock on it keeps nobody out.
///
/// rfc: sp-ipc C-07
fn lock(directory: &OwnedFd, name: &str, room: &OwnedFd) -> Result<bool, Errno> {
    match retry_on_intr(|| flock(room, FlockOperation::NonBlockingLockExclusive)) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Ok(false),
        Err(errno) => return Err(errno),
    }
    match look(directory, name) {
        Ok(there) => Ok(is_same(&there, &fstat(room)?)),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// rfc: sp-ipc C-22
fn no_directory(errno: Errno, path: &Path, addr: &Addr) -> Error {
    let what = format!("cannot listen at {addr}: directory {}", path.directory());
    let error = Error::from_io(what, errno.into());
    match errno {
        Errno::NOENT | Errno::NOTDIR | Errno::LOOP => {
            error.with_kind(ErrorKind::AddressNotAvailable)
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests;
