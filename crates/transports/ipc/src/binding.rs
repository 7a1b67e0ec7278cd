//! Binds a socket to a path. Never removes a file in which somebody listens, or that is no socket,
//! and never shows one that is not as it was asked for. Obeys `rfc/sp-ipc.md` sections 3 and 4.

use std::io::ErrorKind as Io;

use rustix::fs::{AtFlags, FileType, Gid, Mode, RawMode, Stat, Uid, chmodat, chownat, unlinkat};
use rustix::io::Errno;
use socket2::Socket;
use speedwell_os::connect;
use speedwell_transport::{Addr, Error, ErrorKind};

use crate::IpcOptions;
use crate::bound::{BoundFile, is_same, look};
use crate::claim::Claim;
use crate::name::{Name, Path};
use crate::socket::{self, cannot_listen};

/// Binds `socket` to `path`, which is that of `addr`, and listens.
pub(crate) fn bind(
    socket: &Socket,
    path: &Path,
    addr: &Addr,
    own: &IpcOptions,
) -> Result<BoundFile, Error> {
    let claim = Claim::of(path, addr)?;
    clear(&claim, path, addr)?;
    if own.ask_for_something() {
        bind_in_the_room(socket, &claim, path, addr, own)
    } else {
        bind_in_place(socket, &claim, path, addr)
    }
}

/// Who listens at a socket file.
enum Listening {
    Somebody,
    Nobody,
    /// The file has just been removed.
    Gone,
}

/// Removes a socket file in which nobody listens any more.
///
/// rfc: sp-ipc C-08, C-09
fn clear(claim: &Claim, path: &Path, addr: &Addr) -> Result<(), Error> {
    let (directory, file) = (claim.directory(), path.file());
    let found = match look(directory, file) {
        Ok(found) => found,
        Err(Errno::NOENT) => return Ok(()),
        Err(errno) => return Err(cannot_listen(addr, errno)),
    };
    if let Some(what) = other_than_a_socket(&found) {
        return Err(in_use(addr, what));
    }
    match probe(path, addr)? {
        Listening::Somebody => Err(in_use(addr, "somebody listens there")),
        Listening::Gone => Ok(()),
        Listening::Nobody => match look(directory, file) {
            Ok(still) if is_same(&still, &found) => unlinkat(directory, file, AtFlags::empty())
                .map_err(|errno| {
                    let what = format!("cannot remove the file that was left at {addr}");
                    Error::from_io(what, errno.into())
                }),
            Ok(_) => Err(in_use(addr, "somebody else was faster")),
            Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(cannot_listen(addr, errno)),
        },
    }
}

fn other_than_a_socket(found: &Stat) -> Option<&'static str> {
    match FileType::from_raw_mode(found.st_mode) {
        FileType::Socket => None,
        FileType::RegularFile => Some("a regular file is there"),
        FileType::Directory => Some("a directory is there"),
        FileType::Symlink => Some("a symbolic link is there"),
        _ => Some("a file that is no socket is there"),
    }
}

/// Connects, to see whether somebody listens. What the system says otherwise may well be somebody.
fn probe(path: &Path, addr: &Addr) -> Result<Listening, Error> {
    let socket = socket::new().map_err(|error| cannot_listen(addr, error))?;
    let target = Name::Path(path.clone()).to_sock_addr()?;
    match connect(&socket, &target).map_err(|error| error.kind()) {
        Err(Io::ConnectionRefused) => Ok(Listening::Nobody),
        Err(Io::NotFound) => Ok(Listening::Gone),
        Ok(_) | Err(_) => Ok(Listening::Somebody),
    }
}

fn bind_in_place(
    socket: &Socket,
    claim: &Claim,
    path: &Path,
    addr: &Addr,
) -> Result<BoundFile, Error> {
    let target = Name::Path(path.clone()).to_sock_addr()?;
    socket
        .bind(&target)
        .map_err(|error| cannot_listen(addr, error))?;
    let bound = remember(claim, path, addr)?;
    socket::listen(socket).map_err(|error| cannot_listen(addr, error))?;
    Ok(bound)
}

/// Makes the socket ready where nobody can see it, and then shows it, whole and listening.
///
/// rfc: sp-ipc C-13, C-14
fn bind_in_the_room(
    socket: &Socket,
    claim: &Claim,
    path: &Path,
    addr: &Addr,
    own: &IpcOptions,
) -> Result<BoundFile, Error> {
    let target = claim.staging_address(path)?;
    claim.sweep();
    socket
        .bind(&target)
        .map_err(|error| cannot_listen(addr, error))?;
    give_away(claim, own).map_err(|errno| {
        let what = format!("cannot give the file of {addr} its owner and mode");
        Error::from_io(what, errno.into())
    })?;
    socket::listen(socket).map_err(|error| cannot_listen(addr, error))?;
    match show(claim, path.file()) {
        Ok(()) => remember(claim, path, addr),
        Err(Errno::EXIST) => Err(in_use(addr, "somebody else was faster")),
        Err(errno) => Err(cannot_listen(addr, errno)),
    }
}

/// The owner first: a change of owner may take permissions away.
fn give_away(claim: &Claim, own: &IpcOptions) -> Result<(), Errno> {
    let (room, staged) = (claim.room(), claim.staged());
    if own.uid.is_some() || own.gid.is_some() {
        let (uid, gid) = (own.uid.map(Uid::from_raw), own.gid.map(Gid::from_raw));
        chownat(room, staged, uid, gid, AtFlags::SYMLINK_NOFOLLOW)?;
    }
    if let Some(mode) = own.mode {
        // The room is ours alone, so what is staged is no link.
        let mode = RawMode::try_from(mode).map_err(|_| Errno::INVAL)?;
        chmodat(room, staged, Mode::from_raw_mode(mode), AtFlags::empty())?;
    }
    Ok(())
}

/// Gives what is staged its name, unless something has it.
#[cfg(not(target_vendor = "apple"))]
fn show(claim: &Claim, file: &str) -> Result<(), Errno> {
    // The first name goes with the claim.
    let (room, directory) = (claim.room(), claim.directory());
    rustix::fs::linkat(room, claim.staged(), directory, file, AtFlags::empty())
}

/// Gives what is staged its name, unless something has it.
#[cfg(target_vendor = "apple")]
fn show(claim: &Claim, file: &str) -> Result<(), Errno> {
    use rustix::fs::{RenameFlags, renameat_with};

    let (room, directory) = (claim.room(), claim.directory());
    renameat_with(
        room,
        claim.staged(),
        directory,
        file,
        RenameFlags::NOREPLACE,
    )
}

fn remember(claim: &Claim, path: &Path, addr: &Addr) -> Result<BoundFile, Error> {
    BoundFile::new(claim.directory().clone(), path.file())
        .map_err(|errno| cannot_listen(addr, errno))
}

fn in_use(addr: &Addr, why: &str) -> Error {
    let what = format!("cannot listen at {addr}: {why}");
    Error::new(ErrorKind::AddressInUse, what)
}
