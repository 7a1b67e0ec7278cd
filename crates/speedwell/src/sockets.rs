//! The typed sockets: one newtype for each role, over the default transports. No logic.
//! See `rfc/sp-pair.md` and `rfc/sp-pipeline.md`.

use std::ops::Deref;

use speedwell_socket::{Error, Socket, Transports};

use crate::default_transports;

macro_rules! socket {
    ($(#[$doc:meta])* $name:ident, $machine:ty) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(Socket<$machine>);

        impl $name {
            /// A socket over the default transports.
            ///
            /// # Errors
            ///
            /// When the reactor cannot start.
            pub fn new() -> Result<Self, Error> {
                Self::with_transports(&default_transports())
            }

            /// A socket over other transports.
            ///
            /// # Errors
            ///
            /// When the reactor cannot start.
            pub fn with_transports(transports: &Transports) -> Result<Self, Error> {
                Socket::new(<$machine>::new(), transports).map(Self)
            }
        }

        impl Deref for $name {
            type Target = Socket<$machine>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    };
}

socket! {
    /// One peer, both ways.
    ///
    /// ```
    /// let (left, right) = (speedwell::Pair::new()?, speedwell::Pair::new()?);
    /// left.connect("inproc://a pair of rooms")?;
    /// right.bind("inproc://a pair of rooms")?;
    /// left.send("knock")?;
    /// assert_eq!(right.recv()?.body(), b"knock");
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    Pair, speedwell_pair::Pair
}

socket! {
    /// PAIR whose headers are the application's.
    RawPair, speedwell_pair::RawPair
}

socket! {
    /// Hands each message to one of its peers. It has no `recv`:
    ///
    /// ```compile_fail,E0599
    /// speedwell::Push::new().unwrap().recv();
    /// ```
    Push, speedwell_pipeline::Push
}

socket! {
    /// PUSH whose headers are the application's.
    RawPush, speedwell_pipeline::RawPush
}

socket! {
    /// Takes messages from its peers in turn. It has no `send`:
    ///
    /// ```compile_fail,E0599
    /// speedwell::Pull::new().unwrap().send("no");
    /// ```
    Pull, speedwell_pipeline::Pull
}

socket! {
    /// PULL that shows headers.
    RawPull, speedwell_pipeline::RawPull
}
