//! The typed sockets: one newtype for each role, over the default transports. No logic.
//! See `rfc/sp-pair.md`, `rfc/sp-pipeline.md`, `rfc/sp-reqrep.md`, `rfc/sp-survey.md` and
//! `rfc/sp-bus.md`.

use std::num::NonZeroU8;
use std::ops::Deref;
use std::time::Duration;

use speedwell_socket::{Builder, Error, ErrorKind, Socket, Transports};

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
                Self::with_builder(&Builder::new(transports.clone()))
            }

            /// A socket as a builder makes it: with a reactor or a resolver of one's own.
            ///
            /// # Errors
            ///
            /// When the reactor cannot start.
            pub fn with_builder(builder: &Builder) -> Result<Self, Error> {
                builder.open(<$machine>::new()).map(Self)
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

socket! {
    /// Asks one of its peers, and again if no answer comes. One question at a time: a new one
    /// cancels the last.
    ///
    /// ```
    /// let (req, rep) = (speedwell::Req::new()?, speedwell::Rep::new()?);
    /// req.connect("inproc://an inn")?;
    /// rep.bind("inproc://an inn")?;
    /// req.send("have you a room?")?;
    /// assert_eq!(rep.recv()?.body(), b"have you a room?");
    /// rep.send("for one night")?;
    /// assert_eq!(req.recv()?.body(), b"for one night");
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    ///
    /// What it receives are answers to its own questions, so it has no TTL:
    ///
    /// ```compile_fail,E0599
    /// speedwell::Req::new().unwrap().set_ttl(8);
    /// ```
    Req, speedwell_reqrep::Req
}

impl Req {
    /// How long after a request was sent it is sent again, at least 1 ms; 60 s unless set. `None`
    /// switches that off: then a peer that goes away with a request makes `recv` fail with
    /// [`ErrorKind::PeerLost`]. Counts from the next sending on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`].
    pub fn set_resend(&self, interval: Option<Duration>) -> Result<(), Error> {
        self.with(|req, _| req.set_resend(interval))
    }

    /// Whether `send` fails with [`ErrorKind::NoPeer`] while there is no peer at all, instead of
    /// keeping the request for one to come; off unless set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`].
    pub fn set_fail_fast(&self, fail_fast: bool) -> Result<(), Error> {
        self.with(|req, _| req.set_fail_fast(fail_fast))
    }
}

socket! {
    /// REQ whose headers are the application's: for devices. It keeps nothing to send again:
    ///
    /// ```compile_fail,E0599
    /// speedwell::RawReq::new().unwrap().set_resend(None);
    /// ```
    RawReq, speedwell_reqrep::RawReq
}

socket! {
    /// Receives requests of its peers, and sends each an answer. Only who asks can ask again:
    ///
    /// ```compile_fail,E0599
    /// speedwell::Rep::new().unwrap().set_resend(None);
    /// ```
    Rep, speedwell_reqrep::Rep
}

socket! {
    /// REP whose headers are the application's: for devices. Its first word says where a request
    /// came from, and where a reply goes.
    RawRep, speedwell_reqrep::RawRep
}

macro_rules! ttl {
    ($name:ident) => {
        impl $name {
            /// How many header words a request may have, its id and one for each device it came
            /// by: 1 to 255, 8 unless set. One with more is dropped.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::InvalidOption`] for 0; [`ErrorKind::Closed`].
            pub fn set_ttl(&self, ttl: u8) -> Result<(), Error> {
                let ttl = NonZeroU8::new(ttl).ok_or(ErrorKind::InvalidOption)?;
                self.with(|rep, _| rep.set_ttl(ttl))
            }
        }
    };
}

ttl!(Rep);
ttl!(RawRep);

socket! {
    /// Asks all of its peers, and hears each at most once, until a deadline. Then `recv` fails once
    /// with [`ErrorKind::TimedOut`], and after that with [`ErrorKind::State`].
    ///
    /// ```
    /// let (surveyor, respondent) = (speedwell::Surveyor::new()?, speedwell::Respondent::new()?);
    /// respondent.bind("inproc://a market")?;
    /// surveyor.connect("inproc://a market")?;
    /// while surveyor.pipes() == 0 {
    ///     std::thread::yield_now();
    /// }
    /// surveyor.send("who sells apples?")?;
    /// assert_eq!(respondent.recv()?.body(), b"who sells apples?");
    /// respondent.send("I do")?;
    /// assert_eq!(surveyor.recv()?.body(), b"I do");
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    Surveyor, speedwell_survey::Surveyor
}

impl Surveyor {
    /// How long after a survey was sent its answers are heard, at least 1 ms; 1 s unless set.
    /// Counts from the next survey on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`].
    pub fn set_deadline(&self, deadline: Duration) -> Result<(), Error> {
        self.with(|surveyor, _| surveyor.set_deadline(deadline))
    }
}

socket! {
    /// SURVEYOR whose headers are the application's: for devices. It has no deadline:
    ///
    /// ```compile_fail,E0599
    /// speedwell::RawSurveyor::new().unwrap().set_deadline(std::time::Duration::ZERO);
    /// ```
    RawSurveyor, speedwell_survey::RawSurveyor
}

socket! {
    /// Receives surveys of its peers, and sends each an answer.
    Respondent, speedwell_survey::Respondent
}

socket! {
    /// RESPONDENT whose headers are the application's: for devices. Its first word says where a
    /// survey came from, and where an answer goes.
    RawRespondent, speedwell_survey::RawRespondent
}

ttl!(Respondent);
ttl!(RawRespondent);

socket! {
    /// Sends each message to all of its peers, and receives theirs.
    ///
    /// ```
    /// let (left, right) = (speedwell::Bus::new()?, speedwell::Bus::new()?);
    /// left.bind("inproc://a village")?;
    /// right.connect("inproc://a village")?;
    /// while left.pipes() + right.pipes() < 2 {
    ///     std::thread::yield_now();
    /// }
    /// left.send("rain")?;
    /// assert_eq!(right.recv()?.body(), b"rain");
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    Bus, speedwell_bus::Bus
}

socket! {
    /// BUS for devices. The header of what it receives names the pipe it came on; sent with that
    /// header, a message goes to all others.
    RawBus, speedwell_bus::RawBus
}
