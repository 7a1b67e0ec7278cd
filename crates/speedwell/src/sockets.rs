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
pub use pubsub::{Pub, RawPub, RawSub, Sub, SubContext};
pub use reqrep::{RawRep, RawReq, Rep, RepContext, Req, ReqContext};
pub use survey::{
    RawRespondent, RawSurveyor, Respondent, RespondentContext, Surveyor, SurveyorContext,
};

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

macro_rules! context {
    ($(#[$doc:meta])* $name:ident, $socket:ident, $machine:ty) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name($crate::Context<$machine>);

        impl $socket {
            /// Opens a context: another exchange on this socket, independent of all others. Its
            /// options are those that the socket has now.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::Closed`](crate::ErrorKind::Closed);
            /// [`ErrorKind::Exhausted`](crate::ErrorKind::Exhausted) when 65,536 are open.
            pub fn context(&self) -> Result<$name, $crate::Error> {
                self.0.context().map($name)
            }
        }

        impl std::ops::Deref for $name {
            type Target = $crate::Context<$machine>;

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

            /// How many header words a request may have.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::Closed`](crate::ErrorKind::Closed).
            pub fn ttl(&self) -> Result<u8, $crate::Error> {
                self.with(|answerer, _| answerer.ttl().get())
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

            /// What becomes of a message while a peer is full.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::Closed`](crate::ErrorKind::Closed).
            pub fn overflow(&self) -> Result<$crate::Overflow, $crate::Error> {
                self.with(|machine, _| machine.overflow())
            }
        }
    };
}

use {context, overflow, socket, ttl};
