//! What a user may ask of the file that a listener makes. Plain values: nothing is set here.
//! Obeys `rfc/sp-ipc.md` section 3.

use speedwell_transport::{EndpointOptions, Error, ErrorKind};

/// Options of an endpoint over Unix sockets, given through [`EndpointOptions::set`]. They concern
/// the file of a listener; dialers pay no heed to them.
///
/// ```
/// use speedwell_ipc::IpcOptions;
/// use speedwell_transport::EndpointOptions;
///
/// let mut ipc = IpcOptions::default();
/// ipc.mode = Some(0o660);
/// let mut options = EndpointOptions::default();
/// options.set(ipc);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IpcOptions {
    /// The permissions of the file, at most `0o777`, whatever the `umask` is. To connect takes the
    /// permission to write. `None`, the default, leaves them to the system and the `umask`.
    pub mode: Option<u32>,
    /// The number of the user who owns the file. `None`, the default, is who makes it.
    pub uid: Option<u32>,
    /// The number of the group that owns the file. `None`, the default, is the system's choice.
    pub gid: Option<u32>,
}

/// The largest [`IpcOptions::mode`].
const MODE_MAX: u32 = 0o777;

impl IpcOptions {
    /// The options of an endpoint, checked.
    ///
    /// rfc: sp-ipc C-11
    pub(crate) fn of(options: &EndpointOptions) -> Result<Self, Error> {
        let own = options.get().cloned().unwrap_or_default();
        match own {
            Self {
                mode: Some(MODE_ABOVE..),
                ..
            } => Err(invalid("the mode of a socket file is at most 0o777")),
            // The system takes this number for "leave it as it is".
            Self {
                uid: Some(u32::MAX),
                ..
            }
            | Self {
                gid: Some(u32::MAX),
                ..
            } => Err(invalid("4294967295 is the number of no user or group")),
            own => Ok(own),
        }
    }

    /// Whether the file is to be other than the system would make it.
    pub(crate) fn ask_for_something(&self) -> bool {
        *self != Self::default()
    }

    /// Refuses wishes for a file where there is none: they are meant to keep others out.
    ///
    /// rfc: sp-ipc C-12
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn check_without_file(&self) -> Result<(), Error> {
        if self.ask_for_something() {
            return Err(invalid(
                "an abstract name has no file to have a mode or an owner",
            ));
        }
        Ok(())
    }
}

const MODE_ABOVE: u32 = MODE_MAX + 1;

fn invalid(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOption, why)
}
