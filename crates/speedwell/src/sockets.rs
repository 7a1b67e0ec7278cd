//! The typed sockets: one newtype for each role, over the default transports. No logic.
//! See `rfc/0001-contracts.md`, and in each module the page of its protocol.

mod bus;
mod pair;
mod pipeline;
mod pubsub;
mod reqrep;
mod survey;

pub use bus::{Bus, RawBus};
pub use pair::{Pair, Pair1, RawPair, RawPair1};
pub use pipeline::{Pull, Push, RawPull, RawPush};
pub use pubsub::{Pub, RawPub, RawSub, Sub};
pub use reqrep::{RawRep, RawReq, Rep, Req};
pub use survey::{RawRespondent, RawSurveyor, Respondent, Surveyor};

macro_rules! socket {
    ($(#[$doc:meta])* $name:ident, $machine:ty) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name($crate::Socket<$machine>);

        impl $name {
            /// A socket over the default transports.
            ///
            /// # Errors
            ///
            /// When the reactor cannot start.
            pub fn new() -> Result<Self, $crate::Error> {
                Self::with_transports(&$crate::default_transports())
            }

            /// A socket over other transports.
            ///
            /// # Errors
            ///
            /// When the reactor cannot start.
            pub fn with_transports(transports: &$crate::Transports) -> Result<Self, $crate::Error> {
                Self::with_builder(&$crate::Builder::new(transports.clone()))
            }

            /// A socket as a builder makes it: with a reactor or a resolver of one's own.
            ///
            /// # Errors
            ///
            /// When the reactor cannot start.
            pub fn with_builder(builder: &$crate::Builder) -> Result<Self, $crate::Error> {
                builder.open(<$machine>::new()).map(Self)
            }
        }

        impl std::ops::Deref for $name {
            type Target = $crate::Socket<$machine>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    };
}

macro_rules! ttl {
    ($name:ident) => {
        impl $name {
            /// How many hops a message may have come by, the first among them: 1 to 255, 8 unless
            /// set. So 8 lets through what came by seven devices; one from farther is dropped.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::InvalidOption`](crate::ErrorKind::InvalidOption) for 0;
            /// [`ErrorKind::Closed`](crate::ErrorKind::Closed).
            pub fn set_ttl(&self, ttl: u8) -> Result<(), $crate::Error> {
                let invalid = $crate::ErrorKind::InvalidOption;
                let ttl = std::num::NonZeroU8::new(ttl).ok_or(invalid)?;
                self.with(|machine, _| machine.set_ttl(ttl))
            }
        }
    };
}

macro_rules! overflow {
    ($name:ident) => {
        impl $name {
            /// What becomes of a message while a peer is full: that peer misses it, unless set
            /// otherwise, or misses the oldest of those that wait for it, or `send` waits.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::Closed`](crate::ErrorKind::Closed).
            pub fn set_overflow(&self, overflow: $crate::Overflow) -> Result<(), $crate::Error> {
                self.with(|machine, cx| machine.set_overflow(overflow, cx))
            }
        }
    };
}

use {overflow, socket, ttl};
