//! The names of Unix sockets: a path, or on Linux an abstract name. Takes text apart and never
//! looks whether anything bears the name. Obeys `rfc/sp-ipc.md` section 2.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use socket2::SockAddr;
use speedwell_transport::{Error, ErrorKind};

/// Octets that a name may have: the system's `sun_path` without the NUL at its end, or before an
/// abstract name.
pub(crate) const NAME_LEN_MAX: usize = if cfg!(any(
    target_os = "linux",
    target_os = "android",
    target_os = "illumos",
    target_os = "solaris"
)) {
    107
} else {
    103
};

/// The name of a socket, as the system takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// A path to a file.
    Path(Path),
    /// Octets that no file bears; never empty.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Abstract(Vec<u8>),
}

/// A path whose last part names a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    text: String,
    /// Where the last part begins.
    file_at: usize,
}

impl Name {
    /// What stands behind `ipc://`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidAddress`] when that is no name of a file, or too long.
    pub(crate) fn path(location: &str) -> Result<Self, Error> {
        Path::parse(location).map(Self::Path)
    }

    /// What stands behind `abstract://`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidAddress`] when it is empty, too long or escaped wrongly.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn unfiled(location: &str) -> Result<Self, Error> {
        // rfc: sp-ipc C-05, C-06
        let name = decode(location.as_bytes()).ok_or_else(|| {
            invalid("% in an abstract name is followed by two hexadecimal digits")
        })?;
        check_len(&name)?;
        Ok(Self::Abstract(name))
    }

    /// The name in the system's form.
    pub(crate) fn to_sock_addr(&self) -> Result<SockAddr, Error> {
        match self {
            Self::Path(path) => sock_addr(path.text.as_bytes()),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Self::Abstract(name) => sock_addr(&[&[0], &name[..]].concat()),
        }
    }
}

impl Path {
    /// rfc: sp-ipc C-01, C-02, C-03
    fn parse(text: &str) -> Result<Self, Error> {
        check_len(text.as_bytes())?;
        if text.contains('\0') {
            return Err(invalid("an ipc path has no NUL"));
        }
        let file_at = text.rfind('/').map_or(0, |slash| slash.saturating_add(1));
        let path = Self {
            text: text.to_owned(),
            file_at,
        };
        match path.file() {
            "" | "." | ".." => Err(invalid("an ipc path ends in the name of a file")),
            _ => Ok(path),
        }
    }

    /// The directory: `.` if the path names none.
    pub(crate) fn directory(&self) -> &str {
        match self.text.get(..self.file_at) {
            None | Some("") => ".",
            Some(directory) => directory,
        }
    }

    /// The name of the file in its directory.
    pub(crate) fn file(&self) -> &str {
        self.text.get(self.file_at..).unwrap_or_default()
    }

    /// Another path, beside this one.
    pub(crate) fn beside(&self, file: &str) -> Result<SockAddr, Error> {
        let directory = self.text.get(..self.file_at).unwrap_or_default();
        sock_addr(format!("{directory}{file}").as_bytes())
    }
}

fn sock_addr(octets: &[u8]) -> Result<SockAddr, Error> {
    SockAddr::unix(OsStr::from_bytes(octets))
        .map_err(|error| Error::from_io("no name for a socket", error))
        .map_err(|error| error.with_kind(ErrorKind::InvalidAddress))
}

fn check_len(name: &[u8]) -> Result<(), Error> {
    if name.is_empty() {
        return Err(invalid("the name of the socket is missing"));
    }
    if name.len() > NAME_LEN_MAX {
        let why = format!("the name of a socket has at most {NAME_LEN_MAX} octets");
        return Err(Error::new(ErrorKind::InvalidAddress, why));
    }
    Ok(())
}

/// Replaces each `%` and the two digits behind it by the octet they stand for.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn decode(mut text: &[u8]) -> Option<Vec<u8>> {
    let digit = |octet: u8| char::from(octet).to_digit(16);
    let mut name = Vec::with_capacity(text.len());
    while let Some((&first, mut rest)) = text.split_first() {
        if first == b'%' {
            let (&[high, low], behind) = rest.split_first_chunk()?;
            name.push(u8::try_from(digit(high)? * 16 + digit(low)?).ok()?);
            rest = behind;
        } else {
            name.push(first);
        }
        text = rest;
    }
    Some(name)
}

fn invalid(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidAddress, why)
}
