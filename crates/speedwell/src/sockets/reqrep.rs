//! REQ and REP, for applications and for devices, and their options. No logic. See
//! `rfc/sp-reqrep.md`.

use std::time::Duration;

use speedwell_protocol::CtxId;
use speedwell_socket::Error;
#[cfg(doc)]
use speedwell_socket::ErrorKind;

use super::{context, socket, ttl};

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

    /// How long after a request was sent it is sent again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`].
    pub fn resend(&self) -> Result<Option<Duration>, Error> {
        self.with(|req, _| req.resend(CtxId::MAIN))
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

    /// Whether `send` fails while there is no peer at all.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`].
    pub fn fails_fast(&self) -> Result<bool, Error> {
        self.with(|req, _| req.fails_fast())
    }
}

context! {
    /// One of several questions that a [`Req`] asks at a time.
    ///
    /// ```
    /// let (req, rep) = (speedwell::Req::new()?, speedwell::Rep::new()?);
    /// req.connect("inproc://a counter")?;
    /// rep.bind("inproc://a counter")?;
    /// let (one, other) = (req.context()?, req.context()?);
    /// one.send("what is the time?")?;
    /// other.send("what is the date?")?;
    /// for answer in ["noon", "the first of May"] {
    ///     rep.recv()?;
    ///     rep.send(answer)?;
    /// }
    /// assert_eq!(other.recv()?.body(), b"the first of May");
    /// assert_eq!(one.recv()?.body(), b"noon");
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    ReqContext, Req, speedwell_reqrep::Req
}

impl ReqContext {
    /// As [`Req::set_resend`], for the questions of this context.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`].
    pub fn set_resend(&self, interval: Option<Duration>) -> Result<(), Error> {
        self.with(|req, ctx, _| req.set_resend_in(ctx, interval))
    }

    /// How long after a question of this context was sent it is sent again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`].
    pub fn resend(&self) -> Result<Option<Duration>, Error> {
        self.with(|req, ctx, _| req.resend(ctx))
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

context! {
    /// One of several questions that a [`Rep`] answers at a time, in whatever order.
    ///
    /// ```
    /// let (req, rep) = (speedwell::Req::new()?, speedwell::Rep::new()?);
    /// req.connect("inproc://many waiters")?;
    /// rep.bind("inproc://many waiters")?;
    /// for _ in 0..4 {
    ///     let waiter = rep.context()?;
    ///     std::thread::spawn(move || {
    ///         while let Ok(order) = waiter.recv() {
    ///             let _ = waiter.send(order);
    ///         }
    ///     });
    /// }
    /// req.send("soup")?;
    /// assert_eq!(req.recv()?.body(), b"soup");
    /// rep.close();
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    RepContext, Rep, speedwell_reqrep::Rep
}

socket! {
    /// REP whose headers are the application's: for devices. Its first word says where a request
    /// came from, and where a reply goes.
    RawRep, speedwell_reqrep::RawRep
}

ttl!(Rep);
ttl!(RawRep);
