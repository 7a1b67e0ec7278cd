//! Why the program ends, and the exit code of each reason. Obeys `rfc/sp-swcat.md` section 6.

use std::io;
use std::process::ExitCode;

use speedwell::Error;

use crate::plan::Misfit;

/// What ended the work before its time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Flags that do not fit together.
    #[error("{0}\nTry swcat --help.")]
    Misfit(#[from] Misfit),
    /// An address that cannot be one; the text says what is wrong with it.
    #[error("{0}")]
    Address(String),
    /// A name that is too long.
    #[error("--socket-name has at most {0} octets")]
    Name(usize),
    /// A topic that the socket refused.
    #[error("cannot subscribe: {0}")]
    Subscribe(Error),
    /// An address that cannot be had.
    #[error("{0}")]
    Endpoint(String),
    /// The socket could not be opened.
    #[error("cannot open a socket: {0}")]
    Open(Error),
    /// A message that was not sent.
    #[error("cannot send: {0}")]
    Send(Error),
    /// None was received.
    #[error("cannot receive: {0}")]
    Receive(Error),
    /// What is to be sent cannot be read.
    #[error("cannot read {0}: {1}")]
    Read(String, io::Error),
    /// What was received cannot be shown.
    #[error("cannot write: {0}")]
    Write(io::Error),
    /// Messages that were accepted and not delivered.
    #[error("{0} messages were not sent in the linger time (--linger)")]
    Unsent(u64),
    /// The sockets of a device do not fit, or one failed.
    #[error("cannot join the sockets: {0}")]
    Device(String),
    /// Fewer messages than were to be measured.
    #[error("{0} of {1} messages arrived")]
    Missing(u64, u64),
    /// Ctrl-C, or another signal to end.
    #[error("interrupted")]
    Interrupted,
    /// Whoever read our output has gone.
    #[error("nobody reads the output")]
    OutputClosed,
}

impl From<io::Error> for Failure {
    /// A failure to write.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Write(error),
        }
    }
}

impl Failure {
    /// Whether there is nothing to say about it.
    pub(crate) fn is_quiet(&self) -> bool {
        matches!(self, Self::Interrupted | Self::OutputClosed)
    }

    /// The exit code.
    // rfc: sp-swcat W-40
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::OutputClosed => 0,
            Self::Misfit(_) | Self::Address(_) | Self::Name(_) => 2,
            Self::Interrupted => 130,
            _ => 1,
        }
    }

    /// The exit code, for the system.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }
}
