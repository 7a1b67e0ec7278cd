//! The kinds of sockets that can be served, behind one trait. Another kind is one line.
//! See `CONTRIBUTING.md`.

use std::fmt;
use std::time::Duration;

use clap::ValueEnum;
use speedwell::{AnySocket, Builder, CloseReport, Error, ErrorKind, Message};

use super::Settings;

/// A socket of any kind.
pub(crate) trait Served: fmt::Debug + Send + Sync {
    /// What all kinds have.
    fn any(&self) -> &AnySocket;

    /// Sets what only some kinds have; the others have nothing of it.
    fn begin(&self, _settings: &Settings) -> Result<(), Error> {
        Ok(())
    }

    /// Closes it, within its linger time.
    fn close(self: Box<Self>) -> CloseReport;

    /// Sends a message within `timeout`.
    fn send(&self, _message: Message, _timeout: Duration) -> Result<(), ErrorKind> {
        Err(ErrorKind::Unsupported)
    }

    /// Receives a message within `timeout`.
    fn recv(&self, _timeout: Duration) -> Result<Message, ErrorKind> {
        Err(ErrorKind::Unsupported)
    }
}

macro_rules! ability {
    (send) => {
        fn send(&self, message: Message, timeout: Duration) -> Result<(), ErrorKind> {
            self.send_timeout(message, timeout)
                .map_err(|error| error.kind())
        }
    };
    (recv) => {
        fn recv(&self, timeout: Duration) -> Result<Message, ErrorKind> {
            self.recv_timeout(timeout).map_err(|error| error.kind())
        }
    };
    (subscribe) => {
        fn begin(&self, _: &Settings) -> Result<(), Error> {
            self.subscribe("")
        }
    };
    (deadline) => {
        fn begin(&self, settings: &Settings) -> Result<(), Error> {
            let deadline = settings.deadline_ms.map(Duration::from_millis);
            deadline.map_or(Ok(()), |deadline| self.set_deadline(deadline))
        }
    };
    (resend) => {
        fn begin(&self, settings: &Settings) -> Result<(), Error> {
            let interval = settings.resend_ms.map(Duration::from_millis);
            interval.map_or(Ok(()), |interval| self.set_resend(Some(interval)))
        }
    };
}

macro_rules! kinds {
    ($($kind:ident: $($ability:ident)+,)+) => {
        /// What a socket is.
        #[derive(Clone, Copy, Debug, ValueEnum)]
        pub(crate) enum Kind {
            $(
                #[doc = stringify!($kind)]
                $kind,
            )+
        }

        impl Kind {
            /// Opens a socket of this kind.
            pub(crate) fn open(self, builder: &Builder) -> Result<Box<dyn Served>, Error> {
                Ok(match self {
                    $(Self::$kind => Box::new(speedwell::$kind::with_builder(builder)?),)+
                })
            }
        }

        $(
            impl Served for speedwell::$kind {
                fn any(&self) -> &AnySocket {
                    self
                }

                fn close(self: Box<Self>) -> CloseReport {
                    (*self).close()
                }

                $(ability!($ability);)+
            }
        )+
    };
}

kinds! {
    Bus: send recv,
    Pair: send recv,
    Pub: send,
    Pull: recv,
    Push: send,
    Rep: send recv,
    Req: send recv resend,
    Respondent: send recv,
    Sub: recv subscribe,
    Surveyor: send recv deadline,
}
